import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { QueryError } from "../../promql/query-error.ts";
import { errorResponse, PrometheusApiError, queryFailure } from "./api-error.ts";
import type { PrometheusPorts } from "./ports.ts";
import { addQueryRoutes } from "./query-routes.ts";
import { addRuleRoutes } from "./rule-routes.ts";
import { addSeriesRoutes } from "./series-routes.ts";
import { successResponse } from "./success-response.ts";

/** Of a form; a query of this size is no query any more. */
const MAX_FORM_BYTES = 1_048_576;

const READ_OR_POSTED = [
  "/query",
  "/query_range",
  "/format_query",
  "/series",
  "/labels",
  "/query_exemplars",
] as const;
const ONLY_READ = ["/label/:name/values", "/metadata", "/rules", "/alerts", "/status/buildinfo"] as const;

/** Clients choose by this what they may ask; it tells the Prometheus whose API this is, not us. */
const PROMETHEUS_VERSION = "3.5.0";

/**
 * The HTTP API of Prometheus for reading, to be mounted where `/api/v1` is; who may read is decided before it.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function createPrometheusRoutes(ports: PrometheusPorts): Hono {
  const app = new Hono();
  const limited = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: (c) => {
      // What the client still sends is read by nobody.
      c.header("connection", "close");
      return errorResponse(c, "bad_data", `a form may have ${MAX_FORM_BYTES} bytes at most`);
    },
  });
  for (const path of READ_OR_POSTED) app.post(path, limited);
  addQueryRoutes(app, ports);
  addSeriesRoutes(app, ports);
  addRuleRoutes(app, ports);
  app.get("/status/buildinfo", (c) => {
    // Without `features`: with them Grafana would take this for Mimir.
    const info = {
      version: PROMETHEUS_VERSION,
      revision: `noroshi-${ports.version}`,
      branch: "",
      buildUser: "",
      buildDate: "",
      goVersion: "",
    };
    return successResponse(c, JSON.stringify(info));
  });
  addRefusals(app);
  app.onError((error, c) => {
    if (error instanceof PrometheusApiError) return errorResponse(c, error.type, error.message);
    if (error instanceof QueryError) {
      const { type, message } = queryFailure(error);
      return errorResponse(c, type, message);
    }
    if (c.req.raw.signal.aborted) return errorResponse(c, "canceled", "the request was cancelled");
    if (ports.isStoreAway(error)) {
      return errorResponse(c, "unavailable", "the store cannot be reached; ask again");
    }
    ports.log.error("a request failed", { path: c.req.path, method: c.req.method, error });
    return errorResponse(c, "internal", "the request could not be answered; the log has the cause");
  });
  return app;
}

/** Clients try GET where a POST is answered 405, and understand no other page than this API's. */
function addRefusals(app: Hono): void {
  const refuse = (path: string, allowed: string): void => {
    app.all(path, (c) => {
      c.header("allow", allowed);
      return errorResponse(c, "bad_data", `${c.req.method} is not possible here, only ${allowed}`, 405);
    });
  };
  for (const path of READ_OR_POSTED) refuse(path, "GET, HEAD, POST");
  for (const path of ONLY_READ) refuse(path, "GET, HEAD");
  app.all("*", (c) => errorResponse(c, "not_found", `nothing is served at ${c.req.path}`));
}
