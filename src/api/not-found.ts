/** Where other programs take remote write, which people who move from them may have left in place. */
export const MISTAKEN_WRITE_PATHS = [
  "/write",
  "/receive",
  "/api/v1/write",
  "/api/v1/push",
  "/api/v1/receive",
  "/api/prom/push",
] as const;

const QUERY_PATH =
  /^\/api\/v1\/(query|query_range|query_exemplars|format_query|series|labels|label\/.+|metadata|rules|alerts|status\/.+)$/;

/** Why nothing is served at `path`, and what was probably meant. */
export function notFoundDetail(path: string): string {
  const nothing = `nothing is served at ${path}`;
  if (MISTAKEN_WRITE_PATHS.some((known) => known === path)) {
    return `${nothing}; remote write goes to /prometheus/api/v1/write`;
  }
  if (QUERY_PATH.test(path)) {
    return `${nothing}; PromQL is answered at /prometheus${path}: write …/prometheus as the data source's address`;
  }
  if (/^\/prometheus\/?$/.test(path)) {
    return `there is no page at ${path}; it is the address for a Grafana data source, whose API is at /prometheus/api/v1`;
  }
  return `${nothing}; GET /api/openapi.json lists the API`;
}
