import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, durationMs, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { fakeSlo, fakeVerdict } from "../record/fake-slos.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { sloDefinition } from "../slo/slo-revision.ts";
import type { Slo } from "../slo/slo.ts";
import { explainDifference } from "./explain-difference.ts";
import { explainNumber } from "./explain-number.ts";
import type { ExplainedNumber } from "./explanation.ts";
import { ledgerEntry } from "./ledger-entry.ts";

const AT_MS = Date.UTC(2026, 9, 3, 12, 0, 5);

function explained(
  slo: Slo,
  counts: SliCounts,
  more: { readonly raw?: SliCounts; readonly coveredFromMs?: number; readonly rawFromMs?: number } = {},
): ExplainedNumber {
  const entry = ledgerEntry(fakeVerdict(slo, counts, AT_MS), more.coveredFromMs ?? 0);
  return explainNumber({
    ...entry,
    ...(more.raw === undefined ? {} : { raw: more.raw }),
    definition: sloDefinition(slo),
    atMs: AT_MS,
    exclusions: [],
    rawFromMs: more.rawFromMs ?? 0,
  });
}

/** As a pocket calculator would: the operands of `a − b`, `a ÷ b`, `a × b`, `(a − b) ÷ c`. */
function calculate(formula: string): number {
  const text = formula
    .replaceAll(",", "")
    .replaceAll(
      / \([a-z ]+\)| (events|good|bad|slices of the whole period|counted|taken out by corrections)/g,
      "",
    );
  const grouped = /^\((\S+) − (\S+)\) ÷ (\S+)$/.exec(text);
  if (grouped !== null) return (Number(grouped[1]) - Number(grouped[2])) / Number(grouped[3]);
  const [, a, operator, b] = /^(\S+) ([−÷×]) (\S+)$/.exec(text) ?? [];
  const [left, right] = [Number(a), Number(b)];
  return operator === "−" ? left - right : operator === "÷" ? left / right : left * right;
}

const resultOf = (text: string): number =>
  Number(text.replace("≈ ", "").replaceAll(",", "").replace("−", "-").replace(/ \(.*/, ""));

describe("the explanation of a number", () => {
  it("tells every step of the arithmetic", () => {
    expect(explained(fakeSlo(), { good: 999_120, total: 1_000_000 }).steps).toEqual([
      { what: "bad events", formula: "1,000,000 events − 999,120 good", result: "880" },
      { what: "SLI", formula: "999,120 good ÷ 1,000,000", result: "0.99912 (99.912 %)" },
      { what: "share that may be bad", formula: "1 − 0.999 (the target)", result: "0.001" },
      { what: "budget, in events", formula: "1,000,000 × 0.001", result: "1,000" },
      { what: "budget left", formula: "(1,000 − 880 bad) ÷ 1,000", result: "0.12 (12 %)" },
    ]);
  });

  it("can be checked with a pocket calculator, whatever the counts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.9, 0.99, 0.995, 0.9995, 0.9999),
        (total, share, target) => {
          const good = Math.round(total * share);
          const number = explained(fakeSlo({ target }), { good, total });
          for (const { formula, result } of number.steps) {
            const value = calculate(formula);
            expect(Math.abs(resultOf(result) - value)).toBeLessThanOrEqual(
              1e-4 * Math.max(1e-9, Math.abs(value)) + 1e-7,
            );
          }
          const left = resultOf(number.steps.at(-1)!.result);
          expect(left).toBeCloseTo(number.budgetRemainingRatio!, Math.abs(left) > 100 ? -2 : 4);
        },
      ),
    );
  });

  it("tells a budget of slices over the whole calendar period", () => {
    const slo = fakeSlo({
      window: { kind: "calendar", unit: "month", count: 1, startsAt: Date.UTC(2026, 0, 1), timeZone: "UTC" },
      windowMs: durationMs(30 * DAY_MS),
      method: { kind: "timeslices", sliceMs: durationMs(5 * MINUTE_MS), sliceTarget: 0.9 },
    });
    const number = explained(slo, { good: 700, total: 702 });
    expect(number.counted).toBe("slices of 5 min");
    expect(number.steps.at(-2)).toEqual({
      what: "budget, in slices",
      formula: "8,928 slices of the whole period × 0.001",
      result: "8.928",
    });
    const left = resultOf(number.steps.at(-1)!.result);
    expect(left).toBeCloseTo(number.budgetRemainingRatio!, 5);
  });

  it("begins with what corrections take out", () => {
    const number = explained(fakeSlo(), { good: 90, total: 90 }, { raw: { good: 92, total: 100 } });
    expect(number.raw).toEqual({ goodEvents: 92, badEvents: 8, totalEvents: 100 });
    expect(number.steps.slice(0, 2)).toEqual([
      { what: "events", formula: "100 counted − 10 taken out by corrections", result: "90" },
      { what: "good events", formula: "92 counted − 2 taken out by corrections", result: "90" },
    ]);
  });

  it("says that there is nothing to judge, instead of dividing by zero", () => {
    const number = explained(fakeSlo(), { good: 0, total: 0 });
    expect([number.sli, number.budgetRemainingRatio]).toEqual([null, null]);
    expect(number.sentence).toBe(
      "In the 30 d up to 2026-10-03 12:00:05 UTC no events were counted, so there is nothing to judge.",
    );
  });

  it("says how much of the window is covered, and by what", () => {
    const { coverage } = explained(
      fakeSlo(),
      { good: 9, total: 10 },
      {
        coveredFromMs: AT_MS - 3 * DAY_MS,
        rawFromMs: AT_MS - HOUR_MS,
      },
    );
    expect(coverage.ratio).toBeCloseTo(0.1, 4);
    expect(coverage.explanation).toBe(
      "Counts are complete since 2026-09-30 12:00:05 UTC: 3 d of 30 d (10 %) of the window are covered; before that, events may be missing; the spans that were counted are still stored since 2026-10-03 11:00:05 UTC (0.14 % of the window); before that the counts stand alone.",
    );
  });
});

describe("the difference between then and now", () => {
  const slo = fakeSlo();
  const compare = (then: ExplainedNumber, now: ExplainedNumber, more = {}) =>
    explainDifference({ told: then, now, correctionsChanged: false, countsKeptFromMs: 0, ...more });

  it("is nothing where the counts are the same", () => {
    const number = explained(slo, { good: 9_999, total: 10_000 });
    expect(compare(number, number)).toEqual([
      "Nothing has changed since: today's counts give the same number.",
    ]);
  });

  it("names late events and what they did to the budget", () => {
    const sentences = compare(
      explained(slo, { good: 9_999, total: 10_000 }),
      explained(slo, { good: 10_009, total: 10_025 }),
    );
    expect(sentences).toEqual([
      "25 more events are counted in the window now than then, 15 more of them bad. They arrived late, or their counts were repaired: an event counts at the time that it ended, whenever it arrives.",
      "Budget left then: 90 %; by today's counts: none, overspent by 60 %.",
    ]);
  });

  it("tells a backfill, a retention that ran out and changed corrections apart", () => {
    const then = explained(slo, { good: 99, total: 100 }, { coveredFromMs: AT_MS - DAY_MS });
    expect(compare(then, explained(slo, { good: 990, total: 1_000 }))[0]).toContain(
      "Counts reach back further now",
    );
    const gone = { countsKeptFromMs: AT_MS };
    expect(compare(then, explained(slo, { good: 9, total: 10 }), gone)[0]).toContain("deleted by now");
    const corrected = explained(slo, { good: 95, total: 95 }, { raw: { good: 99, total: 100 } });
    expect(compare(then, corrected, { correctionsChanged: true })[0]).toBe(
      "Corrections were changed since: they take out 5 events of this window now, and took out 0 then.",
    );
  });
});
