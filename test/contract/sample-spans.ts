import { type Attributes, AttributeType, NO_ATTRIBUTES } from "../../src/model/attributes.ts";
import {
  type SpanBatch,
  type SpanEvent,
  SpanKind,
  type SpanLink,
  StatusCode,
} from "../../src/model/span-batch.ts";

/** What tests say about a span; the rest has plain defaults. */
export interface SampleSpan {
  readonly service?: string;
  readonly name?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly kind?: number;
  readonly status?: number;
  readonly statusMessage?: string;
  readonly endMs: number;
  readonly durationMs?: number;
  readonly attributes?: Attributes;
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
}

let lastId = 0;
const nextId = (bytes: number): string => {
  lastId += 1;
  return lastId.toString(16).padStart(bytes * 2, "0");
};

/** Attributes from plain values: integers become int, other numbers double. */
export function sampleAttributes(
  values: Readonly<Record<string, string | number | bigint | boolean>>,
): Attributes {
  const keys = Object.keys(values);
  if (keys.length === 0) return NO_ATTRIBUTES;
  const typeOf = (value: string | number | bigint | boolean): AttributeType => {
    if (typeof value === "string") return AttributeType.string;
    if (typeof value === "boolean") return AttributeType.bool;
    return typeof value === "bigint" || Number.isSafeInteger(value)
      ? AttributeType.int
      : AttributeType.double;
  };
  return { keys, types: Object.values(values).map(typeOf), values: Object.values(values) };
}

/** A batch of these spans: one resource for each service, one scope. */
export function sampleSpans(spans: readonly SampleSpan[]): SpanBatch {
  const services = [...new Set(spans.map((span) => span.service ?? "payment"))];
  const column = <T>(value: (span: SampleSpan) => T): T[] => spans.map(value);
  const ids = (bytes: number, id: (span: SampleSpan) => string): Uint8Array =>
    new Uint8Array(Buffer.concat(column((span) => Buffer.from(id(span), "hex").subarray(0, bytes))));
  const nanos = (ms: number): bigint => BigInt(Math.round(ms * 1_000)) * 1_000n;
  return {
    count: spans.length,
    resources: services.map((serviceName) => ({
      attributes: sampleAttributes({ "service.name": serviceName }),
      schemaUrl: "",
      serviceName,
    })),
    scopes: [{ name: "sample", version: "1.0", attributes: NO_ATTRIBUTES, schemaUrl: "" }],
    resource: Uint32Array.from(column((span) => services.indexOf(span.service ?? "payment"))),
    scope: new Uint32Array(spans.length),
    traceIds: ids(16, (span) => span.traceId ?? nextId(16)),
    spanIds: ids(8, (span) => span.spanId ?? nextId(8)),
    parentSpanIds: ids(8, (span) => span.parentSpanId ?? "0".repeat(16)),
    traceState: column(() => ""),
    flags: new Uint32Array(spans.length),
    name: column((span) => span.name ?? "POST /charge"),
    kind: Uint8Array.from(column((span) => span.kind ?? SpanKind.server)),
    status: Uint8Array.from(column((span) => span.status ?? StatusCode.unset)),
    statusMessage: column((span) => span.statusMessage ?? ""),
    startUnixNano: BigUint64Array.from(column((span) => nanos(span.endMs - (span.durationMs ?? 5)))),
    endUnixNano: BigUint64Array.from(column((span) => nanos(span.endMs))),
    durationNanos: Float64Array.from(column((span) => (span.durationMs ?? 5) * 1e6)),
    endMs: Float64Array.from(column((span) => Math.floor(span.endMs))),
    attributes: column((span) => span.attributes ?? NO_ATTRIBUTES),
    droppedAttributes: new Uint32Array(spans.length),
    events: column((span) => span.events ?? []),
    droppedEvents: new Uint32Array(spans.length),
    links: column((span) => span.links ?? []),
    droppedLinks: new Uint32Array(spans.length),
  };
}
