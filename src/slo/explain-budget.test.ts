import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { budgetStatus } from "./error-budget.ts";
import { explainBudget } from "./explain-budget.ts";
import { formatDuration, windowName } from "./format-duration.ts";
import { formatPercent } from "./format-percent.ts";

describe("formatPercent", () => {
  it.each([
    [1, "100 %"],
    [0, "0 %"],
    [0.9999, "99.99 %"],
    [0.99995, "99.995 %"],
    [0.9999999, "99.99999 %"],
    [0.999953, "99.9953 %"],
    [0.61234, "61 %"],
    [0.05, "5 %"],
    [0.0123, "1.2 %"],
    [0.000123, "0.012 %"],
    [0.00000000123, "0.00000012 %"],
    [-0.4, "-40 %"],
    [3.4, "340 %"],
    [undefined, "no data"],
    [Number.NaN, "no data"],
  ])("writes %s as %s", (ratio, text) => {
    expect(formatPercent(ratio)).toBe(text);
  });

  it("shows 100 % for nothing but everything, and 0 % for nothing but nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (ratio) => {
        const text = formatPercent(ratio);
        return text !== "100 %" && text !== "0 %" && /^\d+(\.\d+)? %$/.test(text);
      }),
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [2 * HOUR_MS + 10 * MINUTE_MS, "2 h 10 min"],
    [2 * HOUR_MS + 59_999, "2 h"],
    [30 * DAY_MS, "30 d"],
    [DAY_MS + 5 * HOUR_MS + 1, "1 d 5 h"],
    [90_000, "1 min 30 s"],
    [45_900, "45 s"],
    [350, "350 ms"],
    [0.2, "under 1 ms"],
    [0, "0 s"],
    [-5, "0 s"],
    [Number.POSITIVE_INFINITY, "0 s"],
  ])("writes %s ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("windowName", () => {
  it.each([
    [5 * MINUTE_MS, "5m"],
    [6 * HOUR_MS, "6h"],
    [3 * DAY_MS, "3d"],
    [90_000, "90s"],
    [1, "1ms"],
  ])("names %s ms %s", (ms, text) => {
    expect(windowName(ms)).toBe(text);
  });
});

describe("explainBudget", () => {
  const explain = (good: number, total: number, recentBurnRate: number | undefined): string =>
    explainBudget(
      budgetStatus({ counts: { good, total }, target: 0.99, windowMs: 30 * DAY_MS, recentBurnRate }),
      { kind: "rolling", ms: durationMs(30 * DAY_MS) },
    );

  it("says what is left and for how long", () => {
    expect(explain(9_961, 10_000, 200)).toBe(
      "61 % of the budget left; at this rate it is gone in 2 h 11 min",
    );
    expect(explain(9_961, 10_000, 0.1)).toBe("61 % of the budget left; at this rate it lasts");
    expect(explain(10_000, 10_000, 0)).toBe("all of the budget is left");
  });

  it("says that it is spent, and by how much", () => {
    expect(explain(99, 100, 1)).toBe("the budget is spent");
    expect(explain(9_875, 10_000, 2)).toBe("the budget is overspent by 25 %");
    expect(explain(9_800, 10_000, 2)).toBe("the budget is spent 2 times over");
  });

  it("says that there is nothing to judge", () => {
    expect(explain(0, 0, undefined)).toBe("no events in the last 30 d, so nothing to judge");
    const counts = { good: 0, total: 0 };
    const none = budgetStatus({ counts, target: 0.99, windowMs: 30 * DAY_MS, recentBurnRate: undefined });
    expect(
      explainBudget(none, { kind: "calendar", unit: "month", count: 1, startsAt: 0, timeZone: "UTC" }),
    ).toBe("no events in this period so far, so nothing to judge");
  });
});
