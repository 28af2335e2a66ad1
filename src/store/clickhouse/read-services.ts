import type { RequestStats, SeenRange } from "../../model/request-stats.ts";
import type { ClickHouse } from "./clickhouse.ts";
import {
  IN_SPAN_RANGE,
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

/** One version of a service; "" where its spans name none. */
export interface SeenVersion extends SeenRange {
  readonly version: string;
  readonly spans: number;
}

export interface SeenService extends SeenRange {
  readonly service: string;
  /** Of any kind. */
  readonly spans: number;
  readonly stats: RequestStats;
  /** The one that was seen last first; at most 50. */
  readonly versions: readonly SeenVersion[];
}

export interface ServicesRequest extends SpanRange {
  /** Only this one. */
  readonly service?: string;
  /** Threshold of the apdex. */
  readonly apdexMs: number;
  readonly limit: number;
}

const MOST_VERSIONS = 50;

const STATE = `${QUANTILES.replace("BFloat16If", "BFloat16IfState")}${QUANTILE_ARGUMENTS} AS durations`;
const MERGED = `${QUANTILES.replace("BFloat16If", "BFloat16IfMerge")}(durations) AS quantiles`;

/** Versions first, so that one pass gives them and their service. */
const servicesSql = (ofOne: boolean): string => `
SELECT toString(service) AS service, sum(spans) AS all_spans, sum(requests) AS requests, sum(errors) AS errors,
  sum(satisfied) AS satisfied, sum(tolerating) AS tolerating, sum(total_ms) AS total_ms, ${MERGED},
  arraySlice(arraySort(one -> (-one.4, one.1), groupArray((version, spans, first_ms, last_ms))), 1, ${MOST_VERSIONS})
    AS versions,
  min(first_ms) AS since_ms, max(last_ms) AS until_ms
FROM (
  SELECT service, ${VERSION} AS version, count() AS spans, ${STATS_COLUMNS}, ${STATE}, ${SEEN_COLUMNS}
  FROM spans
  WHERE ${IN_SPAN_RANGE}
    AND ${ofOne ? "service = {service:String}" : "service != ''"}
  GROUP BY service, version)
GROUP BY service
ORDER BY requests DESC, service
LIMIT {limit:UInt32}`;

interface Row extends StatsRow {
  readonly service: string;
  readonly all_spans: string;
  readonly versions: readonly (readonly [string, string, string, string])[];
  readonly since_ms: string;
  readonly until_ms: string;
}

/** Every service that ended spans in a time, the busiest first. Rejects with ClickHouseError. */
export async function readServices(
  clickhouse: ClickHouse,
  request: ServicesRequest,
): Promise<readonly SeenService[]> {
  const { service, apdexMs, limit } = request;
  const params = {
    apdex_ns: Math.round(apdexMs * 1e6),
    limit,
    ...(service === undefined ? {} : { service }),
  };
  const rows = await clickhouse.query<Row>(
    "read",
    servicesSql(service !== undefined),
    spanRangeOptions(request, params),
  );
  return rows.map((row) => ({
    service: row.service,
    spans: Number(row.all_spans),
    stats: statsOf(row),
    versions: row.versions.map(([version, spans, firstMs, lastMs]) => ({
      version,
      spans: Number(spans),
      firstMs: Number(firstMs),
      lastMs: Number(lastMs),
    })),
    firstMs: Number(row.since_ms),
    lastMs: Number(row.until_ms),
  }));
}
