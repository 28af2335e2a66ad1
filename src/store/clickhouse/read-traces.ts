import type { Span } from "../../model/span.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import type { ClickHouse, StatementOptions } from "./clickhouse.ts";
import { boundedMs } from "./find-traces.ts";
import { readSpanRows, SPAN_COLUMNS } from "./span-row-reader.ts";

/** Some traces by their ids of 32 hex digits, of the spans that ended in [fromMs, toMs). */
export interface TracesRequest {
  readonly traceIds: readonly string[];
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of one trace. */
  readonly maxSpansEach: number;
  /** Of all. */
  readonly maxSpans: number;
  readonly signal?: AbortSignal;
}

export interface ReadTraces {
  /** By trace id, spans by their start; a span that was sent again is there once. */
  readonly traces: ReadonlyMap<string, readonly Span[]>;
  /** Traces of which not all spans were read, or none. */
  readonly incomplete: ReadonlySet<string>;
}

const MAX_SECONDS = 20;
/** At once: a result is held in memory. */
const MOST_ROWS = 50_000;

/**
 * A span and the one that it calls share their id with Zipkin's senders; their kinds tell them apart. Ids are constants, so that
 * their index is used.
 */
const readSql = (traceIds: readonly string[]): string => `
SELECT *
FROM (
  SELECT
    ${SPAN_COLUMNS}
  FROM spans
  WHERE trace_id IN (${traceIds.map((id) => `unhex('${id}')`).join(", ")})
    AND end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  ORDER BY trace_id, start_time, span_id, kind, end_time, group_id
  LIMIT 1 BY trace_id, span_id, kind)
ORDER BY trace_id, start_time, span_id, kind
LIMIT {each:UInt32} BY trace_id
LIMIT {rows:UInt32}`;

/** Rejects with ClickHouseError; of one trace that is larger than a read may be, nothing is given. */
export async function readTraces(clickhouse: ClickHouse, request: TracesRequest): Promise<ReadTraces> {
  const traces = new Map<string, readonly Span[]>();
  const incomplete = new Set<string>();
  // In the order in which rows come, so that a cut leaves the last ones.
  let rest = request.traceIds.filter((id) => /^[0-9a-f]{32}$/.test(id)).sort();
  let left = request.maxSpans;
  let size = rest.length;
  while (rest.length > 0 && left > 0) {
    const ids = rest.slice(0, size);
    const most = Math.min(left, MOST_ROWS);
    const read = await readRows(clickhouse, request, ids, most + 1);
    if (read === undefined) {
      size = Math.ceil(ids.length / 2);
      if (ids.length > 1) continue;
      incomplete.add(ids[0]!);
      rest = rest.slice(1);
      continue;
    }
    const cutAt = read.length > most ? read.at(-1)?.traceId : undefined;
    const isOnlyOne = cutAt !== undefined && read[0]?.traceId === cutAt;
    for (const [id, spans] of groupByTrace(read.slice(0, most))) {
      if (id === cutAt && !isOnlyOne) continue;
      if (isOnlyOne || spans.length > request.maxSpansEach) incomplete.add(id);
      const kept = spans.slice(0, request.maxSpansEach);
      traces.set(id, kept);
      left -= kept.length;
    }
    rest = rest.slice(ids.length - (cutAt === undefined ? 0 : ids.filter((id) => id >= cutAt).length));
    if (isOnlyOne) rest = rest.slice(1);
  }
  for (const id of rest) incomplete.add(id);
  return { traces, incomplete };
}

/** Undefined where it is too much at once. */
async function readRows(
  clickhouse: ClickHouse,
  { fromMs, toMs, maxSpansEach, signal }: TracesRequest,
  traceIds: readonly string[],
  rows: number,
): Promise<readonly Span[] | undefined> {
  const options: StatementOptions = {
    params: { from_ms: boundedMs(fromMs), to_ms: boundedMs(toMs), each: maxSpansEach + 1, rows },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
  return clickhouse.queryBytes("read", readSql(traceIds), options).then(readSpanRows, (error: unknown) => {
    if (error instanceof ClickHouseError && error.kind === "limit") return undefined;
    throw error;
  });
}

function groupByTrace(spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of spans) {
    const group = traces.get(span.traceId);
    if (group === undefined) traces.set(span.traceId, [span]);
    else group.push(span);
  }
  return traces;
}
