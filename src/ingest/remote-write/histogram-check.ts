import { CUSTOM_BUCKETS_SCHEMA, type HistogramBuckets } from "../../model/native-histogram.ts";
import type { WireBuckets, WireHistogram } from "./histogram-protobuf.ts";

/** Of one histogram, both sides together. */
const MAX_BUCKETS = 20_000;
const MIN_SCHEMA = -4;
const MAX_SCHEMA = 8;
/** Bucket indexes must fit 32 bits, with room. */
const MAX_INDEX = 2 ** 30;

/** What is wrong with a histogram, in words for the sender; undefined when it is as it should be. */
export function histogramFault(wire: WireHistogram): string | undefined {
  const isCustom = wire.schema === CUSTOM_BUCKETS_SCHEMA;
  if (!isCustom && !(wire.schema >= MIN_SCHEMA && wire.schema <= MAX_SCHEMA)) {
    return `schema ${wire.schema} is not known: send ${MIN_SCHEMA} to ${MAX_SCHEMA}, or ${CUSTOM_BUCKETS_SCHEMA}`;
  }
  if (!(wire.count >= 0) || !(wire.zeroCount >= 0) || !(wire.zeroThreshold >= 0)) {
    return "count, zero count and zero threshold must not be negative";
  }
  const bucketFault = bucketsFault(wire.positive, wire.isFloat) ?? bucketsFault(wire.negative, wire.isFloat);
  if (bucketFault !== undefined) return bucketFault;
  if (bucketNumber(wire.positive, wire.isFloat) + bucketNumber(wire.negative, wire.isFloat) > MAX_BUCKETS) {
    return `there are more than ${MAX_BUCKETS} buckets: lower the schema`;
  }
  return countFault(wire) ?? (isCustom ? customFault(wire) : undefined);
}

const bucketNumber = (side: WireBuckets, isFloat: boolean) => (isFloat ? side.counts : side.deltas).length;

function bucketsFault(side: WireBuckets, isFloat: boolean): string | undefined {
  let total = 0;
  let index = 0;
  for (let i = 0; i < side.spans.length; i += 2) {
    const offset = side.spans[i]!;
    if (i > 0 && offset < 0)
      return "a span goes back: the offsets of all spans but the first count from the one before";
    index += offset + side.spans[i + 1]!;
    total += side.spans[i + 1]!;
    if (Math.abs(index) > MAX_INDEX || Math.abs(offset) > MAX_INDEX) return "a bucket is out of range";
  }
  const given = bucketNumber(side, isFloat);
  if (total !== given) return `the spans name ${total} buckets, but ${given} counts are given`;
  let count = 0;
  for (const value of isFloat ? side.counts : side.deltas) {
    count = isFloat ? value : count + value;
    if (!(count >= 0)) return "a bucket has a negative count";
  }
  return undefined;
}

/** Whole counts must add up; observations of NaN are in the count alone. */
function countFault(wire: WireHistogram): string | undefined {
  if (wire.isFloat) return undefined;
  const inBuckets = wire.zeroCount + sideTotal(wire.positive.deltas) + sideTotal(wire.negative.deltas);
  // Sums of large numbers are not exact.
  const differs =
    inBuckets > 2 ** 52 ? false : Number.isNaN(wire.sum) ? inBuckets > wire.count : inBuckets !== wire.count;
  return differs ? `the buckets hold ${inBuckets} observations, the count says ${wire.count}` : undefined;
}

function sideTotal(deltas: readonly number[]): number {
  let count = 0;
  let total = 0;
  for (const delta of deltas) {
    count += delta;
    total += count;
  }
  return total;
}

function customFault(wire: WireHistogram): string | undefined {
  const bounds = wire.customBounds;
  for (const [i, bound] of bounds.entries()) {
    if (!Number.isFinite(bound) || (i > 0 && bound <= bounds[i - 1]!))
      return "custom bounds must be finite and rise";
  }
  if (wire.negative.spans.length > 0 || wire.zeroCount > 0) {
    return "custom buckets know neither negative buckets nor a zero bucket";
  }
  let index = 0;
  for (let i = 0; i < wire.positive.spans.length; i += 2) {
    index += wire.positive.spans[i]!;
    if (index < 0) return "a custom bucket is out of range";
    index += wire.positive.spans[i + 1]!;
  }
  return index > bounds.length + 1 ? "a custom bucket lies beyond its bounds" : undefined;
}

/** The buckets of one side without the empty ones, as absolute counts. For what has no fault. */
export function bucketsOf(side: WireBuckets, isFloat: boolean): HistogramBuckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  let index = 0;
  let at = 0;
  let count = 0;
  for (let i = 0; i < side.spans.length; i += 2) {
    index += side.spans[i]!;
    for (let left = side.spans[i + 1]!; left > 0; left -= 1) {
      count = isFloat ? side.counts[at]! : count + side.deltas[at]!;
      if (count > 0) {
        indexes.push(index);
        counts.push(count);
      }
      at += 1;
      index += 1;
    }
  }
  return { indexes: Int32Array.from(indexes), counts: Float64Array.from(counts) };
}
