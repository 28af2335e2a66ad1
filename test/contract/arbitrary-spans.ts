import fc from "fast-check";
import { type AttributeValue, type Attributes, AttributeType } from "../../src/model/attributes.ts";
import type { Resource, SpanBatch } from "../../src/model/span-batch.ts";

/** Few keys, so that filters and spans meet; some of them nasty. */
export const NASTY_KEYS = [
  "a",
  "b",
  "http.route",
  "service.name",
  "",
  "kéy",
  "it's",
  'q"uote',
  "back\\slash",
  "x y",
  "tab\t{n}",
];

export const NASTY_STRINGS = [
  "",
  "a",
  "A",
  "ab",
  "500",
  "5.0",
  "true",
  "nil",
  "é",
  "É",
  "ß",
  "日本",
  "\u{1f525}",
  "\uffff",
  "\u{10000}",
  "it's",
  'q"',
  "\\",
  "\\n",
  "a\nb",
  "a\n",
  "\n",
  "\t",
  "\0",
  "a\0b",
  "%",
  "_",
  "{x:String}",
  "--",
  "GET /x/1",
  " ",
];

export const NASTY_INTS = [
  0n,
  1n,
  -1n,
  5n,
  500n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

export const NASTY_DOUBLES = [
  0,
  -0,
  1,
  -1,
  0.1,
  0.3,
  0.1 + 0.2,
  1.5,
  500,
  500.5,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 63,
  -(2 ** 63),
  Number.NaN,
  Infinity,
  -Infinity,
  5e-324,
  Number.MAX_VALUE,
  1e21,
  123456.789e3,
];

const nastyString = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NASTY_STRINGS) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
);

const plainInt = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const typedValue: fc.Arbitrary<readonly [AttributeType, AttributeValue]> = fc.oneof(
  nastyString.map((value) => [AttributeType.string, value] as const),
  fc
    .oneof(fc.constantFrom(...NASTY_INTS), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    .map((value) => [AttributeType.int, plainInt(value)] as const),
  fc
    .oneof(fc.constantFrom(...NASTY_DOUBLES), fc.double())
    .map((value) => [AttributeType.double, value] as const),
  fc.boolean().map((value) => [AttributeType.bool, value] as const),
  fc
    .constantFrom('{"arrayValue":{"values":[]}}', '{"bytesValue":"AA=="}')
    .map((value) => [AttributeType.json, value] as const),
);

const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NASTY_KEYS), typedValue), {
    selector: ([key]) => key,
    maxLength: 6,
  })
  .map((entries) => ({
    keys: entries.map(([key]) => key),
    types: entries.map(([, [type]]) => type),
    values: entries.map(([, [, value]]) => value),
  }));

const resource: fc.Arbitrary<Resource> = attributes.map((set) => {
  const index = set.keys.indexOf("service.name");
  const isString = set.types[index] === AttributeType.string;
  return { attributes: set, schemaUrl: "", serviceName: isString ? (set.values[index] as string) : "" };
});

interface ArbitrarySpan {
  readonly resource: number;
  readonly parent: boolean;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly statusMessage: string;
  readonly endMs: number;
  readonly durationNanos: number;
  readonly attributes: Attributes;
}

/** Batches with nasty names, attributes of every type in both scopes, and the ends that `endMs` gives. */
export function arbitraryBatch(
  endMs: fc.Arbitrary<number>,
  size: { readonly minLength?: number; readonly maxLength: number },
): fc.Arbitrary<SpanBatch> {
  const span: fc.Arbitrary<ArbitrarySpan> = fc.record({
    resource: fc.nat(),
    parent: fc.boolean(),
    name: nastyString,
    kind: fc.integer({ min: 0, max: 5 }),
    status: fc.integer({ min: 0, max: 2 }),
    statusMessage: nastyString,
    endMs,
    durationNanos: fc.constantFrom(0, 1, 999_999, 1_000_000, 300_000_000, 90e9, 2 ** 53 + 2),
    attributes,
  });
  return fc
    .tuple(fc.array(resource, { minLength: 1, maxLength: 4 }), fc.array(span, size))
    .map(([resources, spans]) => toBatch(resources, spans));
}

function toBatch(resources: readonly Resource[], spans: readonly ArbitrarySpan[]): SpanBatch {
  const none = { keys: [], types: [], values: [] };
  const count = spans.length;
  return {
    count,
    resources,
    scopes: [{ name: "", version: "", attributes: none, schemaUrl: "" }],
    resource: Uint32Array.from(spans, (span) => span.resource % resources.length),
    scope: new Uint32Array(count),
    traceIds: new Uint8Array(count * 16).fill(1),
    spanIds: new Uint8Array(count * 8).fill(2),
    parentSpanIds: Uint8Array.from({ length: count * 8 }, (_, i) =>
      spans[i >> 3]!.parent && i % 8 === 7 ? 3 : 0,
    ),
    traceState: spans.map(() => ""),
    flags: new Uint32Array(count),
    name: spans.map((span) => span.name),
    kind: Uint8Array.from(spans, (span) => span.kind),
    status: Uint8Array.from(spans, (span) => span.status),
    statusMessage: spans.map((span) => span.statusMessage),
    startUnixNano: BigUint64Array.from(spans, (span) => BigInt(span.endMs) * 1_000_000n),
    endUnixNano: BigUint64Array.from(spans, (span) => BigInt(span.endMs) * 1_000_000n),
    durationNanos: Float64Array.from(spans, (span) => span.durationNanos),
    endMs: Float64Array.from(spans, (span) => span.endMs),
    attributes: spans.map((span) => span.attributes),
    droppedAttributes: new Uint32Array(count),
    events: spans.map(() => []),
    droppedEvents: new Uint32Array(count),
    links: spans.map(() => []),
    droppedLinks: new Uint32Array(count),
  };
}
