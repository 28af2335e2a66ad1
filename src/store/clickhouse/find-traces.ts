import type { ClickHouse, StatementOptions } from "./clickhouse.ts";

/** Traces by their spans; the conditions come from a TraceQL query, never from what a request holds. */
export interface TraceSelection {
  /** On a row of `spans`; they may use the parameters `wide_from_ms` and `wide_to_ms`. */
  readonly spanConditions: readonly string[];
  /** Over `found0`, `found1` …: how many spans of a trace pass each of them. */
  readonly traceCondition: string;
  /** Epoch milliseconds: a span that passes one of them ended in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Spans count for the trace's condition that ended in [wideFromMs, wideToMs), which holds the range above. */
  readonly wideFromMs: number;
  readonly wideToMs: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

const MAX_SECONDS = 20;

/** What DateTime64(9) can hold. */
const LAST_MS = 9_223_372_036_000;

/** A time as the parameter of a condition on `end_time`. */
export const boundedMs = (ms: number): number => Math.min(Math.max(Math.floor(ms), 0), LAST_MS);

const within = (from: string, to: string): string =>
  `end_time >= fromUnixTimestamp64Milli({${from}:Int64}, 'UTC') AND end_time < fromUnixTimestamp64Milli({${to}:Int64}, 'UTC')`;

function findSql({ spanConditions, traceCondition }: TraceSelection): string {
  const passes = spanConditions.map((condition, index) => `${condition} AS pass${index}`);
  const anyPasses = spanConditions.map((_, index) => `pass${index}`).join(" OR ");
  const found = spanConditions.map((_, index) => `countIf(pass${index}) AS found${index}`);
  // Where one span says it all, spans outside the range need not be read.
  const prefix = spanConditions.length === 1 ? "" : "wide_";
  return `
SELECT lower(hex(trace_id)) AS id, maxIf(end_time, is_within) AS newest, ${found.join(", ")}
FROM (
  SELECT trace_id, end_time, (${within("from_ms", "to_ms")}) AS is_within, ${passes.join(", ")}
  FROM spans
  WHERE ${within(`${prefix}from_ms`, `${prefix}to_ms`)} AND (${anyPasses}))
GROUP BY trace_id
HAVING countIf(is_within) > 0 AND ${traceCondition}
ORDER BY newest DESC, trace_id
LIMIT {limit:UInt32}`;
}

/** Ids of 32 hex digits; those whose passing span in the range ended last come first, ties by id. Rejects with ClickHouseError. */
export async function findTraces(
  clickhouse: ClickHouse,
  selection: TraceSelection,
): Promise<readonly string[]> {
  const { fromMs, toMs, wideFromMs, wideToMs, limit, signal } = selection;
  const options: StatementOptions = {
    params: {
      from_ms: boundedMs(fromMs),
      to_ms: boundedMs(toMs),
      wide_from_ms: boundedMs(wideFromMs),
      wide_to_ms: boundedMs(wideToMs),
      limit,
    },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
  const rows = await clickhouse.query<{ id: string }>("read", findSql(selection), options);
  return rows.map(({ id }) => id);
}
