import type { RequestStats, SeenRange } from "../../model/request-stats.ts";
import type { ClickHouse } from "./clickhouse.ts";
import {
  IN_SPAN_RANGE,
  IS_REQUEST,
  OPERATION,
  QUANTILE_ARGUMENTS,
  QUANTILES,
  SEEN_COLUMNS,
  spanRangeOptions,
  STATS_COLUMNS,
  statsOf,
  VERSION,
  type SpanRange,
  type StatsRow,
} from "./request-sql.ts";

/** How groups of requests are ordered; what is equal in the order of the alphabet. */
export type RequestOrder = "requests" | "errors" | "errorShare" | "p95" | "time";

export interface RequestStatsRequest extends SpanRange {
  readonly service: string;
  readonly by: "operation" | "version" | "version and operation";
  /** Only these. */
  readonly versions?: readonly string[];
  readonly apdexMs: number;
  readonly order: RequestOrder;
  /** Groups. */
  readonly limit: number;
}

/** Requests of one version, one operation, or both; "" where it was not asked for. */
export interface RequestGroupStats extends SeenRange {
  readonly version: string;
  readonly operation: string;
  readonly stats: RequestStats;
}

const ORDERS: Readonly<Record<RequestOrder, string>> = {
  requests: "requests DESC",
  errors: "errors DESC, requests DESC",
  errorShare: "errors / greatest(requests, 1) DESC, requests DESC",
  p95: "quantiles[3] DESC, requests DESC",
  time: "total_ms DESC",
};

function statsSql({ by, versions, order }: RequestStatsRequest): string {
  const version = by === "operation" ? "''" : VERSION;
  const operation = by === "version" ? "''" : OPERATION;
  return `
SELECT ${version} AS version, ${operation} AS operation, ${STATS_COLUMNS},
  ${QUANTILES}${QUANTILE_ARGUMENTS} AS quantiles, ${SEEN_COLUMNS}
FROM spans
WHERE service = {service:String}
  AND ${IN_SPAN_RANGE}
  AND ${by === "version" ? "1" : IS_REQUEST}
  ${versions === undefined ? "" : `AND has({versions:Array(String)}, ${VERSION})`}
GROUP BY version, operation
ORDER BY ${ORDERS[order]}, version, operation
LIMIT {limit:UInt32}`;
}

interface Row extends StatsRow {
  readonly version: string;
  readonly operation: string;
  readonly first_ms: string;
  readonly last_ms: string;
}

/** Requests of a service in groups. A version without requests is there too. Rejects with ClickHouseError. */
export async function readRequestStats(
  clickhouse: ClickHouse,
  request: RequestStatsRequest,
): Promise<readonly RequestGroupStats[]> {
  const { service, versions, apdexMs, limit } = request;
  const rows = await clickhouse.query<Row>(
    "read",
    statsSql(request),
    spanRangeOptions(request, {
      service,
      apdex_ns: Math.round(apdexMs * 1e6),
      limit,
      ...(versions === undefined ? {} : { versions }),
    }),
  );
  return rows.map((row) => ({
    version: row.version,
    operation: row.operation,
    stats: statsOf(row),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
  }));
}
