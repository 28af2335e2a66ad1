import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, durationMs, HOUR_MS } from "../model/time.ts";
import { fakeSlo } from "../record/fake-slos.ts";
import { windowAt } from "../slo/slo-window.ts";
import { buildReport, type PeriodCounts, type ReportInput } from "./build-report.ts";
import { periodSlo } from "./period-slo.ts";
import { reportEpisodes, type FiredEpisode } from "./report-episodes.ts";
import { parsePeriod } from "./report-period.ts";

const NOW_MS = Date.UTC(2026, 10, 3, 9);
const slo = fakeSlo();

function input(more: Partial<ReportInput> = {}, period = "2026-10"): ReportInput {
  const parsed = parsePeriod(period, NOW_MS, "UTC");
  if (!parsed.ok) throw new Error(parsed.problem);
  return {
    nowMs: NOW_MS,
    period: parsed.period,
    previous: parsed.previous,
    slos: [slo],
    counted: new Map(),
    countedBefore: new Map(),
    coveredFromMs: () => 0,
    episodes: [],
    episodesKeptFromMs: 0,
    redefined: new Set(),
    ...more,
  };
}

function counted(
  good: number,
  total: number,
  remainingRatio: number | undefined,
  eventDays = 31,
): PeriodCounts {
  const counts = { good, total };
  return { counts, remainingRatio, raw: { counts, remainingRatio }, eventDays };
}

describe("a report", () => {
  it("never calls silence a success", () => {
    const report = buildReport(input({ counted: new Map([[slo.name, counted(0, 0, undefined, 0)]]) }));
    expect(report.slos[0]).toMatchObject({ result: "no_data", sli: null, budgetSpentRatio: null });
    expect(report.slos[0]?.coverage.text).toBe("31 days, 31 without an event");
    expect(report.totals).toMatchObject({ met: 0, missed: 0, noData: 1 });
  });

  it("calls a budget that is spent to the last event met, and one event more missed", () => {
    const at = (bad: number) => {
      const numbers = counted(100_000 - bad, 100_000, 1 - bad / 100_000 / 0.001);
      return buildReport(input({ counted: new Map([[slo.name, numbers]]) })).slos[0]?.result;
    };
    expect([at(99), at(100), at(101)]).toEqual(["met", "met", "missed"]);
  });

  it("tells what is not covered, of a period that goes on as well", () => {
    const coverage = (period: string, coveredFromMs: number | undefined, eventDays = 31) =>
      buildReport(
        input(
          {
            coveredFromMs: () => coveredFromMs,
            counted: new Map([[slo.name, counted(9, 10, 0.5, eventDays)]]),
          },
          period,
        ),
      ).slos[0]?.coverage.text;
    expect(coverage("2026-10", Date.UTC(2026, 9, 20))).toBe("covered 12 of 31 days");
    expect(coverage("2026-10", Date.UTC(2026, 9, 20), 9)).toBe("covered 12 of 31 days, 3 without an event");
    expect(coverage("2026-10", Date.UTC(2026, 10, 2))).toBe("covered 0 of 31 days");
    expect(coverage("2026-11", 0)).toBe("3 days");
    expect(coverage("2026-11", undefined, 0)).toBe("covered 0 of 3 days");
  });

  it("says what else to know: definitions that changed, episodes that are gone, a period that goes on", () => {
    const redefined = buildReport(
      input({ redefined: new Set([slo.name]), episodesKeptFromMs: NOW_MS - DAY_MS }),
    );
    expect(redefined.slos[0]?.notes).toContain(
      "Its definition changed in this period: all of it is reported by the one of today.",
    );
    expect(redefined.notes[0]).toMatch(/^Episodes from before 2026-11-02 09:00:00 UTC are deleted/);
    expect(buildReport(input({}, "2026-11")).period.isOver).toBe(false);
  });

  it("adds up: services and owners each hold every SLO once", () => {
    const slos = fc.array(
      fc.record({
        service: fc.constantFrom("a", "b"),
        owner: fc.constantFrom("x", "y", undefined),
        bad: fc.integer({ min: 0, max: 100 }),
        total: fc.constantFrom(0, 100),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(slos, (list) => {
        const made = list.map(({ service, owner }, i) => fakeSlo({ name: `s${i}`, service, owner }));
        const numbers = new Map(
          list.map(({ bad, total }, i) => [
            `s${i}`,
            counted(total - bad, total, total === 0 ? undefined : 1 - bad / 10),
          ]),
        );
        const { totals, services, owners } = buildReport(input({ slos: made, counted: numbers }));
        for (const groups of [services, owners]) {
          for (const key of ["slos", "met", "missed", "noData", "episodes", "firingMs"] as const) {
            expect(groups.reduce((sum, group) => sum + group[key], 0)).toBe(totals[key]);
          }
        }
        expect(totals.met + totals.missed + totals.noData).toBe(totals.slos);
      }),
    );
  });
});

describe("the episodes of a report", () => {
  const fired = (id: string, severity: "critical" | "warning", from: number, to?: number): FiredEpisode => ({
    id,
    sloName: slo.name,
    alertKey: severity,
    severity,
    tier: "t",
    firedMs: from * HOUR_MS,
    resolvedMs: to === undefined ? undefined : to * HOUR_MS,
  });

  it("count their time within the period, and overlaps once", () => {
    const found = reportEpisodes(
      [
        fired("a", "warning", -5, 2),
        fired("b", "critical", 1, 3),
        fired("c", "warning", 8),
        fired("d", "warning", 20, 21),
      ],
      0,
      10 * HOUR_MS,
    );
    expect(found).toMatchObject({ count: 3, critical: 1, warning: 2, firingMs: 5 * HOUR_MS });
    expect(found.worst?.id).toBe("b");
    expect(found.longest).toMatchObject({ id: "a", firingMs: 2 * HOUR_MS });
    expect(reportEpisodes([], 0, 1)).toMatchObject({ count: 0, worst: null, longest: null });
  });
});

describe("an SLO over a period", () => {
  it("keeps its own window where that is the period, and looks back over exactly the period otherwise", () => {
    const { period } = input();
    const rolling = periodSlo(slo, period.startMs, period.endMs, NOW_MS);
    expect(windowAt(rolling.slo.window, rolling.atMs)).toEqual({
      startMs: period.startMs,
      endMs: period.endMs,
    });
    const monthly = fakeSlo({
      window: { kind: "calendar", unit: "month", count: 1, startsAt: Date.UTC(2026, 0, 1), timeZone: "UTC" },
      windowMs: durationMs(30 * DAY_MS),
    });
    expect(periodSlo(monthly, period.startMs, period.endMs, NOW_MS).slo.window).toBe(monthly.window);
    const running = periodSlo(slo, NOW_MS - DAY_MS, NOW_MS + DAY_MS, NOW_MS + 3_000);
    expect(windowAt(running.slo.window, running.atMs)).toEqual({
      startMs: NOW_MS - DAY_MS,
      endMs: NOW_MS + 10_000,
    });
  });
});
