import type { ClickHouse, StatementOptions } from "./clickhouse.ts";

/** Spans of one service that ended in [fromMs, toMs). */
export interface ServiceRange {
  readonly service: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** SQL conditions on a span; they come from TraceQL filters, never from what a request holds. */
export interface RequestConditions {
  readonly total: string;
  readonly bad: string;
}

export interface RequestSums {
  readonly requests: number;
  readonly bad: number;
  /** Milliseconds; what half, 90, 95 and 99 % of the requests took at most. */
  readonly durationMs: {
    readonly p50: number;
    readonly p90: number;
    readonly p95: number;
    readonly p99: number;
  };
  /** How many took at most each of the thresholds that were asked for. */
  readonly within: readonly number[];
  /** Epoch milliseconds of the first and last one. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A read for people: what it finds is worth seconds, not minutes. */
const LIMITS: StatementOptions = { limits: { maxExecutionSeconds: 20 } };

/** The table is ordered by service; partitions know the time. */
const IN_RANGE = `service = {service:String}
  AND end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

const rangeParams = ({ service, fromMs, toMs }: ServiceRange) => ({
  service,
  from_ms: fromMs,
  to_ms: toMs,
});

const KINDS = `
SELECT kind, count() AS spans, countIf(status = 2) AS errors
FROM spans
WHERE ${IN_RANGE}
GROUP BY kind
ORDER BY spans DESC`;

/** How many spans of each kind there are, and how many of them have status error. */
export async function readSpanKinds(
  clickhouse: ClickHouse,
  range: ServiceRange,
): Promise<readonly { readonly kind: number; readonly spans: number; readonly errors: number }[]> {
  const rows = await clickhouse.query<{ kind: number; spans: string; errors: string }>("read", KINDS, {
    ...LIMITS,
    params: rangeParams(range),
  });
  return rows.map((row) => ({ kind: row.kind, spans: Number(row.spans), errors: Number(row.errors) }));
}

const sumsSql = ({ total, bad }: RequestConditions): string => `
SELECT count() AS requests, countIf(${bad}) AS bad,
  quantilesTDigest(0.5, 0.9, 0.95, 0.99)(duration_ns / 1e6) AS quantiles,
  sumForEach(arrayMap(most -> toUInt64(duration_ns <= most), {thresholds_ns:Array(UInt64)})) AS within,
  toUnixTimestamp64Milli(toDateTime64(min(end_time), 3, 'UTC')) AS first_ms,
  toUnixTimestamp64Milli(toDateTime64(max(end_time), 3, 'UTC')) AS last_ms
FROM spans
WHERE ${IN_RANGE}
  AND ${total}`;

/** The requests among the spans; undefined where there is none. */
export async function readRequestSums(
  clickhouse: ClickHouse,
  range: ServiceRange,
  conditions: RequestConditions,
  thresholdsMs: readonly number[],
): Promise<RequestSums | undefined> {
  const [row] = await clickhouse.query<{
    requests: string;
    bad: string;
    quantiles: readonly (number | string)[];
    within: readonly string[];
    first_ms: string;
    last_ms: string;
  }>("read", sumsSql(conditions), {
    ...LIMITS,
    params: { ...rangeParams(range), thresholds_ns: thresholdsMs.map((ms) => Math.round(ms * 1e6)) },
  });
  if (row === undefined || Number(row.requests) === 0) return undefined;
  const [p50, p90, p95, p99] = row.quantiles.map((value) => Number(Number(value).toPrecision(4)));
  return {
    requests: Number(row.requests),
    bad: Number(row.bad),
    durationMs: { p50: p50!, p90: p90!, p95: p95!, p99: p99! },
    within: row.within.map(Number),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
  };
}

export interface RequestGroup {
  readonly value: string;
  readonly requests: number;
  readonly bad: number;
  /** Milliseconds. */
  readonly p95Ms: number;
}

const groupsSql = ({ total, bad }: RequestConditions, group: string): string => `
SELECT ${group} AS value, count() AS requests, countIf(${bad}) AS bad,
  quantileTDigest(0.95)(duration_ns / 1e6) AS p95
FROM spans
WHERE ${IN_RANGE}
  AND ${total}
GROUP BY value
ORDER BY requests DESC, value
LIMIT {most:UInt32}`;

/** The route of a span, and the code of a gRPC call under its older and its newer name. */
export const REQUEST_GROUPS = {
  route: "span_str['http.route']",
  grpcCode:
    "if(mapContains(span_int, 'rpc.grpc.status_code'), toString(span_int['rpc.grpc.status_code']), span_str['rpc.response.status_code'])",
} as const;

/** The requests by one of their attributes, the most frequent first; "" where they have none. */
export async function readRequestGroups(
  clickhouse: ClickHouse,
  range: ServiceRange,
  conditions: RequestConditions,
  by: { readonly group: keyof typeof REQUEST_GROUPS; readonly most: number },
): Promise<readonly RequestGroup[]> {
  const sql = groupsSql(conditions, REQUEST_GROUPS[by.group]);
  const rows = await clickhouse.query<{ value: string; requests: string; bad: string; p95: number | string }>(
    "read",
    sql,
    { ...LIMITS, params: { ...rangeParams(range), most: by.most } },
  );
  return rows.map((row) => ({
    value: row.value,
    requests: Number(row.requests),
    bad: Number(row.bad),
    p95Ms: Number(Number(row.p95).toPrecision(4)),
  }));
}
