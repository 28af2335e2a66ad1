import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../model/time.ts";
import { burnRate, errorBudgetRatio } from "./burn-rate.ts";
import { budgetStatus, exhaustedInMs } from "./error-budget.ts";

const WINDOW_MS = 720 * HOUR_MS;
const target = fc.constantFrom(0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999);
const counts = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 }))
  .map(([a, b]) => ({ good: Math.min(a, b), total: Math.max(a, b) }));
const recentBurnRate = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });

describe("budgetStatus", () => {
  it("spends b budgets with a burn of b over the whole window", () => {
    fc.assert(
      fc.property(counts, target, (events, value) => {
        const status = budgetStatus({
          counts: events,
          target: value,
          windowMs: WINDOW_MS,
          recentBurnRate: 0,
        });
        const burn = burnRate(events, value);
        if (burn === undefined) expect(status.remainingRatio).toBeUndefined();
        else expect(1 - status.remainingRatio!).toBeCloseTo(burn, 6);
      }),
    );
  });

  it("adds up: the events left in two halves are the events left in the whole", () => {
    fc.assert(
      fc.property(counts, counts, target, (a, b, value) => {
        fc.pre(a.total > 0 && b.total > 0);
        const whole = { good: a.good + b.good, total: a.total + b.total };
        const left = (events: typeof a): number =>
          budgetStatus({ counts: events, target: value, windowMs: WINDOW_MS, recentBurnRate: 0 })
            .remainingEvents!;
        expect(Math.abs(left(a) + left(b) - left(whole))).toBeLessThanOrEqual(
          1e-6 * Math.max(1, whole.total),
        );
      }),
    );
  });

  it("never holds NaN or an infinity", () => {
    fc.assert(
      fc.property(counts, target, recentBurnRate, (events, value, recent) => {
        const status = budgetStatus({
          counts: events,
          target: value,
          windowMs: WINDOW_MS,
          recentBurnRate: recent,
        });
        for (const number of [
          status.sli,
          status.remainingRatio,
          status.remainingEvents,
          status.exhaustedInMs,
        ]) {
          expect(number === undefined || Number.isFinite(number)).toBe(true);
        }
        if (status.sli !== undefined) expect(status.sli >= 0 && status.sli <= 1).toBe(true);
      }),
    );
  });

  it("has neither an SLI nor a budget without events", () => {
    expect(
      budgetStatus({
        counts: { good: 0, total: 0 },
        target: 0.9999,
        windowMs: WINDOW_MS,
        recentBurnRate: undefined,
      }),
    ).toEqual({
      counts: { good: 0, total: 0 },
      sli: undefined,
      remainingRatio: undefined,
      remainingEvents: undefined,
      exhaustedInMs: undefined,
    });
  });

  it("says how many bad events are still allowed", () => {
    const status = budgetStatus({
      counts: { good: 999_940, total: 1_000_000 },
      target: 0.9999,
      windowMs: WINDOW_MS,
      recentBurnRate: 14.4,
    });
    expect(status.remainingEvents).toBeCloseTo(40, 9);
    expect(status.remainingRatio).toBeCloseTo(0.4, 9);
    expect(status.exhaustedInMs).toBeCloseTo((0.4 * WINDOW_MS) / 14.4, 3);
    expect(status.remainingEvents!).toBeCloseTo(
      status.remainingRatio! * 1_000_000 * errorBudgetRatio(0.9999),
      6,
    );
  });
});

describe("exhaustedInMs", () => {
  it("is the whole window at a burn of 1 from an untouched budget, and half of it at 2", () => {
    expect(exhaustedInMs(1, 1, WINDOW_MS)).toBe(WINDOW_MS);
    expect(exhaustedInMs(1, 2, WINDOW_MS)).toBe(WINDOW_MS / 2);
  });

  it("is 0 when the budget is spent and unknown when nothing burns or the burn is sustainable", () => {
    expect(exhaustedInMs(0, 5, WINDOW_MS)).toBe(0);
    expect(exhaustedInMs(-0.5, undefined, WINDOW_MS)).toBe(0);
    expect(exhaustedInMs(0.5, 0, WINDOW_MS)).toBeUndefined();
    expect(exhaustedInMs(0.5, undefined, WINDOW_MS)).toBeUndefined();
    expect(exhaustedInMs(0.5, 0.4, WINDOW_MS)).toBeUndefined();
  });

  it("comes sooner the faster the budget burns", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 1e4, noNaN: true }),
        fc.double({ min: 1, max: 1e4, noNaN: true }),
        (remaining, a, b) =>
          exhaustedInMs(remaining, Math.max(a, b), WINDOW_MS)! <=
          exhaustedInMs(remaining, Math.min(a, b), WINDOW_MS)!,
      ),
    );
  });
});
