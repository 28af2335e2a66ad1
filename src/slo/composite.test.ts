import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { burnRate, errorBudgetRatio } from "./burn-rate.ts";
import { combineCounts, compositeTarget, weightedMean, type WeightedTarget } from "./composite.ts";

const target = fc.constantFrom(0, 0.5, 0.9, 0.99, 0.999, 0.9999);
const weight = fc.constantFrom(0.001, 0.5, 1, 2, 10, 1_000);
const counts = fc
  .tuple(fc.integer({ min: 0, max: 1e8 }), fc.integer({ min: 0, max: 1e8 }))
  .map(([a, b]) => ({ good: Math.min(a, b), total: Math.max(a, b) }));
const partWithCounts = fc.record({ target, weight, counts });
const several = fc.array(partWithCounts, { minLength: 1, maxLength: 6 });

const combine = (parts: readonly (WeightedTarget & { counts: { good: number; total: number } })[]) =>
  combineCounts(
    parts,
    parts.map((part) => part.counts),
  );
const near = (a: number | undefined, b: number | undefined): void => {
  if (a === undefined || b === undefined) expect(a).toBe(b);
  else expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(a), Math.abs(b)));
};

describe("combineCounts", () => {
  it("burns as the weighted mean of the parts that have events", () => {
    fc.assert(
      fc.property(several, (parts) => {
        const { mean } = weightedMean(
          parts,
          parts.map((part) => burnRate(part.counts, part.target)),
        );
        near(burnRate(combine(parts), compositeTarget(parts)), mean);
      }),
    );
  });

  it("is counts like any other: never NaN, never below nothing, never more good than all", () => {
    fc.assert(
      fc.property(several, (parts) => {
        const { good, total, budgetRatio = 1 } = combine(parts);
        expect(good >= 0 && good <= total && Number.isFinite(total)).toBe(true);
        expect(budgetRatio > 0 && budgetRatio <= 1 + 1e-12).toBe(true);
        const events = parts.reduce((sum, part) => sum + part.counts.total, 0);
        expect(total).toBeLessThanOrEqual(events * (1 + 1e-9));
      }),
    );
  });

  it("does not change when all weights grow alike", () => {
    fc.assert(
      fc.property(several, fc.constantFrom(0.01, 3, 1e6), (parts, factor) => {
        const scaled = parts.map((part) => ({ ...part, weight: part.weight * factor }));
        const [a, b] = [combine(parts), combine(scaled)];
        near(a.good, b.good);
        near(a.total, b.total);
        near(compositeTarget(parts), compositeTarget(scaled));
      }),
    );
  });

  it("of one part, or of one that has events, is that part", () => {
    fc.assert(
      fc.property(partWithCounts, fc.array(partWithCounts, { maxLength: 3 }), (part, others) => {
        fc.pre(part.counts.total > 0);
        const silent = others.map((other) => ({ ...other, counts: { good: 0, total: 0 } }));
        expect(combine([part, ...silent])).toEqual({
          ...part.counts,
          budgetRatio: errorBudgetRatio(part.target),
        });
      }),
    );
  });

  it("of equal parts with equal traffic is their sum", () => {
    fc.assert(
      fc.property(
        target,
        weight,
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1 }),
        (t, w, bad) => {
          const parts = bad.map((n) => ({ target: t, weight: w, counts: { good: 1_000 - n, total: 1_000 } }));
          const whole = combine(parts);
          near(whole.total, 1_000 * bad.length);
          near(whole.good, 1_000 * bad.length - bad.reduce((sum, n) => sum + n, 0));
          expect(compositeTarget(parts)).toBe(t);
        },
      ),
    );
  });

  it("does not let the many events of one part vouch for the few of another", () => {
    const few = { target: 0.99, weight: 1, counts: { good: 1, total: 2 } };
    const many = { target: 0.99, weight: 1, counts: { good: 1_000_000, total: 1_000_000 } };
    const whole = combine([few, many]);
    expect(whole.total).toBeCloseTo(8, 3);
    expect(whole.good / whole.total).toBeCloseTo(0.75, 9);
  });

  it("of nothing but silence is no data, never 0 or 1", () => {
    const silent = { target: 0.99, weight: 1, counts: { good: 0, total: 0 } };
    expect(burnRate(combine([silent, silent]), 0.99)).toBeUndefined();
  });
});

describe("compositeTarget", () => {
  it("lies among the targets, near the strict ones, and an outage of everything burns 1 / (1 - target)", () => {
    const parts = [
      { target: 0.999, weight: 1 },
      { target: 0.99, weight: 1 },
    ];
    expect(compositeTarget(parts)).toBeCloseTo(1 - 2 / 1_100, 12);
    const outage = parts.map(() => ({ good: 0, total: 50 }));
    expect(burnRate(combineCounts(parts, outage), compositeTarget(parts))).toBeCloseTo((1_000 + 100) / 2, 6);
  });
});

describe("weightedMean", () => {
  it("says how much of the weight it rests on", () => {
    const parts = [3, 1].map((w) => ({ target: 0.9, weight: w }));
    expect(weightedMean(parts, [1, undefined])).toEqual({ mean: 1, coveredRatio: 0.75 });
    expect(weightedMean(parts, [0, 1])).toEqual({ mean: 0.25, coveredRatio: 1 });
    expect(weightedMean(parts, [undefined, undefined])).toEqual({ mean: undefined, coveredRatio: 0 });
  });
});
