/** The sign, the exponent and five bits of the fraction: 32 buckets for each doubling, so that they are 3 % wide at most. */
const DROPPED_BITS = 47n;
const SIGN_BIT = 1n << 16n;

/**
 * The bucket of a finite number by the bits of the double, which SQL and JavaScript cut off alike
 * (`bitShiftRight(reinterpretAsUInt64(x), 47)`). From 0 to 131,071; negative numbers are the upper half.
 */
export function bucketOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  return Number(view.getBigUint64(0) >> DROPPED_BITS);
}

/** The same of a SQL expression that is a finite Float64. */
export const bucketSql = (value: string): string =>
  `bitShiftRight(reinterpretAsUInt64(if(${value} = 0, 0., assumeNotNull(${value}))), ${DROPPED_BITS})`;

/** The numbers of a bucket: from `low` to `high`, one of them excluded; the bucket of 0 is 0, also for what is below 1e-309. */
export function boundsOfBucket(bucket: number): { readonly low: number; readonly high: number } {
  const isNegative = BigInt(bucket) >= SIGN_BIT;
  const magnitude = isNegative ? bucket - Number(SIGN_BIT) : bucket;
  if (magnitude === 0) return { low: 0, high: 0 };
  const near = doubleOf(magnitude);
  const far = doubleOf(magnitude + 1);
  return isNegative ? { low: -far, high: -near } : { low: near, high: far };
}

function doubleOf(bucket: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(bucket) << DROPPED_BITS);
  const value = view.getFloat64(0);
  return Number.isFinite(value) ? value : Number.MAX_VALUE;
}

/** Counts by bucket. */
export type BucketCounts = ReadonlyMap<number, number>;

/**
 * The quantile of the counted numbers, q from 0 to 1, interpolated in its bucket: off by 3 % at most. Undefined where there is
 * none. `min` and `max` are those of the numbers and bound the answer.
 */
export function quantileOfBuckets(
  counts: BucketCounts,
  q: number,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const ordered = [...counts].map(([bucket, count]) => ({ ...boundsOfBucket(bucket), count }));
  ordered.sort((a, b) => a.low - b.low || a.high - b.high);
  const total = ordered.reduce((sum, { count }) => sum + count, 0);
  let rank = q * total;
  for (const { low, high, count } of ordered) {
    if (rank <= count) return Math.min(Math.max(low + (high - low) * (rank / count), min), max);
    rank -= count;
  }
  return total === 0 ? undefined : max;
}

/** Counts by the power of two above; negative numbers and 0 count as 0. */
export function powersOfTwo(counts: BucketCounts): ReadonlyMap<number, number> {
  const powers = new Map<number, number>();
  for (const [bucket, count] of counts) {
    const { low } = boundsOfBucket(bucket);
    const power = low <= 0 ? 0 : 2 ** (Math.floor(Math.log2(low)) + 1);
    powers.set(power, (powers.get(power) ?? 0) + count);
  }
  return powers;
}
