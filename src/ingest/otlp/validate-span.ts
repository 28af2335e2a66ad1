import type { TimestampMs } from "../../model/time.ts";
import type { RejectReason } from "./decode-result.ts";
import type { SpanDraft } from "./span-draft.ts";
import type { SpanLimits } from "./span-limits.ts";

/** 2^63 nanoseconds after the epoch, in the year 2262, is the end of the store's time. Its upper 32 bits: */
const FIRST_HIGH_OUT_OF_RANGE = 0x8000_0000;

/** When the span ended, in whole milliseconds, rounded down; exact although nanoseconds are beyond 2^53. */
export function endMsOf(draft: SpanDraft): number {
  // 2^32 = 4294 × 10^6 + 967296, so every product here stays below 2^53.
  return draft.endHigh * 4_294 + Math.floor((draft.endHigh * 967_296 + draft.endLow) / 1_000_000);
}

/** Why the span cannot be stored, or undefined if it can. `at` is the receiver's present. */
export function rejectReason(
  draft: SpanDraft,
  at: TimestampMs,
  limits: SpanLimits,
): RejectReason | undefined {
  if (draft.traceIdLength !== 16 || isZero(draft.traceId)) return "invalid_trace_id";
  if (draft.spanIdLength !== 8 || isZero(draft.spanId)) return "invalid_span_id";
  if (draft.parentSpanIdLength !== 0 && draft.parentSpanIdLength !== 8) return "invalid_parent_span_id";
  if (draft.endLow === 0 && draft.endHigh === 0) return "no_end_time";
  if (draft.endHigh >= FIRST_HIGH_OUT_OF_RANGE || draft.startHigh >= FIRST_HIGH_OUT_OF_RANGE) {
    return "time_out_of_range";
  }
  const endMs = endMsOf(draft);
  if (endMs > at + limits.futureMs) return "ends_in_future";
  if (endMs < at - limits.retentionMs) return "older_than_retention";
  return undefined;
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== 0) return false;
  return true;
}

/** Events at a time that the store cannot hold are dropped and counted. */
export function isStorableEventTime(timeUnixNano: bigint): boolean {
  return timeUnixNano < 0x8000_0000_0000_0000n;
}

/** Links whose ids have another length are dropped and counted. */
export function isStorableLink(traceIdLength: number, spanIdLength: number): boolean {
  return traceIdLength === 16 && spanIdLength === 8;
}
