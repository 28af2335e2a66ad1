import { Hono } from "hono";
import { addMetricsRoutes } from "./metrics-routes.ts";
import type { TempoPorts } from "./ports.ts";
import { addSearchRoutes } from "./search-routes.ts";
import { addTagRoutes } from "./tag-routes.ts";
import { TempoError, textResponse } from "./tempo-error.ts";
import { addTraceRoutes } from "./trace-routes.ts";

/** Clients choose by this what they may ask; it tells the Tempo whose API this is, not us. */
const TEMPO_VERSION = "2.8.0";

/**
 * The HTTP API of Tempo for reading, to be mounted where Grafana is told that Tempo is; who may read is decided before it.
 * @see https://grafana.com/docs/tempo/latest/api_docs/
 */
export function createTempoRoutes(ports: TempoPorts): Hono {
  const app = new Hono();
  app.get("/api/echo", (c) => c.text("echo"));
  app.get("/ready", (c) => (ports.isReady() ? c.text("ready\n") : c.text("not ready\n", 503)));
  app.get("/api/status/buildinfo", (c) =>
    c.json({
      version: TEMPO_VERSION,
      revision: `noroshi-${ports.version}`,
      branch: "",
      buildUser: "",
      buildDate: "",
      goVersion: "",
    }),
  );
  addTraceRoutes(app, ports);
  addSearchRoutes(app, ports);
  addTagRoutes(app, ports);
  addMetricsRoutes(app, ports);
  app.all("*", (c) => textResponse(c, 404, `nothing is served at ${c.req.method} ${c.req.path}`));
  app.onError((error, c) => {
    if (error instanceof TempoError) return textResponse(c, error.status, error.message);
    if (c.req.raw.signal.aborted) return textResponse(c, 503, "the request was cancelled");
    const failure = ports.storeFailure(error);
    if (failure !== undefined) return textResponse(c, failure.status, failure.message);
    ports.log.error("a request failed", { path: c.req.path, method: c.req.method, error });
    return textResponse(c, 500, "the request could not be answered; the log has the cause");
  });
  return app;
}
