import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time.ts";
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

describe("the budget of a calendar period", () => {
  const month = { elapsedMs: 10 * DAY_MS, periodMs: 30 * DAY_MS };
  const status = (bad: number, recentBurnRate: number | undefined, totalEvents?: number) =>
    budgetStatus({
      counts: { good: 10_000 - bad, total: 10_000 },
      target: 0.99,
      windowMs: 30 * DAY_MS,
      period: { ...month, totalEvents },
      recentBurnRate,
    });

  it("grows with the events so far where nobody knows how many will come", () => {
    expect(status(40, 0)).toMatchObject({ remainingRatio: expect.closeTo(0.6), remainingEvents: 60 });
    // 60 bad events are left; each day brings 1,000 events, so 10 more that may be bad and 70 that are.
    expect(status(40, 7)).toMatchObject({ exhaustedInMs: expect.closeTo(DAY_MS) });
    expect(status(40, 1).exhaustedInMs).toBeUndefined();
    expect(status(120, 0).exhaustedInMs).toBe(0);
  });

  it("is of the whole period where its slices are known", () => {
    expect(status(40, 0, 30_000)).toMatchObject({
      sli: 0.996,
      remainingRatio: expect.closeTo(260 / 300),
      remainingEvents: expect.closeTo(260),
    });
    // 26 days' worth of slow burning is 2 days at 13 times that.
    expect(status(40, 13, 30_000).exhaustedInMs).toBeCloseTo(2 * DAY_MS);
  });

  it("outlasts the period where that ends first", () => {
    expect(status(40, 1.2).exhaustedInMs).toBeUndefined();
    expect(status(40, 1.2, 30_000).exhaustedInMs).toBeUndefined();
    expect(status(40, 1.4, 30_000).exhaustedInMs).toBeLessThan(20 * DAY_MS);
  });

  it("lasts as long as is forecast, simulated event by event", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99 }),
        fc.double({ min: 1.5, max: 50, noNaN: true }),
        (bad, burn) => {
          const forecast = status(bad, burn).exhaustedInMs;
          const perMs = 10_000 / month.elapsedMs;
          const left = (ms: number): number => (10_000 + ms * perMs) * 0.01 - bad - ms * perMs * 0.01 * burn;
          if (forecast === undefined) expect(left(20 * DAY_MS)).toBeGreaterThan(-1e-6);
          else expect(left(forecast)).toBeCloseTo(0, 5);
        },
      ),
    );
  });
});
