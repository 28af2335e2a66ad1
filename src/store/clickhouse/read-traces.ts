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

/** A span and the one that it calls share their id with Zipkin's senders; their kinds tell them apart. */
const readSql = (traceIds: readonly string[]): string => `
SELECT
  ${SPAN_COLUMNS}
FROM spans
WHERE trace_id IN (${traceIds.map((id) => `unhex('${id}')`).join(", ")})
  AND end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
ORDER BY trace_id, start_time, span_id, kind, end_time, group_id
LIMIT 1 BY trace_id, span_id, kind
LIMIT {max_spans:UInt32}`;

/** Rejects with ClickHouseError; of one trace that is larger than a read may be, nothing is given. */
export async function readTraces(clickhouse: ClickHouse, request: TracesRequest): Promise<ReadTraces> {
  const { fromMs, toMs, maxSpansEach, maxSpans, signal } = request;
  // As constants, so that the index of trace ids is used.
  const traceIds = request.traceIds.filter((id) => /^[0-9a-f]{32}$/.test(id));
  if (traceIds.length === 0) return { traces: new Map(), incomplete: new Set() };
  const options: StatementOptions = {
    params: {
      from_ms: boundedMs(fromMs),
      to_ms: boundedMs(toMs),
      max_spans: maxSpans + 1,
    },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
  const read = await clickhouse
    .queryBytes("read", readSql(traceIds), options)
    .then(readSpanRows, (error: unknown) => {
      if (error instanceof ClickHouseError && error.kind === "limit") return undefined;
      throw error;
    });
  if (read === undefined) {
    const [only] = traceIds;
    if (traceIds.length <= 1)
      return { traces: new Map(), incomplete: new Set(only === undefined ? [] : [only]) };
    return readHalves(clickhouse, request);
  }
  return gather(read, maxSpans, maxSpansEach, traceIds);
}

/** Too much at once: the same in two parts. */
async function readHalves(clickhouse: ClickHouse, request: TracesRequest): Promise<ReadTraces> {
  const middle = Math.ceil(request.traceIds.length / 2);
  const first = await readTraces(clickhouse, { ...request, traceIds: request.traceIds.slice(0, middle) });
  const second = await readTraces(clickhouse, { ...request, traceIds: request.traceIds.slice(middle) });
  return {
    traces: new Map([...first.traces, ...second.traces]),
    incomplete: new Set([...first.incomplete, ...second.incomplete]),
  };
}

function gather(
  read: readonly Span[],
  maxSpans: number,
  maxSpansEach: number,
  traceIds: readonly string[],
): ReadTraces {
  const traces = new Map<string, Span[]>();
  const incomplete = new Set<string>();
  for (const span of read.slice(0, maxSpans)) {
    const spans = traces.get(span.traceId);
    if (spans === undefined) traces.set(span.traceId, [span]);
    else if (spans.length < maxSpansEach) spans.push(span);
    else incomplete.add(span.traceId);
  }
  const cutAt = read[maxSpans]?.traceId;
  if (cutAt !== undefined) {
    // They come by id: that one and all after it.
    for (const id of traceIds) if (id >= cutAt) incomplete.add(id);
  }
  return { traces, incomplete };
}
