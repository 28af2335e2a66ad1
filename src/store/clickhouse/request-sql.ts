import type { RequestStats } from "../../model/request-stats.ts";
import type { StatementOptions } from "./clickhouse.ts";
import { boundedMs } from "./find-traces.ts";

/** Spans that ended in [fromMs, toMs), epoch milliseconds. */
export interface SpanRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** A read for people: what it finds is worth seconds, not minutes. */
const MAX_SECONDS = 20;

/** For IN_SPAN_RANGE; the limits of a read for people. */
export function spanRangeOptions(
  { fromMs, toMs, signal }: SpanRange,
  params: NonNullable<StatementOptions["params"]>,
): StatementOptions {
  return {
    params: { from_ms: boundedMs(fromMs), to_ms: boundedMs(toMs), ...params },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
}

export const IN_SPAN_RANGE = `end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

/** Server and consumer spans. */
export const IS_REQUEST = "kind IN (2, 5)";

/** Today's and the older name; an absent key is 0. */
const HTTP_STATUS = "greatest(span_int['http.response.status_code'], span_int['http.status_code'])";

/** Status error, or an HTTP status of 500 or more of a server, whatever its status says. */
export const IS_FAILED = `(status = 2 OR (kind = 2 AND ${HTTP_STATUS} >= 500))`;

export const VERSION = "resource_str['service.version']";

/** The route with its method where there is one, since a span's name may hold anything; else the name. */
export const OPERATION = `if(span_str['http.route'] != '',
    trimBoth(concat(if(span_str['http.request.method'] != '', span_str['http.request.method'], span_str['http.method']),
      ' ', span_str['http.route'])),
    toString(name))`;

/**
 * Columns of RequestStats over rows of `spans`; the parameter `apdex_ns` is the threshold. The quantiles are of a kind that
 * gives the same result in whatever order rows come.
 */
export const STATS_COLUMNS = `countIf(${IS_REQUEST}) AS requests,
  countIf(${IS_REQUEST} AND ${IS_FAILED}) AS errors,
  countIf(${IS_REQUEST} AND NOT ${IS_FAILED} AND duration_ns <= {apdex_ns:UInt64}) AS satisfied,
  countIf(${IS_REQUEST} AND NOT ${IS_FAILED} AND duration_ns > {apdex_ns:UInt64}
    AND duration_ns <= 4 * {apdex_ns:UInt64}) AS tolerating,
  sumIf(duration_ns, ${IS_REQUEST}) / 1e6 AS total_ms`;
export const QUANTILES = "quantilesBFloat16If(0.5, 0.9, 0.95, 0.99)";
export const QUANTILE_ARGUMENTS = `(duration_ns / 1e6, ${IS_REQUEST})`;

export const SEEN_COLUMNS = `toUnixTimestamp64Milli(toDateTime64(min(end_time), 3, 'UTC')) AS first_ms,
  toUnixTimestamp64Milli(toDateTime64(max(end_time), 3, 'UTC')) AS last_ms`;

export interface StatsRow {
  readonly requests: string;
  readonly errors: string;
  readonly satisfied: string;
  readonly tolerating: string;
  readonly total_ms: number | string;
  readonly quantiles: readonly (number | string)[];
}

export function statsOf(row: StatsRow): RequestStats {
  const [p50 = 0, p90 = 0, p95 = 0, p99 = 0] = row.quantiles.map(milliseconds);
  return {
    requests: Number(row.requests),
    errors: Number(row.errors),
    satisfied: Number(row.satisfied),
    tolerating: Number(row.tolerating),
    totalMs: milliseconds(row.total_ms),
    p50Ms: p50,
    p90Ms: p90,
    p95Ms: p95,
    p99Ms: p99,
  };
}

/** Not more digits than the estimate has; NaN (of nothing) is 0. */
function milliseconds(value: number | string): number {
  const ms = Number(Number(value).toPrecision(6));
  return Number.isFinite(ms) ? ms : 0;
}
