import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addHistograms, emptyHistogram } from "./histogram-sum.ts";
import type { HistogramBuckets, NativeHistogram } from "./native-histogram.ts";

const side = (pairs: readonly (readonly [number, number])[]): HistogramBuckets => {
  const sorted = [...new Map(pairs)].sort(([a], [b]) => a - b);
  return {
    indexes: Int32Array.from(sorted, ([index]) => index),
    counts: Float64Array.from(sorted, ([, count]) => count),
  };
};
const total = ({ counts }: HistogramBuckets) => counts.reduce((sum, count) => sum + count, 0);

const histogram = fc
  .record({
    schema: fc.integer({ min: -4, max: 8 }),
    zeroThreshold: fc.constantFrom(1e-128, 0.001, 0.5, 3),
    zeroCount: fc.nat({ max: 9 }),
    positive: fc.array(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 9 }))),
    negative: fc.array(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 9 }))),
    sum: fc.integer({ min: -100, max: 100 }),
  })
  .map((parts): NativeHistogram => {
    const positive = side(parts.positive);
    const negative = side(parts.negative);
    const count = parts.zeroCount + total(positive) + total(negative);
    return { ...parts, positive, negative, count, customBounds: [], counterReset: "unknown" };
  });

describe("the sum of two histograms", () => {
  it("has every observation in one bucket, in order, at the coarser schema", () => {
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        const sum = addHistograms(a, b);
        expect(sum.schema).toBe(Math.min(a.schema, b.schema));
        expect(sum.count).toBe(a.count + b.count);
        expect(sum.sum).toBe(a.sum + b.sum);
        expect(sum.zeroCount + total(sum.positive) + total(sum.negative)).toBe(sum.count);
        expect(sum.zeroThreshold).toBeGreaterThanOrEqual(Math.max(a.zeroThreshold, b.zeroThreshold));
        for (const { indexes } of [sum.positive, sum.negative]) {
          expect([...indexes]).toEqual([...new Set(indexes)].sort((x, y) => x - y));
        }
        expect(addHistograms(b, a)).toEqual(sum);
      }),
    );
  });

  it("with nothing is the histogram itself", () => {
    fc.assert(
      fc.property(histogram, (a) => {
        expect(addHistograms(a, emptyHistogram(a))).toEqual(a);
      }),
    );
  });

  it("merges buckets that end where the coarser one does, and widens zero to whole buckets", () => {
    const fine = {
      ...emptyHistogramAt(1),
      positive: side([
        [1, 1],
        [2, 2],
        [3, 4],
      ]),
      count: 7,
    };
    const coarse = { ...emptyHistogramAt(0), positive: side([[1, 8]]), count: 8 };
    expect(addHistograms(fine, coarse).positive).toEqual(
      side([
        [1, 11],
        [2, 4],
      ]),
    );
    // At schema 0 bucket 1 is (1, 2], which zero reaches into.
    const wide = { ...emptyHistogramAt(0), zeroThreshold: 1.5, zeroCount: 1, count: 1 };
    expect(addHistograms(coarse, wide)).toMatchObject({ zeroThreshold: 2, zeroCount: 9, positive: side([]) });
  });
});

const emptyHistogramAt = (schema: number): NativeHistogram => ({
  schema,
  count: 0,
  sum: 0,
  zeroThreshold: 1e-128,
  zeroCount: 0,
  positive: side([]),
  negative: side([]),
  customBounds: [],
  counterReset: "unknown",
});
