import type { SpanBatch } from "../../model/span-batch.ts";

/** Why the body as a whole cannot be taken. */
export interface DecodeError {
  /** malformed: not what the protocol describes · too_large: more items than one request may hold. */
  readonly kind: "malformed" | "too_large";
  /** Where, in the names of the proto: `resourceSpans[0].scopeSpans[2].spans[17].name`; "" for the body itself. */
  readonly path: string;
  /** Byte offset into the decompressed body; undefined for JSON, whose path is exact. */
  readonly offset: number | undefined;
  /** One line for the sender. */
  readonly message: string;
}

export type RejectReason =
  | "invalid_trace_id"
  | "invalid_span_id"
  | "invalid_parent_span_id"
  | "no_end_time"
  | "time_out_of_range"
  | "ends_in_future"
  | "older_than_retention";

/** Spans left out of the batch; the others were taken. */
export interface RejectedSpans {
  readonly count: number;
  readonly reasons: ReadonlyMap<RejectReason, number>;
}

/** What the limits cost the accepted and rejected spans of a request. */
export interface Curtailed {
  /** Names and string values that were cut. */
  readonly cutStrings: number;
  readonly droppedAttributes: number;
  readonly droppedEvents: number;
  readonly droppedLinks: number;
}

export type DecodeResult =
  | {
      readonly kind: "decoded";
      readonly batch: SpanBatch;
      readonly rejected: RejectedSpans;
      readonly curtailed: Curtailed;
    }
  | { readonly kind: "failed"; readonly error: DecodeError };

const REASON_TEXT: Readonly<Record<RejectReason, string>> = {
  invalid_trace_id: "trace_id is not 16 bytes (in JSON 32 hexadecimal digits, not base64) or is all zero",
  invalid_span_id: "span_id is not 8 bytes (in JSON 16 hexadecimal digits, not base64) or is all zero",
  invalid_parent_span_id: "parent_span_id is neither empty nor 8 bytes (in JSON 16 hexadecimal digits)",
  no_end_time: "end_time_unix_nano is 0 (the span has not ended)",
  time_out_of_range: "a time lies beyond the year 2262",
  ends_in_future: "the span ends too far in the future (check the sender's clock)",
  older_than_retention: "the span ended longer ago than spans are kept (times are in nanoseconds since 1970)",
};

/** The error message of a partial success: `3 spans rejected: 2 trace_id is not …; 1 …`. */
export function describeRejected(rejected: RejectedSpans): string {
  const parts = [...rejected.reasons].map(([reason, count]) => `${count} × ${REASON_TEXT[reason]}`);
  return `${rejected.count} ${rejected.count === 1 ? "span" : "spans"} rejected: ${parts.join("; ")}`;
}
