import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundsOfBucket, bucketOf, powersOfTwo, quantileOfBuckets } from "./value-bucket.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

const countsOf = (values: readonly number[]): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return counts;
};

describe("buckets of numbers", () => {
  it("hold their numbers, and are 3 % wide at most", () => {
    fc.assert(
      fc.property(finite, (value) => {
        const { low, high } = boundsOfBucket(bucketOf(value));
        // Below 1e-307 doubles have fewer bits.
        const isUsual = Math.abs(value) > 1e-300 && Math.abs(value) < 1e307;
        if (!isUsual) return;
        expect(low <= value && value <= high).toBe(true);
        expect((high - low) / Math.abs(value)).toBeLessThanOrEqual(1 / 31);
      }),
    );
  });

  it("give quantiles within 4 % of an exact one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 50 }),
        fc.constantFrom(0, 0.25, 0.5, 0.9, 0.99, 1),
        (values, q) => {
          const ordered = [...values].sort((a, b) => a - b);
          const bounds = { min: ordered[0]!, max: ordered.at(-1)! };
          const quantile = quantileOfBuckets(countsOf(values), q, bounds)!;
          const exact = ordered[Math.max(Math.ceil(q * values.length) - 1, 0)]!;
          expect(Math.abs(quantile - exact)).toBeLessThanOrEqual(exact * 0.04);
        },
      ),
    );
  });

  it("know no quantile of nothing, and count by powers of two", () => {
    expect(quantileOfBuckets(new Map(), 0.5, { min: Infinity, max: -Infinity })).toBeUndefined();
    expect([...powersOfTwo(countsOf([-3, 0, 0.3, 1, 1.9, 2, 1000]))].sort(([a], [b]) => a - b)).toEqual([
      [0, 2],
      [0.5, 1],
      [2, 2],
      [4, 1],
      [1024, 1],
    ]);
  });
});
