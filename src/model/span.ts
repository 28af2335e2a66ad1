import type { Attributes } from "./attributes.ts";
import type { Resource, Scope, SpanEvent, SpanLink } from "./span-batch.ts";

/** One span as it is read back, whole. */
export interface Span {
  /** 32 hex digits, lower case. */
  readonly traceId: string;
  /** 16 hex digits, lower case. */
  readonly spanId: string;
  /** As spanId; empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  /** SpanKind, 0..5. */
  readonly kind: number;
  /** StatusCode, 0..2. */
  readonly status: number;
  readonly statusMessage: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinks: number;
  readonly resource: Resource;
  readonly scope: Scope;
}

/** end - start in nanoseconds; 0 where a skewed clock puts the end before the start. */
export function spanNanos({ startUnixNano, endUnixNano }: Span): number {
  return endUnixNano <= startUnixNano ? 0 : Number(endUnixNano - startUnixNano);
}
