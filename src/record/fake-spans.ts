import { AttributeType, NO_ATTRIBUTES } from "../model/attributes.ts";
import { SpanKind, StatusCode } from "../model/span-batch.ts";
import type { SpanBatch } from "../model/span-batch.ts";

/** A span in few words, for tests. */
export interface FakeSpan {
  readonly service: string;
  readonly name?: string;
  readonly kind?: keyof typeof SpanKind;
  readonly status?: keyof typeof StatusCode;
  readonly ms?: number;
  /** Any numbers above zero; a span has a parent when this is given. */
  readonly trace?: number;
  readonly id?: number;
  readonly parent?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A batch as the decoders make them, with one resource for each span. */
export function fakeSpans(spans: readonly FakeSpan[]): SpanBatch {
  const count = spans.length;
  const none = spans.map((): readonly never[] => []);
  return {
    count,
    resources: spans.map(({ service }) => ({
      attributes: NO_ATTRIBUTES,
      schemaUrl: "",
      serviceName: service,
    })),
    scopes: [{ name: "", version: "", attributes: NO_ATTRIBUTES, schemaUrl: "" }],
    resource: Uint32Array.from(spans.keys()),
    scope: new Uint32Array(count),
    traceIds: idBytes(spans, 16, ({ trace = 1 }) => trace),
    spanIds: idBytes(spans, 8, ({ id = 1 }) => id),
    parentSpanIds: idBytes(spans, 8, ({ parent = 0 }) => parent),
    traceState: spans.map(() => ""),
    flags: new Uint32Array(count),
    name: spans.map(({ name = "GET /" }) => name),
    kind: Uint8Array.from(spans, ({ kind = "server" }) => SpanKind[kind]),
    status: Uint8Array.from(spans, ({ status = "unset" }) => StatusCode[status]),
    statusMessage: spans.map(() => ""),
    startUnixNano: new BigUint64Array(count),
    endUnixNano: new BigUint64Array(count),
    durationNanos: Float64Array.from(spans, ({ ms = 1 }) => ms * 1e6),
    endMs: new Float64Array(count),
    attributes: spans.map(({ attributes = {} }) => ({
      keys: Object.keys(attributes),
      types: Object.keys(attributes).map(() => AttributeType.string),
      values: Object.values(attributes),
    })),
    droppedAttributes: new Uint32Array(count),
    events: none,
    droppedEvents: new Uint32Array(count),
    links: none,
    droppedLinks: new Uint32Array(count),
  };
}

function idBytes(spans: readonly FakeSpan[], bytes: number, idOf: (span: FakeSpan) => number): Uint8Array {
  const all = Buffer.alloc(spans.length * bytes);
  for (const [i, span] of spans.entries()) all.writeUInt32BE(idOf(span), (i + 1) * bytes - 4);
  return all;
}
