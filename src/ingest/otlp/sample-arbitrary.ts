import fc from "fast-check";
import {
  SAMPLE_END_MS,
  type SampleEntry,
  type SampleEvent,
  type SampleLink,
  type SampleRequest,
  type SampleSpan,
  type SampleValue,
} from "./sample-request.ts";

const END = BigInt(SAMPLE_END_MS) * 1_000_000n;
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Names and values, of every script. */
export const text = fc.oneof(
  fc.constantFrom("http.request.method", "GET", "service.name", "名前", "a"),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);
const count = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff_ffff }));

const { value } = fc.letrec<{ value: SampleValue; entry: SampleEntry }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ intValue: fc.bigInt({ min: -600n, max: 600n }) }),
    fc.record({ doubleValue: fc.double() }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 20 }) }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie("value"), { maxLength: 4 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: fc.array(tie("entry"), { maxLength: 4 }) }) }),
  ),
  entry: fc.record({ key: text, value: tie("value") }),
}));

/** Attributes with values of every type. */
export const attributes: fc.Arbitrary<SampleEntry[]> = fc.array(fc.record({ key: text, value }), {
  maxLength: 8,
});

const event: fc.Arbitrary<SampleEvent> = fc.record({
  timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  name: text,
  attributes,
  droppedAttributesCount: count,
});

const link: fc.Arbitrary<SampleLink> = fc.record({
  traceId: fc.oneof({ weight: 5, arbitrary: bytesOf(16) }, { weight: 1, arbitrary: bytesOf(15) }),
  spanId: bytesOf(8),
  traceState: text,
  attributes,
  droppedAttributesCount: count,
  flags: count,
});

const span: fc.Arbitrary<SampleSpan> = fc.record({
  traceId: fc.oneof({ weight: 9, arbitrary: bytesOf(16) }, { weight: 1, arbitrary: bytesOf(8) }),
  spanId: fc.oneof({ weight: 9, arbitrary: bytesOf(8) }, { weight: 1, arbitrary: bytesOf(0) }),
  traceState: text,
  parentSpanId: fc.oneof(bytesOf(0), bytesOf(8), bytesOf(3)),
  flags: count,
  name: text,
  kind: fc.integer({ min: -3, max: 9 }),
  startTimeUnixNano: fc.oneof(
    fc.bigInt({ min: END - 10n ** 12n, max: END + 10n ** 12n }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  ),
  endTimeUnixNano: fc.oneof(
    { weight: 9, arbitrary: fc.bigInt({ min: END - 10n ** 12n, max: END + 10n ** 12n }) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  ),
  attributes,
  droppedAttributesCount: count,
  events: fc.array(event, { maxLength: 3 }),
  droppedEventsCount: count,
  links: fc.array(link, { maxLength: 3 }),
  droppedLinksCount: count,
  status: fc.record({ message: text, code: fc.integer({ min: -1, max: 4 }) }),
});

/** Requests of every shape, most of their spans valid. */
export const anyRequest: fc.Arbitrary<SampleRequest> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes }),
          spans: fc.array(span, { maxLength: 4 }),
          schemaUrl: text,
        }),
        { maxLength: 3 },
      ),
      schemaUrl: text,
    }),
    { maxLength: 3 },
  ),
});
