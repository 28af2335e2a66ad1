import { OpenAPIHono } from "@hono/zod-openapi";
import type { Hono, MiddlewareHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Log } from "../self/log.ts";
import type { ApiKey } from "./api-keys.ts";
import { actorOf, requireScope, type Refuse } from "./authorize.ts";
import { createNativeRoutes } from "./native-routes.ts";
import type { NativeApiPorts } from "./native-routes.ts";
import { createPages } from "./pages.ts";
import type { PagePorts } from "./pages.ts";
import { MISTAKEN_WRITE_PATHS, notFoundDetail } from "./not-found.ts";
import { errorResponse } from "./prometheus/api-error.ts";
import type { PrometheusPorts } from "./prometheus/ports.ts";
import { createPrometheusRoutes } from "./prometheus/prometheus-routes.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { textResponse } from "./tempo/tempo-error.ts";

/** Whether the service should get traffic, and if not, why. */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reasons: readonly string[] };

export interface HttpAppDeps {
  readonly version: string;
  readonly apiKeys: readonly ApiKey[];
  readonly readiness: () => Readiness;
  readonly renderMetrics: () => Promise<{ contentType: string; body: string }>;
  /** OTLP and remote write with their own authorisation; undefined where this process does not ingest. */
  readonly ingest: Hono | undefined;
  /** undefined where this process does not serve people. */
  readonly native: NativeApiPorts | undefined;
  readonly pages: PagePorts | undefined;
  /** Says where the numbers of SLOs come from. */
  readonly explainPage?: Hono;
  readonly tracePages?: Hono;
  /** The API of Tempo. */
  readonly tempo?: Hono;
  /** The page of specs, and where git servers tell of pushes. */
  readonly specs?: { readonly page: Hono; readonly hook: Hono };
  /** Where others answer to; each proves by itself that it may. */
  readonly hooks?: readonly Hono[];
  readonly prometheus: PrometheusPorts | undefined;
  /** Whether this error means that a store cannot be reached, so that asking again later helps. */
  readonly isStoreAway: (error: unknown) => boolean;
  readonly log: Log;
}

/** What changes nothing; everything else needs the scope `write`. */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/** Questions too long for an address: they change nothing either. */
const ASKING: ReadonlySet<string> = new Set(["/api/v1/specs/diff"]);
const PROMETHEUS_API = "/prometheus/api/v1";

const notFound: NotFoundHandler = (c) => problemResponse(c, 404, "Not found", notFoundDetail(c.req.path));

/** Everything that listens on NOROSHI_LISTEN. */
export function createHttpApp(deps: HttpAppDeps): OpenAPIHono {
  const app = new OpenAPIHono();
  const refuse: Refuse = (c, status, message) =>
    problemResponse(c, status, status === 401 ? "Unauthorized" : "Forbidden", message);
  const read = requireScope(deps.apiKeys, "read", refuse);
  const write = requireScope(deps.apiKeys, "write", refuse);
  app.get("/healthz", (c) => c.json({ status: "ok", version: deps.version }));
  app.get("/readyz", (c) => {
    const readiness = deps.readiness();
    return c.json({ ...readiness, version: deps.version }, readiness.ready ? 200 : 503);
  });
  app.get("/metrics", read, async (c) => {
    const { contentType, body } = await deps.renderMetrics();
    return c.body(body, 200, { "content-type": contentType });
  });
  // First: what they take is not for readers to decide about.
  if (deps.ingest !== undefined) app.route("/", deps.ingest);
  addCompatible(app, deps);
  if (deps.native !== undefined) {
    // Before the keys: a sender's key may not read, and would be told of that instead of the right address.
    for (const path of MISTAKEN_WRITE_PATHS) app.post(path, notFound);
    app.use("/api/v1/*", (c, next) =>
      (READING.has(c.req.method) || ASKING.has(c.req.path) ? read : write)(c, next),
    );
    app.use("/api/v1/*", (c, next) => {
      c.set("actor" as never, actorOf(deps.apiKeys, (name) => c.req.header(name)) as never);
      return next();
    });
    app.route("/api/v1", createNativeRoutes(deps.native));
    app.doc31("/api/openapi.json", {
      openapi: "3.1.0",
      info: {
        title: "Noroshi",
        version: deps.version,
        description: "SLOs, error budgets, alert episodes and what was sent about them.",
        license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      },
    });
  }
  for (const hook of deps.hooks ?? []) app.route("/", hook);
  addPages(app, deps, read);
  app.notFound(notFound);
  app.onError((error, c) => {
    if (error instanceof ApiProblem) return problemResponse(c, error.status, error.title, error.message);
    if (error instanceof HTTPException) return problemResponse(c, error.status, "Bad request", error.message);
    if (deps.isStoreAway(error)) {
      c.header("retry-after", "5");
      return problemResponse(c, 503, "Store unavailable", "the control store cannot be reached; ask again");
    }
    deps.log.error("a request failed", { path: c.req.path, method: c.req.method, error });
    return problemResponse(
      c,
      500,
      "Internal error",
      "the request could not be answered; the log has the cause",
    );
  });
  return app;
}

/** The APIs of Prometheus and of Tempo, each with errors of its own shape. */
function addCompatible(app: OpenAPIHono, deps: HttpAppDeps): void {
  if (deps.prometheus !== undefined) {
    const readSeries = requireScope(deps.apiKeys, "read", (c, status, message) =>
      errorResponse(c, "bad_data", message, status),
    );
    // What those ask who have Prometheus watched.
    app.get("/prometheus/-/healthy", (c) => c.text("Noroshi is healthy.\n"));
    app.get("/prometheus/-/ready", (c) =>
      deps.readiness().ready ? c.text("Noroshi is ready.\n") : c.text("Noroshi is not ready.\n", 503),
    );
    app.use(`${PROMETHEUS_API}/*`, readSeries);
    app.route(PROMETHEUS_API, createPrometheusRoutes(deps.prometheus));
  }
  if (deps.tempo !== undefined) {
    app.use("/tempo/*", requireScope(deps.apiKeys, "read", textResponse));
    app.route("/tempo", deps.tempo);
  }
}

/** What people look at, and what git servers tell. */
function addPages(
  app: OpenAPIHono,
  { pages, specs, explainPage, tracePages }: HttpAppDeps,
  read: MiddlewareHandler,
): void {
  if (pages !== undefined) {
    app.use("/", read);
    app.use("/slos/*", read);
    app.route("/", createPages(pages));
    if (explainPage !== undefined) app.route("/", explainPage);
    app.use("/traces/*", read);
    if (tracePages !== undefined) app.route("/", tracePages);
  }
  if (specs !== undefined) {
    app.use("/specs", read);
    app.route("/", specs.page);
    // It proves by itself that it may.
    app.route("/", specs.hook);
  }
}
