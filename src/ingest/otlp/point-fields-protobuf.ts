import { countItem, type DecodeTally } from "./decode-tally.ts";
import { type BucketsDraft, type NumberList, type PointDraft, pushNumber } from "./point-draft.ts";
import { readFixed, readLength, readTag, readVarint, skipField, type WireReader } from "./wire-reader.ts";

const BUCKETS_FIELDS = 0b110;
const QUANTILE_FIELDS = 0b110;

/** A sint32 from its varint. */
export const zigzag = (value: number): number => (value >>> 1) ^ -(value & 1);

export function readDouble(reader: WireReader, end: number): number {
  return reader.view.getFloat64(readFixed(reader, end, 8), true);
}

/** Rounded where it is beyond 2^53. */
export function readFixed64(reader: WireReader, end: number): number {
  const offset = readFixed(reader, end, 8);
  return reader.view.getUint32(offset + 4, true) * 4_294_967_296 + reader.view.getUint32(offset, true);
}

/** Start and time have the same numbers in all data points. False: the field is another. */
export function readTime(reader: WireReader, draft: PointDraft, tag: number, end: number): boolean {
  if (tag === 25) {
    const offset = readFixed(reader, end, 8);
    draft.timeLow = reader.view.getUint32(offset, true);
    draft.timeHigh = reader.view.getUint32(offset + 4, true);
    return true;
  }
  if (tag !== 17) return false;
  const offset = readFixed(reader, end, 8);
  draft.startLow = reader.view.getUint32(offset, true);
  draft.startHigh = reader.view.getUint32(offset + 4, true);
  return true;
}

/** So have count and sum, in those that have them. */
export function readCountAndSum(reader: WireReader, draft: PointDraft, tag: number, end: number): boolean {
  if (tag === 33) {
    draft.count = readFixed64(reader, end);
    return true;
  }
  if (tag !== 41) return false;
  draft.sum = readDouble(reader, end);
  draft.hasSum = true;
  return true;
}

/** Repeated fixed64, packed (wire type 2) or one. */
export function readFixed64s(
  reader: WireReader,
  tag: number,
  end: number,
  list: NumberList,
  tally: DecodeTally,
): void {
  const listEnd = (tag & 7) === 2 ? readLength(reader, end) : reader.position + 8;
  while (reader.position < listEnd) {
    countItem(tally);
    pushNumber(list, readFixed64(reader, Math.min(listEnd, end)));
  }
}

/** Repeated double, packed or one. Not counted: there are as many bounds as buckets, or the point is rejected. */
export function readDoubles(reader: WireReader, tag: number, end: number, list: NumberList): void {
  const listEnd = (tag & 7) === 2 ? readLength(reader, end) : reader.position + 8;
  while (reader.position < listEnd) pushNumber(list, readDouble(reader, Math.min(listEnd, end)));
}

/** ExponentialHistogramDataPoint.Buckets. */
export function readBuckets(
  reader: WireReader,
  end: number,
  buckets: BucketsDraft,
  tally: DecodeTally,
): void {
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 8) buckets.offset = zigzag(readVarint(reader, end));
    else if (tag === 18) {
      const listEnd = readLength(reader, end);
      while (reader.position < listEnd) readBucketCount(reader, listEnd, buckets.counts, tally);
    } else if (tag === 16) readBucketCount(reader, end, buckets.counts, tally);
    else skipField(reader, tag, end, BUCKETS_FIELDS);
  }
}

function readBucketCount(reader: WireReader, end: number, counts: NumberList, tally: DecodeTally): void {
  countItem(tally);
  const low = readVarint(reader, end);
  pushNumber(counts, reader.high * 4_294_967_296 + low);
}

/** SummaryDataPoint.ValueAtQuantile. */
export function readQuantile(
  reader: WireReader,
  end: number,
  { quantiles, quantileValues }: PointDraft,
  tally: DecodeTally,
): void {
  countItem(tally);
  let quantile = 0;
  let value = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 9) quantile = readDouble(reader, end);
    else if (tag === 17) value = readDouble(reader, end);
    else skipField(reader, tag, end, QUANTILE_FIELDS);
  }
  pushNumber(quantiles, quantile);
  pushNumber(quantileValues, value);
}
