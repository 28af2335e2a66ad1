import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { badEvents, burnRate, errorBudgetRatio, highestBurnRate } from "./burn-rate.ts";

const target = fc.oneof(
  fc.constantFrom(0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1 - Number.EPSILON / 2),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
);
const counts = fc
  .tuple(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1e12 }))
  .map(([a, b]) => ({ good: Math.min(a, b), total: Math.max(a, b) }));

describe("errorBudgetRatio", () => {
  it("is the decimal people mean", () => {
    expect(errorBudgetRatio(0.9999)).toBe(0.0001);
    expect(errorBudgetRatio(0.999)).toBe(0.001);
    expect(errorBudgetRatio(0.95)).toBe(0.05);
    expect(errorBudgetRatio(0)).toBe(1);
  });

  it("is above 0 for every target below 1", () => {
    fc.assert(fc.property(target, (value) => errorBudgetRatio(value) > 0 && errorBudgetRatio(value) <= 1));
  });
});

describe("burnRate", () => {
  it("is exactly 1 where the bad events are exactly the budget", () => {
    expect(burnRate({ good: 9_999, total: 10_000 }, 0.9999)).toBe(1);
    expect(burnRate({ good: 99, total: 100 }, 0.99)).toBe(1);
  });

  it("is undefined without events, whatever the target", () => {
    fc.assert(fc.property(target, (value) => burnRate({ good: 0, total: 0 }, value) === undefined));
  });

  it("is finite, at least 0 and at most the highest burn, for every count", () => {
    fc.assert(
      fc.property(counts, target, (events, value) => {
        const burn = burnRate(events, value);
        if (events.total === 0) return burn === undefined;
        return Number.isFinite(burn) && burn! >= 0 && burn! <= highestBurnRate(value) * (1 + 1e-12);
      }),
    );
  });

  it("does not change when every count is multiplied", () => {
    fc.assert(
      fc.property(counts, target, fc.integer({ min: 1, max: 1_000 }), (events, value, factor) => {
        const once = burnRate(events, value);
        const scaled = burnRate({ good: events.good * factor, total: events.total * factor }, value);
        if (once === undefined) expect(scaled).toBeUndefined();
        else expect(Math.abs(scaled! - once)).toBeLessThanOrEqual(1e-9 * Math.max(1, once));
      }),
    );
  });

  it("grows with bad events and with the target", () => {
    fc.assert(
      fc.property(counts, target, target, (events, a, b) => {
        fc.pre(events.total > 0 && events.good > 0);
        const worse = { good: events.good - 1, total: events.total };
        expect(burnRate(worse, a)!).toBeGreaterThanOrEqual(burnRate(events, a)!);
        expect(burnRate(events, Math.max(a, b))!).toBeGreaterThanOrEqual(burnRate(events, Math.min(a, b))!);
      }),
    );
  });

  it("counts no bad event when a source claims more good events than events", () => {
    expect(badEvents({ good: 12, total: 10 })).toBe(0);
    expect(burnRate({ good: 12, total: 10 }, 0.9)).toBe(0);
  });
});
