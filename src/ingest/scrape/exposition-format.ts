export type ExpositionFormat = "openmetrics" | "prometheus";

/** What is preferred first; servers that know none of these send what they have. */
export const ACCEPT_EXPOSITION = [
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5",
  "application/openmetrics-text;version=0.0.1;q=0.4",
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3",
  "text/plain;version=0.0.4;q=0.2",
  "*/*;q=0.1",
].join(",");

/**
 * The format that an answer is in; undefined when it is none of ours, as with an HTML page. Without a content type it
 * is taken for the oldest one, which many small exporters send so.
 */
export function expositionFormat(contentType: string | undefined): ExpositionFormat | undefined {
  const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === "application/openmetrics-text") return "openmetrics";
  return type === "text/plain" || type === "" ? "prometheus" : undefined;
}
