import type { CounterResetHint, NativeHistogram } from "../../model/native-histogram.ts";
import {
  readFixed,
  readLength,
  readTag,
  readVarint,
  skipField,
  type WireReader,
} from "../otlp/wire-reader.ts";
import { bucketsOf, histogramFault } from "./histogram-check.ts";
import { readTimeMs } from "./write-columns.ts";

/** The message Histogram, which is the same in both versions of the protocol but for its last field. */
export interface WireHistogram {
  timeMs: number;
  /** 0 where it is not known. */
  startMs: number;
  isStale: boolean;
  isFloat: boolean;
  count: number;
  sum: number;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  resetHint: number;
  readonly customBounds: number[];
  readonly positive: WireBuckets;
  readonly negative: WireBuckets;
}

export interface WireBuckets {
  /** Offset, length, offset, length, … */
  readonly spans: number[];
  /** Of whole counts: to the bucket before. */
  readonly deltas: number[];
  /** Of counts that need not be whole. */
  readonly counts: number[];
}

type ReadHistogram =
  /** `histogram` is undefined for a staleness marker. */
  | {
      readonly kind: "read";
      readonly timeMs: number;
      readonly startMs: number;
      readonly histogram: NativeHistogram | undefined;
    }
  | { readonly kind: "invalid"; readonly message: string };

/** Fields 1 to 17. */
const HISTOGRAM_FIELDS = 0x3fffe;
const SPAN_FIELDS = 0b110;
const RESET_HINTS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

/** Reads a Histogram up to `end`. Throws WireError where it is no protobuf. */
export function readHistogram(reader: WireReader, end: number): ReadHistogram {
  const wire: WireHistogram = {
    timeMs: 0,
    startMs: 0,
    isStale: false,
    isFloat: false,
    count: 0,
    sum: 0,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    resetHint: 0,
    customBounds: [],
    positive: { spans: [], deltas: [], counts: [] },
    negative: { spans: [], deltas: [], counts: [] },
  };
  while (reader.position < end) readField(wire, reader, end);
  const { timeMs, startMs } = wire;
  if (wire.isStale) return { kind: "read", timeMs, startMs, histogram: undefined };
  const fault = histogramFault(wire);
  if (fault !== undefined) return { kind: "invalid", message: fault };
  const histogram: NativeHistogram = {
    schema: wire.schema,
    count: wire.count,
    sum: wire.sum,
    zeroThreshold: wire.zeroThreshold,
    zeroCount: wire.zeroCount,
    positive: bucketsOf(wire.positive, wire.isFloat),
    negative: bucketsOf(wire.negative, wire.isFloat),
    customBounds: wire.customBounds,
    counterReset: RESET_HINTS[wire.resetHint] ?? "unknown",
  };
  return { kind: "read", timeMs, startMs, histogram };
}

function readField(wire: WireHistogram, reader: WireReader, end: number): void {
  const tag = readTag(reader, end);
  switch (tag >>> 3) {
    case 8:
    case 9:
    case 10:
      return readBuckets(wire.negative, tag, 8, reader, end);
    case 11:
    case 12:
    case 13:
      return readBuckets(wire.positive, tag, 11, reader, end);
    case 16:
      return readDoubles(wire.customBounds, tag, reader, end);
    default:
      return readScalar(wire, tag, reader, end);
  }
}

function readScalar(wire: WireHistogram, tag: number, reader: WireReader, end: number): void {
  switch (tag) {
    case 0x08:
      wire.count = readUint64(reader, end);
      return;
    case 0x11:
      wire.count = readDouble(reader, end);
      wire.isFloat = true;
      return;
    case 0x19: {
      const at = readFixed(reader, end, 8);
      wire.sum = reader.view.getFloat64(at, true);
      wire.isStale =
        reader.view.getInt32(at, true) === 2 && reader.view.getInt32(at + 4, true) === 0x7ff0_0000;
      return;
    }
    case 0x20: {
      const zigzag = readVarint(reader, end);
      wire.schema = (zigzag >>> 1) ^ -(zigzag & 1);
      return;
    }
    case 0x29:
      wire.zeroThreshold = readDouble(reader, end);
      return;
    case 0x30:
      wire.zeroCount = readUint64(reader, end);
      return;
    case 0x39:
      wire.zeroCount = readDouble(reader, end);
      return;
    case 0x70:
      wire.resetHint = readVarint(reader, end);
      return;
    case 0x78:
      wire.timeMs = readTimeMs(reader, end);
      return;
    case 0x88:
      wire.startMs = readTimeMs(reader, end);
      return;
    default:
      skipField(reader, tag, end, HISTOGRAM_FIELDS);
  }
}

/** The three fields of one side: spans, deltas, counts, from `first` on. */
function readBuckets(
  buckets: WireBuckets,
  tag: number,
  first: number,
  reader: WireReader,
  end: number,
): void {
  const field = (tag >>> 3) - first;
  if (field === 2) return readDoubles(buckets.counts, tag, reader, end);
  const wireType = tag & 7;
  if (field === 0 && wireType === 2) return readSpan(buckets.spans, reader, readLength(reader, end));
  if (field === 1 && wireType === 0) buckets.deltas.push(readSint64(reader, end));
  else if (field === 1 && wireType === 2) {
    const packedEnd = readLength(reader, end);
    while (reader.position < packedEnd) buckets.deltas.push(readSint64(reader, packedEnd));
  } else skipField(reader, tag, end, HISTOGRAM_FIELDS);
}

function readSpan(spans: number[], reader: WireReader, end: number): void {
  let offset = 0;
  let length = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x08) {
      const zigzag = readVarint(reader, end);
      offset = (zigzag >>> 1) ^ -(zigzag & 1);
    } else if (tag === 0x10) length = readVarint(reader, end);
    else skipField(reader, tag, end, SPAN_FIELDS);
  }
  spans.push(offset, length);
}

function readDoubles(doubles: number[], tag: number, reader: WireReader, end: number): void {
  const wireType = tag & 7;
  if (wireType === 1) doubles.push(readDouble(reader, end));
  else if (wireType === 2) {
    const packedEnd = readLength(reader, end);
    while (reader.position < packedEnd) doubles.push(readDouble(reader, packedEnd));
  } else skipField(reader, tag, end, HISTOGRAM_FIELDS);
}

function readDouble(reader: WireReader, end: number): number {
  return reader.view.getFloat64(readFixed(reader, end, 8), true);
}

function readUint64(reader: WireReader, end: number): number {
  const low = readVarint(reader, end);
  return reader.high * 4_294_967_296 + low;
}

function readSint64(reader: WireReader, end: number): number {
  const zigzag = readUint64(reader, end);
  // The lowest bit is exact below 2^53 alone; counts beyond are not.
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}
