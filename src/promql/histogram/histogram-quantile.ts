import type { NativeHistogram } from "../../model/native-histogram.ts";
import { fractionBetween, type CountedBucket } from "./bucket-fraction.ts";
import { bucketsAscending, hasCustomBounds } from "../../model/histogram-buckets.ts";
import { kahanAdd, kahanSum, kahanValue } from "../functions/kahan-sum.ts";

/**
 * The q-quantile of a native histogram. -Inf for q < 0, +Inf for q > 1, NaN for NaN or no observations. Within an
 * exponential bucket it is interpolated exponentially, in the zero bucket and in custom buckets linearly. A NaN sum
 * tells that NaN was observed; such observations count as larger than any other.
 */
export function histogramQuantile(q: number, histogram: NativeHistogram): number {
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (histogram.count === 0 || Number.isNaN(q)) return NaN;
  const buckets = interpolated(histogram);
  // Counted from the nearer end, for the sake of precision; NaN observations are only at the upper end.
  const forward = Number.isNaN(histogram.sum) || q < 0.5;
  const rank = (forward ? q : 1 - q) * histogram.count;
  let count = 0;
  let hit: CountedBucket | undefined;
  for (let i = 0; i < buckets.length && (hit === undefined || count < rank); i++) {
    hit = buckets[forward ? i : buckets.length - 1 - i]!;
    count += hit.count;
  }
  if (hit === undefined) return NaN;
  if (hasCustomBounds(histogram)) {
    if (hit.lower === -Infinity) return hit.upper;
    if (hit.upper === Infinity) return hit.lower;
  }
  count = Math.min(count, histogram.count);
  if (count < rank) return Number.isNaN(histogram.sum) ? NaN : hit.upper;
  const within = forward ? rank - (count - hit.count) : count - rank;
  return interpolate(hit, within / hit.count);
}

/** The value that a fraction of a bucket's observations lie below. */
function interpolate(bucket: CountedBucket, fraction: number): number {
  const { lower, upper } = bucket;
  if (bucket.linear) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  return lower > 0
    ? 2 ** (logLower + (logUpper - logLower) * fraction)
    : -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** The share of observations in (lower, upper], 0..1; NaN without observations or with a NaN bound. */
export function histogramFraction(lower: number, upper: number, histogram: NativeHistogram): number {
  return fractionBetween(lower, upper, interpolated(histogram), histogram.count);
}

/** The mean observation; NaN without observations. */
export function histogramAverage(histogram: NativeHistogram): number {
  return histogram.sum / histogram.count;
}

/**
 * The estimated variance of the observations, each taken to be in the middle of its bucket: the geometric one of an
 * exponential bucket, the arithmetic one of a custom bucket, 0 in the zero bucket.
 */
export function histogramVariance(histogram: NativeHistogram): number {
  const mean = histogram.sum / histogram.count;
  const custom = hasCustomBounds(histogram);
  const squares = kahanSum();
  for (const { lower, upper, count } of bucketsAscending(histogram)) {
    let middle = 0;
    if (custom) middle = (lower + upper) / 2;
    else if (lower > 0 || upper < 0) middle = Math.sign(upper) * Math.sqrt(lower * upper);
    kahanAdd(squares, count * (middle - mean) ** 2);
  }
  return kahanValue(squares) / histogram.count;
}

/**
 * The buckets with the bounds between which is interpolated: a zero bucket with buckets on one side only begins (or
 * ends) at 0, and so does a first custom bucket of which the upper bound is above 0.
 */
function interpolated(histogram: NativeHistogram): readonly CountedBucket[] {
  const custom = hasCustomBounds(histogram);
  const anyNegative = histogram.negative.indexes.length > 0;
  const anyPositive = histogram.positive.indexes.length > 0;
  return bucketsAscending(histogram).map(({ lower, upper, count }) => {
    if (custom) return { lower: lower === -Infinity && upper > 0 ? 0 : lower, upper, count, linear: true };
    if (lower > 0 || upper < 0) return { lower, upper, count, linear: false };
    return {
      lower: anyPositive && !anyNegative ? 0 : lower,
      upper: anyNegative && !anyPositive ? 0 : upper,
      count,
      linear: true,
    };
  });
}
