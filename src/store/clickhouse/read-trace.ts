import { DAY_MS, HOUR_MS } from "../../model/time.ts";
import type { Span } from "../../model/span.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import type { ClickHouse, StatementOptions } from "./clickhouse.ts";
import { readSpanRows, SPAN_COLUMNS } from "./span-row-reader.ts";

/** Epoch milliseconds between which a trace is thought to be; either may be left out. */
export interface TraceHint {
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** As many as are given at most; fewer where they are large. */
  readonly maxSpans?: number;
  readonly signal?: AbortSignal;
}

/** The spans of one trace by their start, ties by id. */
export interface StoredTrace {
  /** One or more. A span that was sent again is there once. */
  readonly spans: readonly Span[];
  /** There are more spans than these, which are the first ones. */
  readonly isTruncated: boolean;
}

/**
 * No person looks at more, and writing more as protobuf or JSON would hold others up. Tried in turn, should so many be larger than
 * what a read may give.
 */
const MOST_SPANS: readonly number[] = [50_000, 10_000, 2_000];
const MAX_SECONDS = 15;

/** What a trace is found by is little: one thread is faster than the start of another. Its columns are more. */
const FINDING = { max_threads: 1, use_query_condition_cache: 0 };
const READING = { max_threads: 2, use_query_condition_cache: 0 };

const FIND = `
SELECT
  count() AS spans,
  toString(toUnixTimestamp64Nano(min(end_time))) AS first_end,
  toString(toUnixTimestamp64Nano(max(end_time))) AS last_end
FROM spans
WHERE trace_id = unhex({trace_id:String})
  AND end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

/** A span and the one that it calls share their id with Zipkin's senders; their kinds tell them apart. */
const READ = `
SELECT
  ${SPAN_COLUMNS}
FROM spans
WHERE trace_id = unhex({trace_id:String})
  AND end_time >= fromUnixTimestamp64Nano({first_end:Int64}, 'UTC')
  AND end_time <= fromUnixTimestamp64Nano({last_end:Int64}, 'UTC')
ORDER BY start_time, span_id, kind, end_time, group_id
LIMIT 1 BY span_id, kind
LIMIT {limit:UInt32}`;

/** What DateTime64(9) can hold. */
const FIRST_MS = 0;
const LAST_MS = 9_223_372_036_000;

/**
 * A trace by its id of 32 hex digits; undefined when no span of it is stored. Where a hint is given, the days it names are
 * searched, and all others only when nothing is found there. Rejects with ClickHouseError.
 */
export async function readTrace(
  clickhouse: ClickHouse,
  traceId: string,
  hint: TraceHint = {},
): Promise<StoredTrace | undefined> {
  const { startMs, endMs } = hint;
  if (startMs !== undefined || endMs !== undefined) {
    const fromMs = Math.floor(((startMs ?? FIRST_MS) - HOUR_MS) / DAY_MS) * DAY_MS;
    const toMs = Math.ceil(((endMs ?? LAST_MS) + HOUR_MS) / DAY_MS) * DAY_MS;
    const found = await readBetween(clickhouse, traceId, { fromMs, toMs }, hint);
    if (found !== undefined) return found;
  }
  return readBetween(clickhouse, traceId, { fromMs: FIRST_MS, toMs: LAST_MS }, hint);
}

/** When it happened is found first, from few columns; all columns are then read of those days alone. */
async function readBetween(
  clickhouse: ClickHouse,
  traceId: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  { signal, maxSpans }: TraceHint,
): Promise<StoredTrace | undefined> {
  const options: StatementOptions = {
    settings: FINDING,
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
  const within = { from_ms: Math.max(fromMs, FIRST_MS), to_ms: Math.min(toMs, LAST_MS) };
  const [times] = await clickhouse.query<{ spans: string; first_end: string; last_end: string }>(
    "read",
    FIND,
    {
      ...options,
      params: { trace_id: traceId, ...within },
    },
  );
  if (times === undefined || times.spans === "0") return undefined;
  const params = { trace_id: traceId, first_end: times.first_end, last_end: times.last_end };
  const limits = maxSpans === undefined ? MOST_SPANS : [maxSpans];
  for (const limit of limits) {
    const read = { ...options, settings: READING, params: { ...params, limit: limit + 1 } };
    const spans = await clickhouse.queryBytes("read", READ, read).then(readSpanRows, (error: unknown) => {
      if (isTooLarge(error) && limit !== limits.at(-1)) return undefined;
      throw error;
    });
    if (spans === undefined) continue;
    if (spans.length === 0) return undefined;
    return { spans: spans.slice(0, limit), isTruncated: spans.length > limit };
  }
  return undefined;
}

const isTooLarge = (error: unknown): boolean => error instanceof ClickHouseError && error.kind === "limit";
