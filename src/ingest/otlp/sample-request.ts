/**
 * Trace requests for tests: plain objects that can be written in both encodings, independently of the decoders. Numbers
 * that are 0 and texts that are empty are left out of the protobuf, as encoders do.
 */
export type SampleValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: bigint }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly SampleValue[] } }
  | { readonly kvlistValue: { readonly values: readonly SampleEntry[] } }
  | { readonly bytesValue: Uint8Array }
  | Record<string, never>;

export interface SampleEntry {
  readonly key: string;
  readonly value: SampleValue;
}

export interface SampleEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly SampleEntry[];
  readonly droppedAttributesCount: number;
}

export interface SampleLink {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly traceState: string;
  readonly attributes: readonly SampleEntry[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
}

export interface SampleSpan {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly traceState: string;
  readonly parentSpanId: Uint8Array;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: readonly SampleEntry[];
  readonly droppedAttributesCount: number;
  readonly events: readonly SampleEvent[];
  readonly droppedEventsCount: number;
  readonly links: readonly SampleLink[];
  readonly droppedLinksCount: number;
  readonly status: { readonly message: string; readonly code: number };
}

export interface SampleRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly SampleEntry[] };
    readonly scopeSpans: readonly {
      readonly scope: {
        readonly name: string;
        readonly version: string;
        readonly attributes: readonly SampleEntry[];
      };
      readonly spans: readonly SampleSpan[];
      readonly schemaUrl: string;
    }[];
    readonly schemaUrl: string;
  }[];
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The request as OTLP/JSON text; `wide` writes 64-bit integers as strings, as the specification says. */
export function toJson(request: unknown, wide = true): string {
  const digits: string[] = [];
  const text = JSON.stringify(request, (key, value: unknown) => {
    if (value instanceof Uint8Array)
      return key === "bytesValue" ? Buffer.from(value).toString("base64") : hex(value);
    if (typeof value === "bigint") {
      if (wide) return String(value);
      digits.push(String(value));
      return `@${digits.length - 1}@`;
    }
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (Object.is(value, -0)) {
      digits.push("-0");
      return `@${digits.length - 1}@`;
    }
    return value;
  });
  return text.replaceAll(/"@(\d+)@"/g, (_, index: string) => digits[Number(index)]!);
}

/** The request as protobuf. */
export function toProtobuf(request: SampleRequest): Uint8Array {
  return message(
    ...request.resourceSpans.map((group) =>
      bytes(
        1,
        message(
          bytes(1, message(...entries(1, group.resource.attributes))),
          ...group.scopeSpans.map((scoped) =>
            bytes(
              2,
              message(
                bytes(
                  1,
                  message(
                    text(1, scoped.scope.name),
                    text(2, scoped.scope.version),
                    ...entries(3, scoped.scope.attributes),
                  ),
                ),
                ...scoped.spans.map((span) => bytes(2, spanBytes(span))),
                text(3, scoped.schemaUrl),
              ),
            ),
          ),
          text(3, group.schemaUrl),
        ),
      ),
    ),
  );
}

function spanBytes(span: SampleSpan): Uint8Array {
  return message(
    bytes(1, span.traceId),
    bytes(2, span.spanId),
    text(3, span.traceState),
    span.parentSpanId.length > 0 ? bytes(4, span.parentSpanId) : NONE,
    text(5, span.name),
    number(6, BigInt(span.kind)),
    fixed64(7, span.startTimeUnixNano),
    fixed64(8, span.endTimeUnixNano),
    ...entries(9, span.attributes),
    number(10, BigInt(span.droppedAttributesCount)),
    ...span.events.map((event) =>
      bytes(
        11,
        message(
          fixed64(1, event.timeUnixNano),
          text(2, event.name),
          ...entries(3, event.attributes),
          number(4, BigInt(event.droppedAttributesCount)),
        ),
      ),
    ),
    number(12, BigInt(span.droppedEventsCount)),
    ...span.links.map((link) =>
      bytes(
        13,
        message(
          bytes(1, link.traceId),
          bytes(2, link.spanId),
          text(3, link.traceState),
          ...entries(4, link.attributes),
          number(5, BigInt(link.droppedAttributesCount)),
          fixed32(6, link.flags),
        ),
      ),
    ),
    number(14, BigInt(span.droppedLinksCount)),
    bytes(15, message(text(2, span.status.message), number(3, BigInt(span.status.code)))),
    fixed32(16, span.flags),
  );
}

/** An attribute for each entry, in this field. */
export function entries(field: number, list: readonly SampleEntry[]): Uint8Array[] {
  return list.map((entry) => bytes(field, message(text(1, entry.key), bytes(2, valueBytes(entry.value)))));
}

function valueBytes(value: SampleValue): Uint8Array {
  if ("stringValue" in value) return bytes(1, Buffer.from(value.stringValue));
  if ("boolValue" in value) return message(tag(2, 0), varint(value.boolValue ? 1n : 0n));
  if ("intValue" in value) return message(tag(3, 0), varint(BigInt.asUintN(64, value.intValue)));
  if ("doubleValue" in value) {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value.doubleValue);
    return message(tag(4, 1), double);
  }
  if ("arrayValue" in value)
    return bytes(5, message(...value.arrayValue.values.map((v) => bytes(1, valueBytes(v)))));
  if ("kvlistValue" in value) return bytes(6, message(...entries(1, value.kvlistValue.values)));
  if ("bytesValue" in value) return bytes(7, value.bytesValue);
  return NONE;
}

const NONE = new Uint8Array(0);

/** Parts of a message, one after the other. */
export function message(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export const tag = (field: number, wireType: number) => varint(BigInt((field << 3) | wireType));

export function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

export function bytes(field: number, value: Uint8Array): Uint8Array {
  return message(tag(field, 2), varint(BigInt(value.length)), value);
}

export const text = (field: number, value: string) =>
  value === "" ? NONE : bytes(field, Buffer.from(value));

/** A varint; none for 0. */
export const number = (field: number, value: bigint) =>
  value === 0n ? NONE : message(tag(field, 0), varint(BigInt.asUintN(64, value)));

/** None for 0. */
export function fixed64(field: number, value: bigint): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value);
  return value === 0n ? NONE : message(tag(field, 1), out);
}

function fixed32(field: number, value: number): Uint8Array {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return value === 0 ? NONE : message(tag(field, 5), out);
}

/** When the sample spans end: 2025-06-15T12:00:00Z. */
export const SAMPLE_END_MS = 1_749_988_800_000;

/** A span that is valid; `index` makes its ids, 1 or more. */
export function sampleSpan(index: number, changes: Partial<SampleSpan> = {}): SampleSpan {
  const traceId = new Uint8Array(16);
  new DataView(traceId.buffer).setUint32(12, index);
  const spanId = new Uint8Array(8);
  new DataView(spanId.buffer).setUint32(4, index);
  const endTimeUnixNano = BigInt(SAMPLE_END_MS) * 1_000_000n + BigInt(index);
  return {
    traceId,
    spanId,
    traceState: "",
    parentSpanId: NONE,
    flags: 1,
    name: "GET /orders",
    kind: 2,
    startTimeUnixNano: endTimeUnixNano - 12_345_678n,
    endTimeUnixNano,
    attributes: [],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { message: "", code: 0 },
    ...changes,
  };
}

/** A request with one resource and one scope. */
export function sampleRequest(spans: readonly SampleSpan[], service = "checkout"): SampleRequest {
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
        scopeSpans: [{ scope: { name: "http", version: "1.2.3", attributes: [] }, spans, schemaUrl: "" }],
        schemaUrl: "",
      },
    ],
  };
}
