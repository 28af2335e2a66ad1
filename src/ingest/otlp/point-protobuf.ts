import type { Attributes } from "../../model/attributes.ts";
import { type AttributeReader, readAttribute } from "./any-value-protobuf.ts";
import { type AttributeSink, createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import {
  readBuckets,
  readCountAndSum,
  readDouble,
  readDoubles,
  readFixed64,
  readFixed64s,
  readQuantile,
  readTime,
  zigzag,
} from "./point-fields-protobuf.ts";
import type { PointAttributes } from "./metric-batch-builder.ts";
import type { MetricLimits } from "./metric-limits.ts";
import type { PointRejectReason } from "./metric-rejects.ts";
import { MetricKind, type PointDraft, resetPointDraft } from "./point-draft.ts";
import { readExemplarInto } from "./exemplar-protobuf.ts";
import { rawText } from "./string-table.ts";
import { readFixed, readLength, readTag, readVarint, skipField, type WireReader } from "./wire-reader.ts";

/** Everything that decoding the points of one request needs, and the attributes of the last one. */
export interface PointReader extends PointAttributes {
  readonly reader: WireReader;
  readonly attributes: AttributeReader;
  readonly limits: MetricLimits;
  readonly draft: PointDraft;
  readonly sink: AttributeSink;
  readonly exemplarSink: AttributeSink;
  /** Where the point's attributes are: from the first to the last, `tag` before each. */
  place: AttributePlace;
}

interface AttributePlace {
  tag: number;
  count: number;
  /** The last run of attributes with nothing in between. */
  start: number;
  end: number;
  /** The bytes of the runs before, one character each. */
  before: string;
  pointStart: number;
  pointEnd: number;
}

/** Bytes of attributes that are kept for comparison. */
const LONGEST_RAW = 4_096;

const NUMBER_FIELDS = 0b1_1111_1100;
const HISTOGRAM_FIELDS = 0b1_1111_1111_1100;
const EXPONENTIAL_FIELDS = 0b111_1111_1111_1110;
const SUMMARY_FIELDS = 0b1_1111_1100;

export function createPointReader(
  attributes: AttributeReader,
  limits: MetricLimits,
  draft: PointDraft,
): PointReader {
  const { reader } = attributes;
  const place = { tag: 0, count: 0, start: 0, end: 0, before: "", pointStart: 0, pointEnd: 0 };
  const sink = createAttributeSink();
  return {
    reader,
    attributes,
    limits,
    draft,
    sink,
    exemplarSink: createAttributeSink(),
    place,
    key: () => place.before + rawText(reader.bytes, place.start, place.end),
    read: () => readPointAttributes(attributes, place, sink, limits),
    raw: () => {
      const isWhole = place.before === "" && place.end - place.start <= LONGEST_RAW;
      return isWhole ? Buffer.from(reader.bytes.subarray(place.start, place.end)) : undefined;
    },
    hasRaw: (raw) => {
      const { start, end } = place;
      if (raw.length !== end - start || place.before !== "") return false;
      return reader.bytes.compare(raw, 0, raw.length, start, end) === 0;
    },
  };
}

/** Reads the attributes of the last point, wherever the reader stands; it stands elsewhere afterwards. */
function readPointAttributes(
  from: AttributeReader,
  place: AttributePlace,
  sink: AttributeSink,
  limits: MetricLimits,
): Attributes | PointRejectReason {
  if (place.count > limits.attributesPerSet) return "too_many_attributes";
  const { reader } = from;
  reader.position = place.pointStart;
  while (reader.position < place.pointEnd) {
    const tag = readTag(reader, place.pointEnd);
    if (tag === place.tag) readAttribute(from, place.pointEnd, sink);
    else skipField(reader, tag, place.pointEnd, 0);
  }
  return takeAttributes(sink);
}

/** Reads the data point that ends at `end` into the draft; of its attributes only where they are. */
export function readPoint(from: PointReader, end: number, kind: MetricKind): void {
  const { place, draft, reader } = from;
  resetPointDraft(draft);
  place.tag = 0;
  place.count = 0;
  place.before = "";
  place.start = reader.position;
  place.end = reader.position;
  place.pointStart = reader.position;
  place.pointEnd = end;
  switch (kind) {
    case MetricKind.gauge:
    case MetricKind.sum:
    case MetricKind.none:
      return readNumberPoint(from, end);
    case MetricKind.histogram:
      return readHistogramPoint(from, end);
    case MetricKind.exponential:
      return readExponentialPoint(from, end);
    case MetricKind.summary:
      return readSummaryPoint(from, end);
  }
}

/** Moves past an attribute, whose tag was just read from `tagStart` on. */
function passAttribute({ place, reader }: PointReader, tag: number, tagStart: number, end: number): void {
  if (tagStart !== place.end || place.count === 0) {
    if (place.count > 0) place.before += rawText(reader.bytes, place.start, place.end);
    place.start = tagStart;
  }
  place.tag = tag;
  place.count += 1;
  reader.position = readLength(reader, end);
  place.end = reader.position;
}

function readNumberPoint(from: PointReader, end: number): void {
  const { reader, draft } = from;
  while (reader.position < end) {
    const tagStart = reader.position;
    const tag = readTag(reader, end);
    if (tag === 58) passAttribute(from, tag, tagStart, end);
    else if (tag === 33) {
      draft.value = readDouble(reader, end);
      draft.hasValue = true;
    } else if (tag === 49) {
      const offset = readFixed(reader, end, 8);
      draft.value =
        reader.view.getInt32(offset + 4, true) * 4_294_967_296 + reader.view.getUint32(offset, true);
      draft.hasValue = true;
    } else if (tag === 42) readExemplarInto(from.attributes, from.exemplarSink, draft, from.limits, end);
    else if (tag === 64) draft.flags = readVarint(reader, end);
    else if (!readTime(reader, draft, tag, end)) skipField(reader, tag, end, NUMBER_FIELDS);
  }
}

function readHistogramPoint(from: PointReader, end: number): void {
  const { reader, draft } = from;
  while (reader.position < end) {
    const tagStart = reader.position;
    const tag = readTag(reader, end);
    if (tag === 74) passAttribute(from, tag, tagStart, end);
    else if (tag === 50 || tag === 49)
      readFixed64s(reader, tag, end, draft.bucketCounts, from.attributes.tally);
    else if (tag === 58 || tag === 57) readDoubles(reader, tag, end, draft.bounds);
    else if (tag === 66) readExemplarInto(from.attributes, from.exemplarSink, draft, from.limits, end);
    else if (tag === 80) draft.flags = readVarint(reader, end);
    // The least and the greatest value have no place among Prometheus's series.
    else if (tag === 89 || tag === 97) readFixed(reader, end, 8);
    else if (!readTime(reader, draft, tag, end) && !readCountAndSum(reader, draft, tag, end)) {
      skipField(reader, tag, end, HISTOGRAM_FIELDS);
    }
  }
}

function readExponentialPoint(from: PointReader, end: number): void {
  const { reader, draft } = from;
  while (reader.position < end) {
    const tagStart = reader.position;
    const tag = readTag(reader, end);
    if (tag === 10) passAttribute(from, tag, tagStart, end);
    else if (tag === 48) draft.scale = zigzag(readVarint(reader, end));
    else if (tag === 57) draft.zeroCount = readFixed64(reader, end);
    else if (tag === 66) readBuckets(reader, readLength(reader, end), draft.positive, from.attributes.tally);
    else if (tag === 74) readBuckets(reader, readLength(reader, end), draft.negative, from.attributes.tally);
    else if (tag === 80) draft.flags = readVarint(reader, end);
    else if (tag === 90) readExemplarInto(from.attributes, from.exemplarSink, draft, from.limits, end);
    else if (tag === 97 || tag === 105) readFixed(reader, end, 8);
    else if (tag === 113) draft.zeroThreshold = readDouble(reader, end);
    else if (!readTime(reader, draft, tag, end) && !readCountAndSum(reader, draft, tag, end)) {
      skipField(reader, tag, end, EXPONENTIAL_FIELDS);
    }
  }
}

function readSummaryPoint(from: PointReader, end: number): void {
  const { reader, draft } = from;
  while (reader.position < end) {
    const tagStart = reader.position;
    const tag = readTag(reader, end);
    if (tag === 58) passAttribute(from, tag, tagStart, end);
    else if (tag === 50) readQuantile(reader, readLength(reader, end), draft, from.attributes.tally);
    else if (tag === 64) draft.flags = readVarint(reader, end);
    else if (!readTime(reader, draft, tag, end) && !readCountAndSum(reader, draft, tag, end)) {
      skipField(reader, tag, end, SUMMARY_FIELDS);
    }
  }
}
