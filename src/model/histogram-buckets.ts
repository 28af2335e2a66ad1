import { CUSTOM_BUCKETS_SCHEMA, type HistogramBuckets, type NativeHistogram } from "./native-histogram.ts";

/** One populated bucket of a histogram. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
  readonly count: number;
}

export const NO_BUCKETS: HistogramBuckets = { indexes: new Int32Array(0), counts: new Float64Array(0) };

/** True of histograms with boundaries of their own. */
export function hasCustomBounds(histogram: NativeHistogram): boolean {
  return histogram.schema === CUSTOM_BUCKETS_SCHEMA;
}

/** base^index of an exponential schema: the upper bound of positive bucket `index`; the last finite one ends at the largest number. */
export function exponentialBound(index: number, schema: number): number {
  const exponent = index * 2 ** -schema;
  return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
}

/** The upper bound of positive bucket `index`. */
function upperBound(histogram: NativeHistogram, index: number): number {
  if (!hasCustomBounds(histogram)) return exponentialBound(index, histogram.schema);
  return index < 0 ? -Infinity : (histogram.customBounds[index] ?? Infinity);
}

/** The populated buckets from the most negative to the most positive, the zero bucket among them. */
export function bucketsAscending(histogram: NativeHistogram): readonly Bucket[] {
  const { negative, positive, zeroCount, zeroThreshold, schema } = histogram;
  const all: Bucket[] = [];
  for (let i = negative.indexes.length - 1; i >= 0; i--) {
    const index = negative.indexes[i]!;
    all.push({
      lower: -exponentialBound(index, schema),
      upper: -exponentialBound(index - 1, schema),
      lowerInclusive: true,
      upperInclusive: false,
      count: negative.counts[i]!,
    });
  }
  if (zeroCount !== 0) {
    all.push({
      lower: -zeroThreshold,
      upper: zeroThreshold,
      lowerInclusive: true,
      upperInclusive: true,
      count: zeroCount,
    });
  }
  for (let i = 0; i < positive.indexes.length; i++) {
    const index = positive.indexes[i]!;
    all.push({
      lower: upperBound(histogram, index - 1),
      upper: upperBound(histogram, index),
      // A bucket that begins at -Inf holds it.
      lowerInclusive: hasCustomBounds(histogram) && index === 0,
      upperInclusive: true,
      count: positive.counts[i]!,
    });
  }
  return all;
}

/** Adds (or, with factor -1, subtracts) the counts of `b` to those of `a`; what comes to zero is left out. */
export function mergeBuckets(a: HistogramBuckets, b: HistogramBuckets, factor: 1 | -1): HistogramBuckets {
  const indexes = new Int32Array(a.indexes.length + b.indexes.length);
  const counts = new Float64Array(indexes.length);
  let size = 0;
  let i = 0;
  let j = 0;
  while (i < a.indexes.length || j < b.indexes.length) {
    const left = i < a.indexes.length ? a.indexes[i]! : Infinity;
    const right = j < b.indexes.length ? b.indexes[j]! : Infinity;
    let count = 0;
    if (left <= right) count += a.counts[i++]!;
    if (right <= left) count += factor * b.counts[j++]!;
    if (count === 0) continue;
    indexes[size] = Math.min(left, right);
    counts[size++] = count;
  }
  return size === indexes.length
    ? { indexes, counts }
    : { indexes: indexes.slice(0, size), counts: counts.slice(0, size) };
}

/** Moves every bucket to the index that `target` gives, which must not descend; those with undefined are left out. */
export function moveBuckets(
  buckets: HistogramBuckets,
  target: (index: number) => number | undefined,
): HistogramBuckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < buckets.indexes.length; i++) {
    const index = target(buckets.indexes[i]!);
    if (index === undefined) continue;
    if (indexes.length > 0 && indexes[indexes.length - 1] === index) {
      counts[counts.length - 1] = counts[counts.length - 1]! + buckets.counts[i]!;
    } else {
      indexes.push(index);
      counts.push(buckets.counts[i]!);
    }
  }
  return withoutEmpty({ indexes: Int32Array.from(indexes), counts: Float64Array.from(counts) });
}

/** Leaves out the buckets without observations. */
export function withoutEmpty(buckets: HistogramBuckets): HistogramBuckets {
  if (buckets.counts.every((count) => count !== 0)) return buckets;
  return {
    indexes: buckets.indexes.filter((_, i) => buckets.counts[i] !== 0),
    counts: buckets.counts.filter((count) => count !== 0),
  };
}

/** Every count times a factor. */
export function scaleBuckets(buckets: HistogramBuckets, factor: (count: number) => number): HistogramBuckets {
  return withoutEmpty({ indexes: buckets.indexes, counts: buckets.counts.map(factor) });
}
