import fc from "fast-check";
import { NO_ATTRIBUTES } from "../../src/model/attributes.ts";
import type { Attributes } from "../../src/model/attributes.ts";
import type { SpanBatch } from "../../src/model/span-batch.ts";
import type { Span } from "../../src/model/span.ts";
import { sampleAttributes } from "./sample-spans.ts";

type Values = Readonly<Record<string, string | number | bigint | boolean>>;

const word = fc.constantFrom("a", "b", "c", "GET /x", "");
const number = fc.constantFrom(0, 1, 2, 3.5, 500, -1);

/** Few keys and values, so that queries and spans meet. */
const values: fc.Arbitrary<Values> = fc.dictionary(
  fc.constantFrom("a", "b", "n"),
  fc.oneof(word, number, fc.boolean()),
  { maxKeys: 3 },
);
const attributes: fc.Arbitrary<Attributes> = values.map(sampleAttributes);

const NO_SPAN = "";

interface Shape {
  readonly parent: number;
  readonly name: string;
  readonly service: string;
  readonly kind: number;
  readonly status: number;
  readonly statusMessage: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly scope: string;
  readonly attributes: Attributes;
  readonly resource: Values;
  readonly events: readonly {
    readonly name: string;
    readonly afterMs: number;
    readonly attributes: Attributes;
  }[];
  readonly link: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  // The index of another span modulo their number; -1 for none, -2 for one that is not stored.
  parent: fc.oneof({ weight: 6, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.constantFrom(-1, -2) }),
  name: word,
  service: fc.constantFrom("front", "back", "db"),
  kind: fc.integer({ min: 0, max: 5 }),
  status: fc.integer({ min: 0, max: 2 }),
  statusMessage: word,
  startMs: fc.integer({ min: 0, max: 20_000 }),
  durationMs: fc.constantFrom(0, 1, 5, 100, 1_000),
  scope: fc.constantFrom("lib-a", "lib-b"),
  attributes,
  resource: values,
  events: fc.array(fc.record({ name: word, afterMs: fc.nat(5), attributes }), { maxLength: 2 }),
  link: fc.integer({ min: -1, max: 3 }),
});

const hex = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, "0");

/** Traces of a few spans each, with orphans, several roots, cycles, events and links; times count from `originMs`. */
export function arbitraryTraces(
  originMs: number,
  maxTraces: number,
): fc.Arbitrary<readonly (readonly Span[])[]> {
  return fc
    .array(fc.array(shape, { minLength: 1, maxLength: 7 }), { minLength: 1, maxLength: maxTraces })
    .map((traces) => traces.map((shapes, index) => spansOf(shapes, index + 1, originMs)));
}

function spansOf(shapes: readonly Shape[], trace: number, originMs: number): readonly Span[] {
  const idOf = (index: number) => hex(trace * 256 + index + 1, 8);
  return shapes.map((shape, index) => {
    const startUnixNano = BigInt(originMs + shape.startMs) * 1_000_000n;
    return {
      traceId: hex(trace, 16),
      spanId: idOf(index),
      parentSpanId: parentOf(shape.parent, index, shapes.length, idOf),
      traceState: "",
      flags: 0,
      name: shape.name,
      kind: shape.kind,
      status: shape.status,
      statusMessage: shape.statusMessage,
      startUnixNano,
      endUnixNano: startUnixNano + BigInt(shape.durationMs) * 1_000_000n,
      attributes: shape.attributes,
      droppedAttributes: 0,
      events: shape.events.map(({ name, afterMs, attributes }) => ({
        timeUnixNano: startUnixNano + BigInt(afterMs) * 1_000_000n,
        name,
        attributes,
        droppedAttributes: 0,
      })),
      droppedEvents: 0,
      links:
        shape.link < 0
          ? []
          : [
              {
                traceId: new Uint8Array(Buffer.from(hex(shape.link + 1, 16), "hex")),
                spanId: new Uint8Array(Buffer.from(hex(9, 8), "hex")),
                traceState: "",
                attributes: shape.attributes,
                droppedAttributes: 0,
                flags: 0,
              },
            ],
      droppedLinks: 0,
      resource: {
        attributes: sampleAttributes({ ...shape.resource, "service.name": shape.service }),
        schemaUrl: "",
        serviceName: shape.service,
      },
      scope: { name: shape.scope, version: "1", attributes: NO_ATTRIBUTES, schemaUrl: "" },
    };
  });
}

/** Mostly the spans before, so that there are trees; sometimes any, so that there are cycles. */
function parentOf(parent: number, index: number, count: number, idOf: (index: number) => string): string {
  if (parent === -2) return hex(0xdead, 8);
  if (parent < 0 || index === 0) return NO_SPAN;
  return parent === 6 ? idOf((index + 1) % count) : idOf(parent % index);
}

/** The spans as a batch to store. */
export function batchOfSpans(spans: readonly Span[]): SpanBatch {
  const ids = (idOf: (span: Span) => string, bytes: number): Uint8Array =>
    new Uint8Array(
      Buffer.concat(spans.map((span) => Buffer.from(idOf(span).padStart(bytes * 2, "0"), "hex"))),
    );
  return {
    count: spans.length,
    resources: spans.map(({ resource }) => resource),
    scopes: spans.map(({ scope }) => scope),
    resource: Uint32Array.from(spans, (_, index) => index),
    scope: Uint32Array.from(spans, (_, index) => index),
    traceIds: ids(({ traceId }) => traceId, 16),
    spanIds: ids(({ spanId }) => spanId, 8),
    parentSpanIds: ids(({ parentSpanId }) => parentSpanId, 8),
    traceState: spans.map(({ traceState }) => traceState),
    flags: Uint32Array.from(spans, ({ flags }) => flags),
    name: spans.map(({ name }) => name),
    kind: Uint8Array.from(spans, ({ kind }) => kind),
    status: Uint8Array.from(spans, ({ status }) => status),
    statusMessage: spans.map(({ statusMessage }) => statusMessage),
    startUnixNano: BigUint64Array.from(spans, ({ startUnixNano }) => startUnixNano),
    endUnixNano: BigUint64Array.from(spans, ({ endUnixNano }) => endUnixNano),
    durationNanos: Float64Array.from(spans, (span) => Number(span.endUnixNano - span.startUnixNano)),
    endMs: Float64Array.from(spans, ({ endUnixNano }) => Number(endUnixNano / 1_000_000n)),
    attributes: spans.map(({ attributes }) => attributes),
    droppedAttributes: new Uint32Array(spans.length),
    events: spans.map(({ events }) => events),
    droppedEvents: new Uint32Array(spans.length),
    links: spans.map(({ links }) => links),
    droppedLinks: new Uint32Array(spans.length),
  };
}
