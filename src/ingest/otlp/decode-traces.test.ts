import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AttributeType } from "../../model/attributes.ts";
import { isRoot, type SpanBatch } from "../../model/span-batch.ts";
import { DAY_MS, timestampMs } from "../../model/time.ts";
import { type DecodeResult, describeRejected } from "./decode-result.ts";
import { decodeTracesJson } from "./decode-traces-json.ts";
import { decodeTracesProtobuf } from "./decode-traces-protobuf.ts";
import { anyRequest } from "./sample-arbitrary.ts";
import {
  SAMPLE_END_MS,
  type SampleEntry,
  sampleRequest,
  type SampleSpan,
  sampleSpan,
  toJson,
  toProtobuf,
} from "./sample-request.ts";
import { DEFAULT_SPAN_LIMITS, type SpanLimits } from "./span-limits.ts";

const AT = timestampMs(SAMPLE_END_MS + 1_000);
const limitsOf = (changes: Partial<SpanLimits> = {}) => ({ ...DEFAULT_SPAN_LIMITS, ...changes });

type Decode = (spans: readonly SampleSpan[], limits?: SpanLimits) => DecodeResult;
const encodings: readonly (readonly [string, Decode])[] = [
  [
    "protobuf",
    (spans, limits) =>
      decodeTracesProtobuf(toProtobuf(sampleRequest(spans)), AT, limits ?? DEFAULT_SPAN_LIMITS),
  ],
  [
    "JSON",
    (spans, limits) =>
      decodeTracesJson(Buffer.from(toJson(sampleRequest(spans))), AT, limits ?? DEFAULT_SPAN_LIMITS),
  ],
];

function decoded(result: DecodeResult): DecodeResult & { kind: "decoded" } {
  if (result.kind !== "decoded") throw new Error(JSON.stringify(result.error));
  return result;
}

function batchOf(result: DecodeResult): SpanBatch {
  return decoded(result).batch;
}

const text = (key: string, value: string): SampleEntry => ({ key, value: { stringValue: value } });

describe.each(encodings)("decoding %s", (_, decode) => {
  it("keeps every field of a span", () => {
    const traceId = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i);
    const span = sampleSpan(7, {
      traceId,
      parentSpanId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      traceState: "vendor=1",
      flags: 0x301,
      status: { code: 2, message: "broken" },
      droppedAttributesCount: 3,
      droppedEventsCount: 4,
      droppedLinksCount: 5,
      attributes: [
        text("http.request.method", "GET"),
        { key: "http.response.status_code", value: { intValue: 503n } },
        { key: "big", value: { intValue: -(2n ** 63n) } },
        { key: "ratio", value: { doubleValue: 0.25 } },
        { key: "nan", value: { doubleValue: NaN } },
        { key: "ok", value: { boolValue: false } },
        {
          key: "list",
          value: { arrayValue: { values: [{ stringValue: 'a"' }, { intValue: 2n ** 60n }, {}] } },
        },
        {
          key: "map",
          value: {
            kvlistValue: {
              values: [
                { key: "x", value: { doubleValue: -0 } },
                { key: "y", value: { boolValue: true } },
              ],
            },
          },
        },
        { key: "raw", value: { bytesValue: Uint8Array.of(0xff, 0xfe) } },
        { key: "nothing", value: {} },
      ],
      events: [
        {
          timeUnixNano: 5n,
          name: "retry",
          attributes: [text("why", "timeout")],
          droppedAttributesCount: 1,
        },
      ],
      links: [
        {
          traceId,
          spanId: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1),
          traceState: "v=2",
          attributes: [],
          droppedAttributesCount: 2,
          flags: 1,
        },
      ],
    });
    const batch = batchOf(decode([span]));
    expect(batch.count).toBe(1);
    expect(batch.traceIds).toEqual(traceId);
    expect(batch.spanIds).toEqual(span.spanId);
    expect(batch.parentSpanIds).toEqual(span.parentSpanId);
    expect(isRoot(batch, 0)).toBe(false);
    expect([batch.traceState[0], batch.flags[0], batch.name[0], batch.kind[0]]).toEqual([
      "vendor=1",
      0x301,
      "GET /orders",
      2,
    ]);
    expect([batch.status[0], batch.statusMessage[0]]).toEqual([2, "broken"]);
    expect(batch.startUnixNano[0]).toBe(span.startTimeUnixNano);
    expect(batch.endUnixNano[0]).toBe(span.endTimeUnixNano);
    expect(batch.durationNanos[0]).toBe(12_345_678);
    expect(batch.endMs[0]).toBe(SAMPLE_END_MS);
    expect([batch.droppedAttributes[0], batch.droppedEvents[0], batch.droppedLinks[0]]).toEqual([3, 4, 5]);
    const { keys, types, values } = batch.attributes[0]!;
    expect(keys).toEqual(span.attributes.map((entry) => entry.key));
    expect(types).toEqual([0, 1, 1, 2, 2, 3, 4, 4, 4, 4]);
    expect(values).toEqual([
      "GET",
      503,
      -(2n ** 63n),
      0.25,
      NaN,
      false,
      '{"arrayValue":{"values":[{"stringValue":"a\\""},{"intValue":"1152921504606846976"},{}]}}',
      '{"kvlistValue":{"values":[{"key":"x","value":{"doubleValue":-0}},{"key":"y","value":{"boolValue":true}}]}}',
      '{"bytesValue":"//4="}',
      "{}",
    ]);
    expect(batch.events[0]).toEqual([
      {
        timeUnixNano: 5n,
        name: "retry",
        attributes: { keys: ["why"], types: [AttributeType.string], values: ["timeout"] },
        droppedAttributes: 1,
      },
    ]);
    expect(batch.links[0]).toEqual([
      {
        traceId,
        spanId: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1),
        traceState: "v=2",
        attributes: { keys: [], types: [], values: [] },
        droppedAttributes: 2,
        flags: 1,
      },
    ]);
    expect(batch.resources).toEqual([
      {
        attributes: { keys: ["service.name"], types: [0], values: ["checkout"] },
        schemaUrl: "",
        serviceName: "checkout",
      },
    ]);
    expect(batch.scopes[0]).toMatchObject({ name: "http", version: "1.2.3" });
  });

  it("rejects the spans that cannot be stored, says why, and keeps the others", () => {
    const ns = (ms: number) => BigInt(ms) * 1_000_000n;
    const result = decoded(
      decode([
        sampleSpan(1),
        sampleSpan(2, { traceId: new Uint8Array(16) }),
        sampleSpan(3, { traceId: new Uint8Array(15).fill(1) }),
        sampleSpan(4, { spanId: new Uint8Array(8) }),
        sampleSpan(5, { spanId: new Uint8Array(9).fill(1) }),
        sampleSpan(6, { parentSpanId: new Uint8Array(4).fill(1) }),
        sampleSpan(7, { endTimeUnixNano: 0n }),
        sampleSpan(8, { endTimeUnixNano: 2n ** 63n }),
        sampleSpan(9, { startTimeUnixNano: 2n ** 64n - 1n }),
        sampleSpan(10, { endTimeUnixNano: ns(AT + DAY_MS + 1) }),
        sampleSpan(11, { endTimeUnixNano: ns(AT + DAY_MS) }),
        sampleSpan(12, { endTimeUnixNano: ns(AT - 30 * DAY_MS - 1) }),
        sampleSpan(13, { endTimeUnixNano: ns(AT - 30 * DAY_MS) }),
        sampleSpan(14, { parentSpanId: new Uint8Array(8) }),
      ]),
    );
    expect([...result.batch.spanIds].filter((_, i) => i % 8 === 7)).toEqual([1, 11, 13, 14]);
    expect(isRoot(result.batch, 3)).toBe(true);
    expect(Object.fromEntries(result.rejected.reasons)).toEqual({
      invalid_trace_id: 2,
      invalid_span_id: 2,
      invalid_parent_span_id: 1,
      no_end_time: 1,
      time_out_of_range: 2,
      ends_in_future: 1,
      older_than_retention: 1,
    });
    expect(result.rejected.count).toBe(10);
    expect(describeRejected(result.rejected)).toMatch(/^10 spans rejected: 2 × trace_id is not 16 bytes/);
  });

  it("leaves no resource and no scope behind when all of their spans are rejected", () => {
    const batch = batchOf(decode([sampleSpan(1, { endTimeUnixNano: 0n })]));
    expect([batch.count, batch.resources.length, batch.scopes.length]).toEqual([0, 0, 0]);
  });

  it("takes unknown kinds and status codes as unspecified, and a negative duration as 0", () => {
    const batch = batchOf(
      decode([
        sampleSpan(1, { kind: 6, status: { code: 3, message: "" } }),
        sampleSpan(2, { kind: -1, status: { code: -2, message: "" } }),
        sampleSpan(3, { startTimeUnixNano: BigInt(SAMPLE_END_MS + 5) * 1_000_000n }),
        sampleSpan(4, { startTimeUnixNano: 0n }),
      ]),
    );
    expect([...batch.kind]).toEqual([0, 0, 2, 2]);
    expect([...batch.status]).toEqual([0, 0, 0, 0]);
    expect([...batch.durationNanos]).toEqual([12_345_678, 12_345_678, 0, 0]);
    expect(batch.startUnixNano[3]).toBe(batch.endUnixNano[3]);
  });

  it("cuts and drops what is over the limits, and counts what it dropped", () => {
    const limits = limitsOf({
      attributesPerSet: 3,
      attributeValueLength: 10,
      nameLength: 6,
      eventsPerSpan: 1,
      linksPerSpan: 0,
    });
    const event = { timeUnixNano: 1n, name: "longer name", attributes: [], droppedAttributesCount: 0 };
    const link = {
      traceId: new Uint8Array(16),
      spanId: new Uint8Array(8),
      traceState: "",
      attributes: [],
      droppedAttributesCount: 0,
      flags: 0,
    };
    const span = sampleSpan(1, {
      name: "abcde😀",
      attributes: [
        text("a", "x".repeat(11)),
        text("long-key", "1"),
        { key: "j", value: { bytesValue: new Uint8Array(20) } },
        text("b", "1"),
        text("b", "2"),
        text("c", "3"),
        text("d", "4"),
      ],
      events: [event, event, { ...event, timeUnixNano: 2n ** 63n }],
      links: [link],
      droppedAttributesCount: 100,
      droppedEventsCount: 10,
    });
    const { batch, curtailed } = decoded(decode([span], limits));
    expect(batch.name).toEqual(["abcde"]);
    expect(batch.attributes[0]).toEqual({
      keys: ["a", "b", "c"],
      types: [0, 0, 0],
      values: ["x".repeat(10), "2", "3"],
    });
    expect(batch.droppedAttributes[0]).toBe(104);
    expect(batch.events[0]!.map((kept) => kept.name)).toEqual(["longer"]);
    expect([batch.droppedEvents[0], batch.droppedLinks[0]]).toEqual([12, 1]);
    // The resource's service.name is over the limit of names too.
    expect(curtailed).toMatchObject({
      droppedAttributes: 5,
      droppedEvents: 2,
      droppedLinks: 1,
      cutStrings: 3,
    });
  });

  it("drops an event that lies beyond the year 2262, and counts it", () => {
    const event = { timeUnixNano: 2n ** 63n, name: "e", attributes: [], droppedAttributesCount: 0 };
    const batch = batchOf(decode([sampleSpan(1, { events: [event] })]));
    expect([batch.events[0]!.length, batch.droppedEvents[0]]).toEqual([0, 1]);
  });

  it("refuses values that are nested too deeply", () => {
    const nested = (depth: number): SampleEntry["value"] =>
      depth === 0 ? { stringValue: "x" } : { arrayValue: { values: [nested(depth - 1)] } };
    const withDepth = (depth: number) =>
      decode([sampleSpan(1, { attributes: [{ key: "a", value: nested(depth) }] })]);
    expect(withDepth(32).kind).toBe("decoded");
    expect(withDepth(33)).toMatchObject({
      kind: "failed",
      error: {
        kind: "malformed",
        path: expect.stringMatching(
          /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.attributes\[0\]\.value\./,
        ),
      },
    });
    expect(withDepth(500).kind).toBe("failed");
  });

  it("refuses a request with more items than one may hold", () => {
    const spans = Array.from({ length: 20 }, (_, i) => sampleSpan(i + 1, { attributes: [text("a", "b")] }));
    expect(decode(spans, limitsOf({ itemsPerRequest: 41 })).kind).toBe("decoded");
    expect(decode(spans, limitsOf({ itemsPerRequest: 40 }))).toMatchObject({ error: { kind: "too_large" } });
  });

  it("grows beyond the expected number of spans", () => {
    const spans = Array.from({ length: 1_000 }, (_, i) => sampleSpan(i + 1, { name: String(i) }));
    const batch = batchOf(decode(spans));
    expect(batch.count).toBe(1_000);
    expect(batch.name[999]).toBe("999");
    expect(batch.endUnixNano[999]! - batch.endUnixNano[0]!).toBe(999n);
  });
});

describe("both encodings", () => {
  it("give equal batches, rejections and counts for the same spans", () => {
    fc.assert(
      fc.property(anyRequest, fc.boolean(), (request, wide) => {
        const limits = limitsOf({
          attributesPerSet: 5,
          nameLength: 12,
          attributeValueLength: 40,
          eventsPerSpan: 2,
        });
        const fromProtobuf = decoded(decodeTracesProtobuf(toProtobuf(request), AT, limits));
        const fromJson = decoded(decodeTracesJson(Buffer.from(toJson(request, wide)), AT, limits));
        expect(fromJson).toEqual(fromProtobuf);
        const sent = request.resourceSpans.flatMap((group) =>
          group.scopeSpans.flatMap((scoped) => scoped.spans),
        );
        expect(fromProtobuf.batch.count + fromProtobuf.rejected.count).toBe(sent.length);
      }),
      { numRuns: 300 },
    );
  });

  it("compute the end in milliseconds and the duration exactly", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        (end, back) => {
          const start = end > back ? end - back : 1n;
          const body = toProtobuf(
            sampleRequest([sampleSpan(1, { startTimeUnixNano: start, endTimeUnixNano: end })]),
          );
          const at = timestampMs(Number(end / 1_000_000n));
          const batch = batchOf(decodeTracesProtobuf(body, at, DEFAULT_SPAN_LIMITS));
          expect(batch.endMs[0]).toBe(Number(end / 1_000_000n));
          expect(batch.durationNanos[0]).toBe(Number(end - start));
        },
      ),
    );
  });
});
