import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBatch } from "../../../test/contract/arbitrary-spans.ts";
import { decodeTracesProtobuf } from "../../ingest/otlp/decode-traces-protobuf.ts";
import { DEFAULT_SPAN_LIMITS } from "../../ingest/otlp/span-limits.ts";
import { type Attributes, AttributeType } from "../../model/attributes.ts";
import type { SpanBatch } from "../../model/span-batch.ts";
import type { Span } from "../../model/span.ts";
import { timestampMs } from "../../model/time.ts";
import { encodeTrace, encodeTraceResponse } from "./encode-trace.ts";

const NOW_MS = timestampMs(1_749_988_800_000);
const hexOf = (bytes: Uint8Array, row: number, size: number): string =>
  Buffer.from(bytes.subarray(row * size, row * size + size)).toString("hex");

/** The spans of a batch as they would be read back. */
function spansOf(batch: SpanBatch): Span[] {
  return Array.from({ length: batch.count }, (_, row) => {
    const parent = hexOf(batch.parentSpanIds, row, 8);
    return {
      traceId: hexOf(batch.traceIds, row, 16),
      spanId: hexOf(batch.spanIds, row, 8),
      parentSpanId: parent === "0".repeat(16) ? "" : parent,
      traceState: batch.traceState[row]!,
      flags: batch.flags[row]!,
      name: batch.name[row]!,
      kind: batch.kind[row]!,
      status: batch.status[row]!,
      statusMessage: batch.statusMessage[row]!,
      startUnixNano: batch.startUnixNano[row]!,
      endUnixNano: batch.endUnixNano[row]!,
      attributes: batch.attributes[row]!,
      droppedAttributes: batch.droppedAttributes[row]!,
      events: batch.events[row]!,
      droppedEvents: batch.droppedEvents[row]!,
      links: batch.links[row]!,
      droppedLinks: batch.droppedLinks[row]!,
      resource: batch.resources[batch.resource[row]!]!,
      scope: batch.scopes[batch.scope[row]!]!,
    };
  });
}

const VALUES = [
  [AttributeType.string, ""],
  [AttributeType.string, "é\u{1f525}"],
  [AttributeType.int, 0],
  [AttributeType.int, -1],
  [AttributeType.int, 9_007_199_254_740_991],
  [AttributeType.int, -(2n ** 63n)],
  [AttributeType.int, 2n ** 63n - 1n],
  [AttributeType.double, -0],
  [AttributeType.double, Number.NaN],
  [AttributeType.double, -Infinity],
  [AttributeType.bool, false],
  [AttributeType.json, "{}"],
  [AttributeType.json, '{"bytesValue":"AAH/"}'],
  [
    AttributeType.json,
    '{"arrayValue":{"values":[{"intValue":"0"},{},{"doubleValue":-0},{"boolValue":false}]}}',
  ],
  [
    AttributeType.json,
    '{"kvlistValue":{"values":[{"key":"a","value":{"kvlistValue":{"values":[]}}},{"key":"","value":{"stringValue":""}}]}}',
  ],
] as const;

const ALL_VALUES: Attributes = {
  keys: VALUES.map((_, i) => `k${i}`),
  types: VALUES.map(([type]) => type),
  values: VALUES.map(([, value]) => value),
};

const arbitrarySpans: fc.Arbitrary<Span[]> = fc
  .tuple(
    arbitraryBatch(fc.constant(NOW_MS - 1_000), { minLength: 1, maxLength: 8 }),
    fc.record({
      flags: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      traceState: fc.constantFrom("", "a=1,b=2"),
      droppedAttributes: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      droppedEvents: fc.nat({ max: 3 }),
      droppedLinks: fc.nat({ max: 300 }),
      events: fc.constantFrom(
        [],
        [{ timeUnixNano: 1n, name: "exception", attributes: ALL_VALUES, droppedAttributes: 200 }],
      ),
      links: fc.constantFrom(
        [],
        [
          {
            traceId: Buffer.from("0102030405060708090a0b0c0d0e0f10", "hex"),
            spanId: Buffer.from("00000000000000ff", "hex"),
            traceState: "x=y",
            attributes: ALL_VALUES,
            droppedAttributes: 1,
            flags: 257,
          },
        ],
      ),
    }),
    fc.boolean(),
  )
  .map(([batch, more, all]) =>
    spansOf(batch).map((span, i) => ({
      ...span,
      ...more,
      spanId: (i + 1).toString(16).padStart(16, "0"),
      ...(all ? { attributes: ALL_VALUES } : {}),
    })),
  );

const plain = (spans: readonly Span[]) =>
  spans
    .map((span) => ({
      ...span,
      events: span.events.map((event) => ({ ...event })),
      links: span.links.map((link) => ({
        ...link,
        traceId: Buffer.from(link.traceId).toString("hex"),
        spanId: Buffer.from(link.spanId).toString("hex"),
      })),
    }))
    .toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));

describe("a trace in Tempo's protobuf", () => {
  it("is what OTLP's decoder reads as the same spans, every field", () => {
    fc.assert(
      fc.property(arbitrarySpans, (spans) => {
        const decoded = decodeTracesProtobuf(encodeTrace(spans), NOW_MS, DEFAULT_SPAN_LIMITS);
        if (decoded.kind !== "decoded") throw new Error(JSON.stringify(decoded));
        expect(plain(spansOf(decoded.batch))).toEqual(plain(spans));
      }),
      { numRuns: 200 },
    );
  });

  it("is wrapped for version 2, with a word where it is cut", () => {
    const [spans] = fc.sample(arbitrarySpans, { numRuns: 1, seed: 1 });
    const trace = Buffer.from(encodeTrace(spans!));
    const whole = Buffer.from(encodeTraceResponse(spans!, undefined));
    expect(whole[0]).toBe(0x0a);
    expect(whole.subarray(-trace.length)).toEqual(trace);
    const cut = Buffer.from(encodeTraceResponse(spans!, "cut"));
    expect(cut.subarray(0, whole.length)).toEqual(whole);
    expect(cut.subarray(whole.length)).toEqual(Buffer.from([0x18, 1, 0x22, 3, ...Buffer.from("cut")]));
  });

  it("grows beyond its first buffer", () => {
    const [spans] = fc.sample(arbitrarySpans, { numRuns: 1, seed: 2 });
    const many = Array.from({ length: 5_000 }, (_, i) => ({
      ...spans![0]!,
      spanId: (i + 1).toString(16).padStart(16, "0"),
      attributes: ALL_VALUES,
    }));
    const decoded = decodeTracesProtobuf(encodeTrace(many), NOW_MS, DEFAULT_SPAN_LIMITS);
    expect(decoded.kind === "decoded" && decoded.batch.count).toBe(5_000);
  });
});
