import { fractionBetween } from "./bucket-fraction.ts";

/** A bucket of a classic histogram, of series with a label `le`. */
export interface ClassicBucket {
  /** The value of `le`. */
  readonly upper: number;
  /** How many observations are at most `upper`. */
  readonly cumulative: number;
}

interface ClassicQuantile {
  readonly value: number;
  /** A count was below that of a lower bucket and was raised to it: worth an info. */
  readonly forcedMonotonic: boolean;
}

/** Differences of counts below this share are errors of rounding and corrected silently. */
const SMALL_DIFFERENCE = 1e-12;

/**
 * The q-quantile of classic buckets, in any order; interpolated linearly in the bucket it falls into, of which the first
 * begins at 0 when its end is above 0. -Inf for q < 0, +Inf for q > 1; NaN for NaN, without a +Inf bucket, with fewer
 * than two buckets, without observations.
 */
export function classicQuantile(q: number, buckets: readonly ClassicBucket[]): ClassicQuantile {
  const fixed = { value: NaN, forcedMonotonic: false };
  if (Number.isNaN(q)) return fixed;
  if (q < 0) return { ...fixed, value: -Infinity };
  if (q > 1) return { ...fixed, value: Infinity };
  const sorted = sortedBuckets(buckets);
  if (sorted.at(-1)?.upper !== Infinity) return fixed;
  const { monotonic, forcedMonotonic } = madeMonotonic(sorted);
  return { value: quantileOf(q, monotonic), forcedMonotonic };
}

function quantileOf(q: number, buckets: readonly ClassicBucket[]): number {
  const last = buckets.length - 1;
  const observations = buckets[last]!.cumulative;
  if (last < 1 || observations === 0) return NaN;
  const rank = q * observations;
  let hit = buckets.findIndex((bucket) => bucket.cumulative >= rank);
  if (hit === -1) hit = last;
  if (hit === last) return buckets[last - 1]!.upper;
  const { upper, cumulative } = buckets[hit]!;
  if (hit === 0 && upper <= 0) return upper;
  const before = hit === 0 ? { upper: 0, cumulative: 0 } : buckets[hit - 1]!;
  const fraction = (rank - before.cumulative) / (cumulative - before.cumulative);
  return before.upper + (upper - before.upper) * fraction;
}

/** The share of observations in (lower, upper], 0..1; NaN without a +Inf bucket or without observations, or with a NaN bound. */
export function classicFraction(lower: number, upper: number, buckets: readonly ClassicBucket[]): number {
  const sorted = sortedBuckets(buckets);
  const last = sorted.at(-1);
  if (last?.upper !== Infinity) return NaN;
  const counted = sorted.map((bucket, i) => ({
    lower: i === 0 ? (bucket.upper > 0 ? 0 : -Infinity) : sorted[i - 1]!.upper,
    upper: bucket.upper,
    count: bucket.cumulative - (i === 0 ? 0 : sorted[i - 1]!.cumulative),
    linear: true,
  }));
  return fractionBetween(lower, upper, counted, last.cumulative);
}

/** Ascending; buckets with the same bound (`0.1` and `1e-1`) are one. */
function sortedBuckets(buckets: readonly ClassicBucket[]): readonly ClassicBucket[] {
  const cumulative = new Map<number, number>();
  for (const bucket of buckets)
    cumulative.set(bucket.upper, (cumulative.get(bucket.upper) ?? 0) + bucket.cumulative);
  return [...cumulative].sort(([a], [b]) => a - b).map(([upper, count]) => ({ upper, cumulative: count }));
}

/** Scrapes and rules that race with each other make counts that are not cumulative. */
function madeMonotonic(buckets: readonly ClassicBucket[]): {
  monotonic: readonly ClassicBucket[];
  forcedMonotonic: boolean;
} {
  let highest = buckets[0]!.cumulative;
  let forcedMonotonic = false;
  const monotonic = buckets.map(({ upper, cumulative }) => {
    if (nearlyEqual(highest, cumulative)) return { upper, cumulative: highest };
    if (cumulative < highest) {
      forcedMonotonic = true;
      return { upper, cumulative: highest };
    }
    highest = cumulative;
    return { upper, cumulative };
  });
  return { monotonic, forcedMonotonic };
}

function nearlyEqual(a: number, b: number): boolean {
  return a === b || (a !== 0 && b !== 0 && Math.abs(a - b) < SMALL_DIFFERENCE * (Math.abs(a) + Math.abs(b)));
}
