import type { HistogramBuckets, NativeHistogram } from "./native-histogram.ts";
import { exponentialBound, moveBuckets, NO_BUCKETS } from "./histogram-buckets.ts";

/** The histogram at a lower (or the same) exponential schema: neighbouring buckets are put together. */
export function reduceResolution(histogram: NativeHistogram, schema: number): NativeHistogram {
  if (schema >= histogram.schema) return histogram;
  const divisor = 2 ** (histogram.schema - schema);
  // Bucket i ends at base^i, and so does the one that it goes into, or that one ends above it.
  const target = (index: number): number => Math.ceil(index / divisor);
  return {
    ...histogram,
    schema,
    positive: moveBuckets(histogram.positive, target),
    negative: moveBuckets(histogram.negative, target),
  };
}

/** The bounds that both have. */
export function commonBounds(a: readonly number[], b: readonly number[]): readonly number[] {
  const other = new Set(b);
  return a.filter((bound) => other.has(bound));
}

/** A histogram with custom bounds on some of its bounds. */
export function mapToBounds(histogram: NativeHistogram, bounds: readonly number[]): NativeHistogram {
  const target = (index: number): number => {
    const upper = histogram.customBounds[index] ?? Infinity;
    const found = bounds.findIndex((bound) => bound >= upper);
    return found === -1 ? bounds.length : found;
  };
  return { ...histogram, customBounds: bounds, positive: moveBuckets(histogram.positive, target) };
}

/** Both with the same zero bucket: as wide as the wider one, or wider where that would cut a populated bucket. */
export function widenZeroBuckets(a: NativeHistogram, b: NativeHistogram): [NativeHistogram, NativeHistogram] {
  let left = a;
  let right = b;
  while (left.zeroThreshold !== right.zeroThreshold) {
    if (left.zeroThreshold > right.zeroThreshold) right = widenZeroBucket(right, left.zeroThreshold);
    else left = widenZeroBucket(left, right.zeroThreshold);
  }
  return [left, right];
}

/**
 * The histogram with a zero bucket at least as wide as `threshold`, which is above its own. Where the threshold lies in
 * a populated bucket, the zero bucket takes that whole.
 */
export function widenZeroBucket(histogram: NativeHistogram, threshold: number): NativeHistogram {
  const { schema, positive, negative } = histogram;
  let reach = threshold;
  // A bucket that one side takes in whole may cut one of the other side.
  for (;;) {
    const wider = Math.max(reachWithin(positive, schema, reach), reachWithin(negative, schema, reach));
    if (wider === reach) break;
    reach = wider;
  }
  const inside = countWithin(positive, schema, reach) + countWithin(negative, schema, reach);
  return {
    ...histogram,
    zeroThreshold: reach,
    zeroCount: histogram.zeroCount + inside,
    positive: outside(positive, schema, reach),
    negative: outside(negative, schema, reach),
  };
}

/** The upper bound of the populated bucket that a threshold lies in; the threshold itself when it lies in none. */
function reachWithin(buckets: HistogramBuckets, schema: number, threshold: number): number {
  for (const index of buckets.indexes) {
    if (exponentialBound(index - 1, schema) >= threshold) return threshold;
    const upper = exponentialBound(index, schema);
    if (upper > threshold) return upper;
  }
  return threshold;
}

function countWithin(buckets: HistogramBuckets, schema: number, threshold: number): number {
  let count = 0;
  for (let i = 0; i < buckets.indexes.length; i++) {
    if (exponentialBound(buckets.indexes[i]!, schema) > threshold) break;
    count += buckets.counts[i]!;
  }
  return count;
}

function outside(buckets: HistogramBuckets, schema: number, threshold: number): HistogramBuckets {
  const first = buckets.indexes.findIndex((index) => exponentialBound(index, schema) > threshold);
  if (first === 0) return buckets;
  if (first === -1) return NO_BUCKETS;
  return { indexes: buckets.indexes.slice(first), counts: buckets.counts.slice(first) };
}
