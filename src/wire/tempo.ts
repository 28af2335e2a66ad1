import type { Hono } from "hono";
import type { TempoPorts } from "../api/tempo/ports.ts";
import { createTempoRoutes } from "../api/tempo/tempo-routes.ts";
import { ClickHouseError } from "../store/clickhouse/clickhouse-error.ts";
import { readTagNames } from "../store/clickhouse/read-tag-names.ts";
import { readTagValues } from "../store/clickhouse/read-tag-values.ts";
import { readTrace } from "../store/clickhouse/read-trace.ts";
import { filterFragments } from "../traceql/filter-fragments.ts";
import { filterToSql } from "../traceql/span-sql.ts";
import type { Core } from "./core.ts";
import { wireTraceQueries } from "./trace-queries.ts";

/** The API of Tempo over the trace store. */
export function wireTempo(
  parts: Pick<Core, "clickhouse" | "now" | "log"> & Pick<TempoPorts, "isReady" | "version">,
): Hono {
  const { clickhouse, now, log, isReady, version } = parts;
  return createTempoRoutes({
    now,
    log,
    isReady,
    version,
    ...wireTraceQueries(clickhouse),
    readTrace: (traceId, hint) => readTrace(clickhouse, traceId, hint),
    tagNames: (selection) => readTagNames(clickhouse, sampled(selection)),
    tagValues: (field, selection, limit) => readTagValues(clickhouse, field, sampled(selection), limit),
    storeFailure,
  });
}

/** What of a query can be read says which spans; the rest may be still to be written. */
function sampled({ startMs, endMs, query, signal }: Parameters<TempoPorts["tagNames"]>[0]) {
  const filter = query === undefined ? undefined : filterFragments(query);
  const condition = filter === undefined ? undefined : filterToSql(filter);
  return { fromMs: startMs, toMs: endMs, condition, signal };
}

function storeFailure(error: unknown): ReturnType<TempoPorts["storeFailure"]> {
  if (!(error instanceof ClickHouseError)) return undefined;
  switch (error.kind) {
    case "timeout":
    case "limit":
      return { status: 422, message: "so many spans cannot be read at once; ask for a shorter time" };
    case "aborted":
      return { status: 503, message: "the request was cancelled" };
    case "unavailable":
    case "overloaded":
      return { status: 503, message: "the trace store cannot answer now; ask again" };
    case "query":
      return undefined;
  }
}
