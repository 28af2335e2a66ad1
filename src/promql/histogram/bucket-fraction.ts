/** A bucket with its own count (not a cumulative one). */
export interface CountedBucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** Between its bounds observations are taken to lie evenly, not exponentially. */
  readonly linear: boolean;
}

/**
 * The share of observations between two values, 0..1; NaN when there is none or a bound is NaN. Within a bucket it is
 * interpolated; a bucket without end adds nothing for values inside it.
 *
 * `total` is what the share is taken of; `buckets` ascend.
 */
export function fractionBetween(
  lower: number,
  upper: number,
  buckets: readonly CountedBucket[],
  total: number,
): number {
  if (total === 0 || Number.isNaN(total) || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  return (countBelow(upper, buckets, total) - countBelow(lower, buckets, total)) / total;
}

/** How many observations are below a value. */
function countBelow(value: number, buckets: readonly CountedBucket[], total: number): number {
  let below = 0;
  for (const bucket of buckets) {
    if (bucket.lower >= value) return Math.min(below, total);
    if (bucket.upper > value) return Math.min(below + bucket.count * shareBelow(value, bucket), total);
    below += bucket.count;
  }
  // Observations that are NaN are counted but in no bucket.
  return Math.min(below, total);
}

/** The share of a bucket's observations below a value that lies in it. */
function shareBelow(value: number, bucket: CountedBucket): number {
  if (bucket.lower === -Infinity) return 1;
  if (bucket.linear) return (value - bucket.lower) / (bucket.upper - bucket.lower);
  const logLower = Math.log2(Math.abs(bucket.lower));
  const logUpper = Math.log2(Math.abs(bucket.upper));
  const logValue = Math.log2(Math.abs(value));
  return value > 0
    ? (logValue - logLower) / (logUpper - logLower)
    : 1 - (logValue - logUpper) / (logLower - logUpper);
}
