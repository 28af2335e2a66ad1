import type { SpanBatch } from "../model/span-batch.ts";
import type { RecordedExemplar } from "./record-ports.ts";

/** The slowest span that was counted since one was recorded last. */
export interface SlowestSpan {
  /** Below 0: there is none. */
  seconds: number;
  /** When it ended, epoch milliseconds. */
  timeMs: number;
  /** Trace id and span id. */
  readonly ids: Uint8Array;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export function createSlowestSpan(): SlowestSpan {
  return { seconds: -1, timeMs: 0, ids: new Uint8Array(TRACE_ID_BYTES + SPAN_ID_BYTES) };
}

/** Remembers the span if none was slower. */
export function noteSpan(slowest: SlowestSpan, batch: SpanBatch, row: number): void {
  const seconds = batch.durationNanos[row]! / 1e9;
  if (seconds <= slowest.seconds) return;
  slowest.seconds = seconds;
  slowest.timeMs = batch.endMs[row]!;
  const trace = row * TRACE_ID_BYTES;
  const span = row * SPAN_ID_BYTES;
  slowest.ids.set(batch.traceIds.subarray(trace, trace + TRACE_ID_BYTES));
  slowest.ids.set(batch.spanIds.subarray(span, span + SPAN_ID_BYTES), TRACE_ID_BYTES);
}

/** It as an exemplar, and forgets it; undefined when there is none. */
export function takeExemplar(slowest: SlowestSpan): RecordedExemplar | undefined {
  const { seconds, timeMs, ids } = slowest;
  if (seconds < 0) return undefined;
  slowest.seconds = -1;
  const hex = Buffer.from(ids).toString("hex");
  const traceId = hex.slice(0, TRACE_ID_BYTES * 2);
  return { timeMs, value: seconds, labels: ["span_id", hex.slice(TRACE_ID_BYTES * 2), "trace_id", traceId] };
}

/** Lets so many have their turn in one round, and the others in the next ones. `begin` tells of each in a round whether it is its turn. */
export function createTurns(atOnce: number): { readonly begin: (many: number) => () => boolean } {
  let rounds = 0;
  return {
    begin: (many) => {
      const every = Math.ceil(many / atOnce);
      rounds += 1;
      let turn = rounds;
      return () => {
        turn += 1;
        return turn % every === 0;
      };
    },
  };
}
