import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timestampMs } from "../../model/time.ts";
import type { DecodeResult } from "./decode-result.ts";
import { decodeTracesJson } from "./decode-traces-json.ts";
import { decodeTracesProtobuf } from "./decode-traces-protobuf.ts";
import { anyRequest } from "./sample-arbitrary.ts";
import {
  bytes,
  message,
  SAMPLE_END_MS,
  sampleRequest,
  sampleSpan,
  tag,
  text,
  toJson,
  toProtobuf,
  varint,
} from "./sample-request.ts";
import { DEFAULT_SPAN_LIMITS } from "./span-limits.ts";

const AT = timestampMs(SAMPLE_END_MS);
const protobuf = (body: Uint8Array) => decodeTracesProtobuf(body, AT, DEFAULT_SPAN_LIMITS);
const json = (body: string | Uint8Array) => decodeTracesJson(Buffer.from(body), AT, DEFAULT_SPAN_LIMITS);

function errorOf(result: DecodeResult) {
  if (result.kind !== "failed") throw new Error("it was decoded");
  return result.error;
}

const inSpan = (span: Uint8Array) => bytes(1, bytes(2, bytes(2, span)));

describe("protobuf that is not right", () => {
  it("is refused with the field's path and the offset of the byte", () => {
    const ids = message(bytes(1, new Uint8Array(16).fill(1)), bytes(2, new Uint8Array(8).fill(1)));
    const good = inSpan(ids);
    const bad = inSpan(
      message(ids, text(5, "name"), bytes(9, message(text(1, "k"), bytes(2, Uint8Array.of(0x0a, 0x7f))))),
    );
    expect(errorOf(protobuf(message(good, bad)))).toEqual({
      kind: "malformed",
      path: "resourceSpans[1].scopeSpans[0].spans[0].attributes[0].value.stringValue",
      offset: good.length + bad.length - 1,
      message: "the length says 127 bytes, but 0 are left",
    });
  });

  const ten = (last: number) => Uint8Array.from([...Array.from({ length: 9 }, () => 0xff), last]);
  const span = "resourceSpans[0].scopeSpans[0].spans[0]";
  it.each([
    [
      "a length beyond the message",
      Uint8Array.of(0x0a, 0x05, 0x01),
      "resourceSpans[0]",
      /length says 5 bytes, but 1 are left/,
    ],
    ["a negative length", message(tag(1, 2), ten(1)), "resourceSpans[0]", /negative/],
    ["a length beyond 4 GiB", message(tag(1, 2), varint(2n ** 40n)), "resourceSpans[0]", /4 GiB/],
    [
      "a number that is cut short",
      inSpan(message(tag(6, 0), Uint8Array.of(0x80))),
      `${span}.kind`,
      /cut short/,
    ],
    ["a number beyond 64 bits", inSpan(message(tag(6, 0), ten(2))), `${span}.kind`, /longer than 64 bits/],
    [
      "a number of eleven bytes",
      inSpan(message(tag(6, 0), ten(0xff), Uint8Array.of(1))),
      `${span}.kind`,
      /longer than 64 bits/,
    ],
    [
      "a fixed64 that is cut short",
      inSpan(message(tag(7, 1), new Uint8Array(7))),
      `${span}.startTimeUnixNano`,
      /8 bytes are needed, 7/,
    ],
    [
      "a fixed32 that is cut short",
      inSpan(message(tag(16, 5), new Uint8Array(3))),
      `${span}.flags`,
      /4 bytes are needed, 3/,
    ],
    ["field number 0", inSpan(Uint8Array.of(0x00, 0x00)), span, /not a field/],
    [
      "a known field with another wire type",
      inSpan(message(tag(5, 0), varint(1n))),
      `${span}.name`,
      /wrong wire type 0/,
    ],
    ["an end of a group that was not begun", Uint8Array.of(0xa4, 0x01), "field 20", /wire type 4/],
    ["wire type 7", Uint8Array.of(0xa7, 0x01), "field 20", /wire type 7/],
    ["a group without an end", Uint8Array.of(0xa3, 0x01, 0xa0, 0x01, 0x00), "field 20", /no end/],
    ["a group that ends as another", Uint8Array.of(0xa3, 0x01, 0xac, 0x01), "field 20", /ends as another/],
    [
      "groups in groups without end",
      new Uint8Array(10_000).map((_, i) => (i % 2 === 0 ? 0xa3 : 0x01)),
      "field 20",
      /nested too deeply/,
    ],
  ])("is refused for %s", (_, body, path, reason) => {
    const error = errorOf(protobuf(body));
    expect(error.message).toMatch(reason);
    expect(error.path).toBe(path);
    expect(error.offset).toBeLessThanOrEqual(body.length);
  });

  it("skips unknown fields of every wire type, whatever their order", () => {
    const unknown = message(
      message(tag(900, 0), varint(2n ** 63n)),
      message(tag(901, 1), new Uint8Array(8)),
      message(tag(902, 2), varint(3n), new Uint8Array(3)),
      message(tag(903, 3), tag(1, 0), varint(1n), tag(2, 3), tag(2, 4), tag(903, 4)),
      message(tag(904, 5), new Uint8Array(4)),
    );
    const end = Buffer.alloc(8);
    end.writeBigUInt64LE(BigInt(SAMPLE_END_MS) * 1_000_000n);
    const span = message(
      unknown,
      tag(8, 1),
      end,
      bytes(2, new Uint8Array(8).fill(2)),
      bytes(1, new Uint8Array(16).fill(1)),
      unknown,
    );
    const scope = bytes(1, message(unknown, text(1, "late scope")));
    const resource = bytes(
      1,
      message(unknown, bytes(1, message(text(1, "service.name"), bytes(2, text(1, "late")), unknown))),
    );
    // The scope after its spans, the resource after its scopes.
    const body = message(
      unknown,
      bytes(1, message(bytes(2, message(unknown, bytes(2, span), scope)), unknown, resource)),
    );
    const result = protobuf(body);
    expect(result).toMatchObject({
      kind: "decoded",
      batch: { count: 1, resources: [{ serviceName: "late" }], scopes: [{ name: "late scope" }] },
    });
  });

  it("never throws and never accepts more than was sent, for random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        expect(["decoded", "failed"]).toContain(protobuf(body).kind);
      }),
      { numRuns: 3_000 },
    );
  });

  it("never throws for real requests that were cut or changed, and names an offset inside the body", () => {
    const edits = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { maxLength: 4 });
    fc.assert(
      fc.property(anyRequest, edits, fc.option(fc.nat()), (request, changes, cut) => {
        let body = toProtobuf(request);
        for (const { at, to } of changes) if (body.length > 0) body[at % body.length] = to;
        if (cut !== null && body.length > 0) body = body.subarray(0, cut % body.length);
        const result = protobuf(body);
        if (result.kind === "failed") {
          expect(result.error.offset).toBeGreaterThanOrEqual(0);
          expect(result.error.offset).toBeLessThanOrEqual(body.length);
          expect(result.error.path === "" || /^(resourceSpans\[|field )/.test(result.error.path)).toBe(true);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it("takes time in proportion to the body, however small its messages are", () => {
    const empty = {
      spans: bytes(1, bytes(2, bytes(2, new Uint8Array(0)))),
      resources: Uint8Array.of(0x0a, 0x00),
    };
    const count = 200_000;
    const body = Buffer.concat(
      Array.from({ length: count }, (_, i) => (i % 2 === 0 ? empty.spans : empty.resources)),
    );
    const result = protobuf(body);
    expect(result).toMatchObject({
      kind: "decoded",
      batch: { count: 0, resources: [] },
      rejected: { count: count / 2 },
    });
  });
});

describe("JSON that is not right", () => {
  const span = (fields: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{},{${fields}}]}]}]}`;
  const at = "resourceSpans[0].scopeSpans[0].spans[1]";
  it.each([
    ["text that is no JSON", "{]", "", /not valid JSON/],
    ["an array for the request", "[]", "", /object is needed/],
    ["a number for the request", "1", "", /object is needed/],
    ["null for the request", "null", "", /object is needed/],
    ["an object for an array", '{"resourceSpans":{}}', "resourceSpans", /array is needed/],
    ["null in an array", '{"resourceSpans":[null]}', "resourceSpans[0]", /object is needed/],
    ["a number for a name", span('"name":5'), `${at}.name`, /string is needed/],
    ["a number for an id", span('"traceId":5'), `${at}.traceId`, /string is needed/],
    ["a negative time", span('"endTimeUnixNano":"-1"'), `${at}.endTimeUnixNano`, /whole number/],
    [
      "a time beyond 64 bits",
      span('"endTimeUnixNano":18446744073709551616'),
      `${at}.endTimeUnixNano`,
      /whole number/,
    ],
    ["a fraction of a nanosecond", span('"endTimeUnixNano":1.5'), `${at}.endTimeUnixNano`, /whole number/],
    ["a negative count", span('"droppedEventsCount":-1'), `${at}.droppedEventsCount`, /4294967295/],
    ["an object for an enumeration", span('"kind":{}'), `${at}.kind`, /whole number/],
    ["a status that is text", span('"status":"OK"'), `${at}.status`, /object is needed/],
    [
      "a status message that is a number",
      span('"status":{"message":1}'),
      `${at}.status.message`,
      /string is needed/,
    ],
    [
      "an integer beyond 64 bits",
      span('"attributes":[{"key":"a","value":{"intValue":"9223372036854775808"}}]'),
      `${at}.attributes[0].value.intValue`,
      /64-bit/,
    ],
    [
      "a truth that is text",
      span('"attributes":[{"key":"a","value":{"boolValue":"true"}}]'),
      `${at}.attributes[0].value.boolValue`,
      /true or false/,
    ],
    [
      "a double that is text",
      span('"attributes":[{"key":"a","value":{"doubleValue":"1x"}}]'),
      `${at}.attributes[0].value.doubleValue`,
      /number is needed/,
    ],
    [
      "bytes that are not base64",
      span('"attributes":[{"key":"a","value":{"bytesValue":"*"}}]'),
      `${at}.attributes[0].value.bytesValue`,
      /base64/,
    ],
    [
      "a value that is text",
      span('"attributes":[{"key":"a","value":"b"}]'),
      `${at}.attributes[0].value`,
      /object is needed/,
    ],
    [
      "wrong things inside an array",
      span('"attributes":[{"key":"a","value":{"arrayValue":{"values":[{},{"stringValue":1}]}}}]'),
      `${at}.attributes[0].value.arrayValue.values[1].stringValue`,
      /string is needed/,
    ],
  ])("is refused with its path: %s", (_, body, path, reason) => {
    const error = errorOf(json(body));
    expect(error).toMatchObject({ kind: "malformed", path, offset: undefined });
    expect(error.message).toMatch(reason);
  });

  it("is refused before it is parsed when it is nested without end, or has too many tokens", () => {
    expect(errorOf(json("[".repeat(5_000_000))).message).toMatch(/nested too deeply/);
    expect(errorOf(json(`{"resourceSpans":[${"{},".repeat(9_000_000)}{}]}`)).kind).toBe("too_large");
  });

  it("does not hide names from the parser in strings", () => {
    const name = '\\"[[[[{{{{,,,, 12345678901234567890 \\\\';
    const body = toJson(sampleRequest([sampleSpan(1, { name: "@" })])).replace('"@"', `"${name}"`);
    const result = json(body);
    expect(result).toMatchObject({
      kind: "decoded",
      batch: { name: ['"[[[[{{{{,,,, 12345678901234567890 \\'] },
    });
  });

  it("is taken where the specification leaves room: names of enumerations, snake_case, null, upper-case ids, numbers, a mark", () => {
    const nanos = `${SAMPLE_END_MS}123456`;
    const body = `\uFEFF{"resource_spans":[{"resource":null,"unknown":[{"x":[]}],"scope_spans":[{"scope":null,"spans":[{
      "trace_id":"ABCDEF0123456789abcdef0123456789","span_id":"00000000000000FF","parent_span_id":"","trace_state":null,
      "kind":"SPAN_KIND_CLIENT","status":{"code":"STATUS_CODE_ERROR"},"start_time_unix_nano":${nanos},"end_time_unix_nano": ${nanos} ,
      "dropped_attributes_count":"3","attributes":[{"key":"i","value":{"int_value":9007199254740993}},{"key":"d","value":{"doubleValue":"-Infinity"}},{"key":"e"}]}]}]}]}`;
    const result = json(body);
    if (result.kind !== "decoded") throw new Error(result.error.message);
    const { batch } = result;
    expect(Buffer.from(batch.traceIds).toString("hex")).toBe("abcdef0123456789abcdef0123456789");
    expect(batch.spanIds[7]).toBe(255);
    expect([batch.kind[0], batch.status[0], batch.droppedAttributes[0]]).toEqual([3, 2, 3]);
    expect(batch.endUnixNano[0]).toBe(BigInt(nanos));
    expect(batch.attributes[0]).toEqual({
      keys: ["i", "d", "e"],
      types: [1, 2, 4],
      values: [9007199254740993n, -Infinity, "{}"],
    });
  });

  it("rejects a span whose ids are not hex, and takes the rest", () => {
    const good = toJson(sampleRequest([sampleSpan(1), sampleSpan(2)]));
    const result = json(good.replace("0000000000000001", "000000000000000g"));
    expect(result).toMatchObject({ kind: "decoded", batch: { count: 1 }, rejected: { count: 1 } });
  });

  it("never throws for random text, and for real requests that were cut or changed", () => {
    const edits = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.oneof(anyRequest, fc.json(), fc.string()),
        edits,
        fc.option(fc.nat()),
        (request, changes, cut) => {
          let body = Buffer.from(typeof request === "string" ? request : toJson(request));
          for (const { at, to } of changes) if (body.length > 0) body[at % body.length] = to;
          if (cut !== null && body.length > 0) body = body.subarray(0, cut % body.length);
          expect(["decoded", "failed"]).toContain(json(body).kind);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
