import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classicFraction, classicQuantile, type ClassicBucket } from "./classic-histogram.ts";

const BUCKETS: readonly ClassicBucket[] = [
  { upper: Infinity, cumulative: 50 },
  { upper: 0.1, cumulative: 10 },
  { upper: 1, cumulative: 40 },
  { upper: 0.5, cumulative: 30 },
];

describe("quantiles of classic histograms", () => {
  it("take the buckets in any order", () => {
    expect(classicQuantile(0.5, BUCKETS)).toEqual({ value: 0.4, forcedMonotonic: false });
  });

  it("repair counts that go down, and say so; what rounding did they repair silently", () => {
    const torn = [
      { upper: 1, cumulative: 10 },
      { upper: 2, cumulative: 5 },
      { upper: Infinity, cumulative: 20 },
    ];
    expect(classicQuantile(0.25, torn)).toEqual({ value: 0.5, forcedMonotonic: true });
    const rounded = torn.map((bucket) =>
      bucket.upper === 2 ? { ...bucket, cumulative: 10 - 1e-12 } : bucket,
    );
    expect(classicQuantile(0.25, rounded).forcedMonotonic).toBe(false);
  });

  it("are NaN without a +Inf bucket, with that alone, and without observations", () => {
    expect(classicQuantile(0.5, []).value).toBeNaN();
    expect(classicQuantile(0.5, BUCKETS.slice(1)).value).toBeNaN();
    expect(classicQuantile(0.5, BUCKETS.slice(0, 1)).value).toBeNaN();
    expect(
      classicQuantile(
        0.5,
        BUCKETS.map(({ upper }) => ({ upper, cumulative: 0 })),
      ).value,
    ).toBeNaN();
  });

  it("put buckets with the same bound together", () => {
    const twice = [...BUCKETS, ...BUCKETS];
    expect(classicQuantile(0.5, twice).value).toBe(0.4);
  });

  it("never fall as q rises", () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    const counts = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(counts, ratio, ratio, (each, a, b) => {
        let cumulative = 0;
        const buckets = each.map((count, i) => {
          cumulative += count;
          return { upper: i === each.length - 1 ? Infinity : i - 3, cumulative };
        });
        fc.pre(cumulative > 0);
        const lower = classicQuantile(Math.min(a, b), buckets).value;
        expect(classicQuantile(Math.max(a, b), buckets).value).toBeGreaterThanOrEqual(lower - 1e-9);
      }),
    );
  });

  it("and fractions undo each other inside the finite buckets", () => {
    for (const q of [0.05, 0.2, 0.3, 0.61, 0.79]) {
      expect(classicFraction(0, classicQuantile(q, BUCKETS).value, BUCKETS)).toBeCloseTo(q, 12);
    }
  });
});
