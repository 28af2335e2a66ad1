import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs, timestampMs } from "../model/time.ts";
import { BUCKET_MS, type SliCounts } from "./bucket.ts";
import { OCCURRENCES, type BudgetingMethod } from "./budgeting-method.ts";
import type { Correction } from "./correction.ts";
import { createExclusion, excludedFor, type Exclusion } from "./exclusion.ts";
import { judgeCorrected, removedCounts } from "./judge-corrected.ts";
import { judgeSlo } from "./judge-slo.ts";
import type { Slo } from "./slo.ts";
import type { SloVerdict } from "./verdict.ts";

const AT = timestampMs(Date.UTC(2026, 4, 20, 12) - BUCKET_MS);
const END = AT + BUCKET_MS;

const SLO: Slo = {
  name: "payment",
  displayName: "payment",
  description: "",
  service: "payment",
  owner: undefined,
  runbookUrl: undefined,
  labels: {},
  annotations: {},
  objectiveName: "",
  target: 0.99,
  window: { kind: "rolling", ms: durationMs(DAY_MS) },
  windowMs: durationMs(DAY_MS),
  method: OCCURRENCES,
  indicator: { id: "i", source: "traces", total: "", select: { outcome: "good", query: "" } },
  alerts: [
    {
      key: "critical",
      severity: "critical",
      tiers: [
        {
          name: "fast",
          longWindowMs: durationMs(HOUR_MS),
          shortWindowMs: durationMs(5 * MINUTE_MS),
          burnThreshold: 10,
          operator: "gt",
          alertAfterMs: durationMs(0),
          resolveAfterMs: durationMs(0),
        },
        {
          kind: "no-data",
          name: "silent",
          longWindowMs: durationMs(30 * MINUTE_MS),
          shortWindowMs: undefined,
          burnThreshold: 0,
          operator: "gt",
          alertAfterMs: durationMs(0),
          resolveAfterMs: durationMs(0),
        },
      ],
    },
  ],
  minEvents: 1,
  location: { file: "a.yaml", line: 1, column: 1 },
};

const correction = (startMs: number, endMs: number, id = "c"): Correction => ({
  id,
  name: id,
  reason: "maintenance",
  author: "ops",
  selects: { slos: ["*"], services: [], labels: {} },
  schedule: { startMs, endMs, rrule: undefined, timeZone: "UTC", ends: "length" },
  origin: { kind: "api", createdAtMs: 0 },
});

/** Counts of buckets or slices, which count where they end. */
type Series = ReadonlyMap<number, SliCounts>;

function judge(slo: Slo, series: Series, exclusion: Exclusion): SloVerdict {
  const unitMs = slo.method.kind === "occurrences" ? BUCKET_MS : slo.method.sliceMs;
  const by = (excluded: Exclusion | undefined): SloVerdict =>
    judgeSlo(
      slo,
      (_, windowMs) => {
        const out = excluded && excludedFor(excluded, slo.method, END - windowMs - unitMs, END);
        const sum = { good: 0, total: 0 };
        for (const [endMs, { good, total }] of series) {
          if (endMs > END || endMs <= END - windowMs) continue;
          if (out?.some((interval) => interval.startMs < endMs && interval.endMs > endMs - unitMs)) continue;
          sum.good += good;
          sum.total += total;
        }
        return sum;
      },
      AT,
      () => 0,
      excluded,
    );
  return judgeCorrected(by, exclusion);
}

/** One event each ten seconds of the last day, all bad in an outage of the last half hour. */
function outage(): Series {
  const series = new Map<number, SliCounts>();
  for (let endMs = END; endMs > END - DAY_MS; endMs -= BUCKET_MS) {
    series.set(endMs, { good: endMs > END - 30 * MINUTE_MS ? 0 : 1, total: 1 });
  }
  return series;
}
const alertOf = (verdict: SloVerdict, name: string) =>
  verdict.alerts[0]!.tiers.find(({ tier }) => tier.name === name)!;

describe("a corrected verdict", () => {
  it("burns nothing of what is excluded, and has what was burnt beside it", () => {
    const verdict = judge(SLO, outage(), createExclusion([correction(END - 30 * MINUTE_MS, END)]));
    expect(verdict).toMatchObject({ state: "met", budget: { sli: 1, remainingRatio: 1 } });
    expect(alertOf(verdict, "fast")).toMatchObject({ breaching: false, calm: true });
    expect(verdict.corrected?.raw.state).toBe("breached");
    expect(verdict.corrected?.raw.budget.counts).toEqual({ good: 8_460, total: 8_640 });
    expect(removedCounts(verdict)).toEqual({ bad: 180, total: 180 });
  });

  it("tells of the corrections in the window alone, with their times", () => {
    const inside = correction(END - HOUR_MS, END - HOUR_MS + 1_000, "inside");
    const before = correction(END - 3 * DAY_MS, END - 2 * DAY_MS, "before");
    const later = correction(END + HOUR_MS, END + 2 * HOUR_MS, "later");
    const verdict = judge(SLO, outage(), createExclusion([before, inside, later]));
    expect(verdict.corrected?.corrections.map((found) => [found.correction.id, found.intervals])).toEqual([
      ["inside", [{ startMs: END - HOUR_MS, endMs: END - HOUR_MS + 1_000 }]],
    ]);
  });

  it("does not take the silence of excluded time for missing data, nor what is not over yet", () => {
    const silent = new Map([...outage()].filter(([endMs]) => endMs <= END - 40 * MINUTE_MS));
    const isTold = (startMs: number, endMs: number): boolean =>
      alertOf(judge(SLO, silent, createExclusion([correction(startMs, endMs)])), "silent").breaching;
    expect(isTold(END - 40 * MINUTE_MS, END + HOUR_MS)).toBe(false);
    expect(isTold(END - 40 * MINUTE_MS, END - 20 * MINUTE_MS)).toBe(false);
    // Half an hour of silence after its end says something again.
    expect(isTold(END - 40 * MINUTE_MS, END - 35 * MINUTE_MS)).toBe(true);
    expect(isTold(END + HOUR_MS, END + 2 * HOUR_MS)).toBe(true);
  });

  it("does not count empty slices of excluded time as missing", () => {
    const method: BudgetingMethod = {
      kind: "timeslices",
      sliceMs: durationMs(MINUTE_MS),
      sliceTarget: 0.5,
    };
    const slo: Slo = { ...SLO, method, noData: "bad", alerts: [] };
    const silentFrom = END - 3 * HOUR_MS;
    const slices = new Map<number, SliCounts>();
    for (let endMs = END; endMs > END - DAY_MS; endMs -= MINUTE_MS) {
      if (endMs <= silentFrom || endMs > END - HOUR_MS) slices.set(endMs, { good: 1, total: 1 });
    }
    const whole = judge(slo, slices, createExclusion([correction(silentFrom, END - HOUR_MS)]));
    expect(whole.budget.counts).toEqual({ good: 1_320, total: 1_320 });
    expect(whole.corrected?.raw.budget.counts).toMatchObject({ good: 1_320, total: 1_440, missing: 120 });
    const half = judge(slo, slices, createExclusion([correction(silentFrom, END - 2 * HOUR_MS)]));
    expect(half.budget.counts).toMatchObject({ good: 1_320, total: 1_380, missing: 60 });
  });

  it("has a budget of slices for the rest of a calendar period, excluded ones to come left out", () => {
    const method: BudgetingMethod = {
      kind: "timeslices",
      sliceMs: durationMs(MINUTE_MS),
      sliceTarget: 0.5,
    };
    const slo: Slo = {
      ...SLO,
      method,
      alerts: [],
      window: { kind: "calendar", unit: "day", count: 1, startsAt: 0, timeZone: "UTC" },
    };
    const slices = new Map<number, SliCounts>();
    for (let endMs = END; endMs > END - 12 * HOUR_MS; endMs -= MINUTE_MS)
      slices.set(endMs, { good: 1, total: 1 });
    const tonight = createExclusion([correction(END + 6 * HOUR_MS, END + 12 * HOUR_MS)]);
    const verdict = judge(slo, slices, tonight);
    expect(verdict.corrected?.raw.budget.remainingEvents).toBeCloseTo(14.4, 9);
    expect(verdict.budget.remainingEvents).toBeCloseTo(10.8, 9);
  });

  it("is the raw one without what is removed, for every exclusion", () => {
    const minutes = fc.integer({ min: -30 * 60, max: 60 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(minutes, fc.integer({ min: 1, max: 600 })), { minLength: 1, maxLength: 3 }),
        (list) => {
          const corrections = list.map(([from, length], i) =>
            correction(END + from * MINUTE_MS, END + (from + length) * MINUTE_MS, `c${i}`),
          );
          const verdict = judge(SLO, outage(), createExclusion(corrections));
          const { raw } = verdict.corrected!;
          const { bad, total } = removedCounts(verdict);
          expect(verdict.budget.counts.total).toBe(raw.budget.counts.total - total);
          expect(verdict.budget.counts.good).toBe(raw.budget.counts.good - (total - bad));
          expect(bad).toBeLessThanOrEqual(total);
          expect(total).toBeGreaterThanOrEqual(0);
          for (const [i, burn] of verdict.burns.entries())
            expect(burn.counts.total).toBeLessThanOrEqual(raw.burns[i]!.counts.total);
        },
      ),
      { numRuns: 30 },
    );
  });
});
