import type { NativeArea } from "../api/native-routes.ts";
import { ApiProblem } from "../api/problem.ts";
import { traceAnalysisRoutes } from "../api/trace-analysis-routes.ts";
import { traceRoutes, type TracePorts } from "../api/trace-routes.ts";
import { ClickHouseError } from "../store/clickhouse/clickhouse-error.ts";
import { readTrace } from "../store/clickhouse/read-trace.ts";
import type { Core } from "./core.ts";

/** `GET /api/v1/traces/{id}`, and what is found in a trace, over the trace store. */
export function wireTraces({ clickhouse }: Pick<Core, "clickhouse">): NativeArea {
  const ports: TracePorts = {
    readTrace: async (traceId, hint) => {
      try {
        return await readTrace(clickhouse, traceId, hint);
      } catch (error) {
        throw problemOf(error);
      }
    },
  };
  return (app) => {
    traceRoutes(ports)(app);
    traceAnalysisRoutes(ports)(app);
  };
}

function problemOf(error: unknown): unknown {
  if (!(error instanceof ClickHouseError) || error.kind === "query") return error;
  const tooMuch = error.kind === "timeout" || error.kind === "limit";
  return new ApiProblem(
    503,
    tooMuch ? "Too much to read" : "Store unavailable",
    tooMuch
      ? "the trace is too large to be read at once"
      : "the telemetry store cannot answer now; ask again",
  );
}
