import type { Attributes } from "./attributes.ts";

/** OTLP `SpanKind`. */
export const SpanKind = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
} as const;

/** OTLP `Status.StatusCode`. */
export const StatusCode = { unset: 0, ok: 1, error: 2 } as const;

export interface Resource {
  readonly attributes: Attributes;
  readonly schemaUrl: string;
  /** `service.name` when it is a string, else "". */
  readonly serviceName: string;
}

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
  readonly schemaUrl: string;
}

export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
}

export interface SpanLink {
  /** 16 bytes. */
  readonly traceId: Uint8Array;
  /** 8 bytes. */
  readonly spanId: Uint8Array;
  readonly traceState: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly flags: number;
}

/** Spans of one request, in columns; row i of every column is span i. Valid by construction (see ingest/otlp). */
export interface SpanBatch {
  readonly count: number;
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  /** Index into `resources`. */
  readonly resource: Uint32Array;
  /** Index into `scopes`. */
  readonly scope: Uint32Array;
  /** 16 bytes a span, back to back; never all zero. */
  readonly traceIds: Uint8Array;
  /** 8 bytes a span, back to back; never all zero. */
  readonly spanIds: Uint8Array;
  /** 8 bytes a span, back to back; all zero for the root of a trace. */
  readonly parentSpanIds: Uint8Array;
  readonly traceState: readonly string[];
  readonly flags: Uint32Array;
  readonly name: readonly string[];
  /** SpanKind, 0..5. */
  readonly kind: Uint8Array;
  /** StatusCode, 0..2. */
  readonly status: Uint8Array;
  readonly statusMessage: readonly string[];
  readonly startUnixNano: BigUint64Array;
  readonly endUnixNano: BigUint64Array;
  /** end - start in nanoseconds, 0 when a skewed clock puts the end before the start. */
  readonly durationNanos: Float64Array;
  /** The event time of the SLI: when the span ended, whole milliseconds since the epoch (rounded down). */
  readonly endMs: Float64Array;
  readonly attributes: readonly Attributes[];
  readonly droppedAttributes: Uint32Array;
  readonly events: readonly (readonly SpanEvent[])[];
  readonly droppedEvents: Uint32Array;
  readonly links: readonly (readonly SpanLink[])[];
  readonly droppedLinks: Uint32Array;
}

/** True for a span without a parent. */
export function isRoot(batch: SpanBatch, row: number): boolean {
  for (let i = row * 8; i < row * 8 + 8; i += 1) if (batch.parentSpanIds[i] !== 0) return false;
  return true;
}
