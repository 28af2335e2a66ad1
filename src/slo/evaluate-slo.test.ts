import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs, timestampMs } from "../model/time.ts";
import { OCCURRENCES } from "./budgeting-method.ts";
import type { SliCounts } from "./bucket.ts";
import { defineTracesIndicator } from "./define-indicator.ts";
import { evaluateSlo, evaluationWindowsMs, longestWindowMs } from "./evaluate-slo.ts";
import type { AlertTier, Slo } from "./slo.ts";
import { workbookAlerts } from "./workbook-tiers.ts";

const AT = timestampMs(1_800_000_000_000);
const WINDOW_MS = durationMs(30 * DAY_MS);

function sloWith(changes: Partial<Slo> = {}): Slo {
  const target = changes.target ?? 0.999;
  return {
    name: "payment-availability",
    displayName: "Payment",
    description: "",
    service: "payment",
    owner: undefined,
    runbookUrl: undefined,
    labels: {},
    annotations: {},
    objectiveName: "",
    target,
    window: { kind: "rolling", ms: changes.windowMs ?? WINDOW_MS },
    windowMs: WINDOW_MS,
    method: OCCURRENCES,
    indicator: defineTracesIndicator({
      total: "{ kind = server }",
      outcome: "good",
      query: "{ status = ok }",
    }),
    alerts: workbookAlerts(WINDOW_MS, target),
    minEvents: 1,
    location: { file: "a.yaml", line: 1, column: 1 },
    ...changes,
  };
}

/** Nested windows hold nested events, as in life: each longer window adds to the one before. */
const nestedCounts = fc
  .array(fc.tuple(fc.nat({ max: 100_000 }), fc.nat({ max: 100_000 })), { minLength: 9, maxLength: 9 })
  .map((parts) => {
    const windows = [
      300_000,
      1_800_000,
      3_600_000,
      7_200_000,
      21_600_000,
      86_400_000,
      259_200_000,
      WINDOW_MS,
    ];
    return (windowMs: number): SliCounts => {
      const upTo = parts.slice(0, windows.filter((size) => size <= windowMs).length);
      const good = upTo.reduce((sum, [value]) => sum + value, 0);
      return { good, total: good + upTo.reduce((sum, [, value]) => sum + value, 0) };
    };
  });
const target = fc.constantFrom(0, 0.5, 0.9, 0.99, 0.999, 0.9999);
const uniform = (good: number, total: number) => (): SliCounts => ({ good, total });

describe("evaluateSlo", () => {
  it("never calls a breaching tier calm", () => {
    fc.assert(
      fc.property(nestedCounts, target, fc.integer({ min: 1, max: 1_000 }), (counts, value, minEvents) => {
        const verdict = evaluateSlo(sloWith({ target: value, minEvents }), counts, AT);
        for (const alert of verdict.alerts) {
          for (const tier of alert.tiers) expect(tier.breaching && tier.calm).toBe(false);
        }
      }),
    );
  });

  it("never gives NaN or an infinity, whatever the counts", () => {
    const anyCounts = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(anyCounts, target, ([good, total], value) => {
        const text = JSON.stringify(
          evaluateSlo(sloWith({ target: value }), uniform(good, total), AT),
          (_, entry) => (typeof entry === "number" && !Number.isFinite(entry) ? "not finite" : entry),
        );
        expect(text).not.toContain("not finite");
      }),
    );
  });

  it("tells no data from good and from bad", () => {
    const verdict = evaluateSlo(sloWith(), uniform(0, 0), AT);
    expect(verdict.state).toBe("no_data");
    expect(verdict.burns.every(({ burnRate }) => burnRate === undefined)).toBe(true);
    expect(
      verdict.alerts.flatMap(({ tiers }) => tiers).every(({ breaching, calm }) => !breaching && calm),
    ).toBe(true);
  });

  it("is met within the budget, at risk while a tier breaches, breached when the budget is spent", () => {
    const recent = (windowMs: number): SliCounts =>
      windowMs <= HOUR_MS ? { good: 900, total: 1_000 } : { good: 999_900, total: 1_000_000 };
    expect(evaluateSlo(sloWith(), uniform(9_999, 10_000), AT).state).toBe("met");
    expect(evaluateSlo(sloWith(), recent, AT).state).toBe("at_risk");
    expect(evaluateSlo(sloWith(), uniform(900, 1_000), AT).state).toBe("breached");
  });

  it("needs both windows above the burn, and `gt` means above", () => {
    const only =
      (breachingMs: number) =>
      (windowMs: number): SliCounts =>
        windowMs === breachingMs ? { good: 0, total: 100 } : { good: 100, total: 100 };
    const quick = (counts: (windowMs: number) => SliCounts): boolean =>
      evaluateSlo(sloWith(), counts, AT).alerts[0]!.tiers[0]!.breaching;
    expect(quick(only(HOUR_MS))).toBe(false);
    expect(quick(only(5 * MINUTE_MS))).toBe(false);
    expect(quick(uniform(0, 100))).toBe(true);
    expect(quick(uniform(9_856, 10_000))).toBe(false);
    expect(quick(uniform(9_855, 10_000))).toBe(true);
  });

  it("waits for the events that min-events asks for", () => {
    const breaching = (minEvents: number): boolean =>
      evaluateSlo(sloWith({ minEvents }), uniform(0, 99), AT).alerts[0]!.tiers[0]!.breaching;
    expect(breaching(99)).toBe(true);
    expect(breaching(100)).toBe(false);
  });

  it("does not take silence in the short window for recovery while the long one breaches", () => {
    const silent = (windowMs: number): SliCounts =>
      windowMs <= 5 * MINUTE_MS ? { good: 0, total: 0 } : { good: 0, total: 100 };
    const { breaching, calm } = evaluateSlo(sloWith(), silent, AT).alerts[0]!.tiers[0]!;
    expect({ breaching, calm }).toEqual({ breaching: false, calm: false });
  });

  it("judges a policy without a short window by its one window", () => {
    const tier: AlertTier = {
      name: "fast",
      longWindowMs: HOUR_MS,
      shortWindowMs: undefined,
      burnThreshold: 2,
      operator: "gte",
      alertAfterMs: durationMs(0),
      resolveAfterMs: durationMs(HOUR_MS / 2),
    };
    const alerts = [{ key: "policy/fast", severity: "critical" as const, tiers: [tier] }];
    const slo = sloWith({ alerts, lowTrafficGate: null });
    const at = (bad: number) => evaluateSlo(slo, uniform(1_000 - bad, 1_000), AT).alerts[0]!.tiers[0]!;
    expect(at(2)).toMatchObject({ breaching: true, calm: false, short: undefined });
    expect(at(1)).toMatchObject({ breaching: false, calm: true });
  });

  it("asks once for each window it announces, and reports the tiers' windows and its own, shortest first", () => {
    const asked: number[] = [];
    const slo = sloWith();
    const verdict = evaluateSlo(
      slo,
      (windowMs) => {
        asked.push(windowMs);
        return { good: 1, total: 1 };
      },
      AT,
    );
    expect(asked.sort((a, b) => a - b)).toEqual(evaluationWindowsMs(slo, AT));
    expect(verdict.burns.map(({ windowMs }) => windowMs)).toEqual([
      300_000,
      1_800_000,
      3_600_000,
      7_200_000,
      21_600_000,
      86_400_000,
      259_200_000,
      WINDOW_MS,
    ]);
  });

  it("judges a calendar window by the period so far, and alerts by what lies behind, across its start", () => {
    const startMs = Date.UTC(2027, 0, 1, 5);
    const at = timestampMs(startMs + 600_000);
    const window = {
      kind: "calendar" as const,
      unit: "month" as const,
      count: 1,
      startsAt: Date.UTC(2020, 0, 1),
      timeZone: "America/New_York",
    };
    const asked: number[] = [];
    const counts = (windowMs: number): SliCounts => {
      asked.push(windowMs);
      return windowMs === 610_000 ? { good: 50, total: 50 } : { good: 0, total: 100 };
    };
    const slo = sloWith({ window });
    const verdict = evaluateSlo(slo, counts, at);
    expect(verdict.window).toEqual({ startMs, endMs: Date.UTC(2027, 1, 1, 5) });
    expect(verdict.budget).toMatchObject({ counts: { good: 50, total: 50 }, remainingRatio: 1 });
    expect(verdict.alerts[0]!.tiers[0]!.breaching).toBe(true);
    expect(verdict.burns.at(-1)).toMatchObject({ windowMs: WINDOW_MS, counts: { good: 50, total: 50 } });
    expect(asked.sort((a, b) => a - b)).toEqual(evaluationWindowsMs(slo, at));
    expect(longestWindowMs(slo)).toBeGreaterThanOrEqual(31 * DAY_MS);
  });

  it("finds no data in an empty window, once counts reach back as far", () => {
    const tier: AlertTier = {
      kind: "no-data",
      name: "silent",
      longWindowMs: HOUR_MS,
      shortWindowMs: undefined,
      burnThreshold: 0,
      operator: "gt",
      alertAfterMs: durationMs(0),
      resolveAfterMs: durationMs(0),
    };
    const slo = sloWith({ alerts: [{ key: "policy/silent", severity: "warning", tiers: [tier] }] });
    const judged = (total: number, coveredFromMs?: number) =>
      evaluateSlo(slo, uniform(0, total), AT, coveredFromMs).alerts[0]!.tiers[0]!;
    expect(judged(0)).toMatchObject({ breaching: true, calm: false });
    expect(judged(0, AT - HOUR_MS)).toMatchObject({ breaching: true, calm: false });
    expect(judged(0, AT - HOUR_MS + 1)).toMatchObject({ breaching: false, calm: false });
    expect(judged(1)).toMatchObject({ breaching: false, calm: true });
  });

  it("asks for a slice at least, and has the budget of a whole calendar period of them", () => {
    const asked: number[] = [];
    const method = { kind: "timeslices" as const, sliceMs: HOUR_MS, sliceTarget: 0.95 };
    const window = {
      kind: "calendar" as const,
      unit: "month" as const,
      count: 1,
      startsAt: Date.UTC(2020, 0, 1),
      timeZone: "UTC",
    };
    const at = timestampMs(Date.UTC(2026, 5, 11));
    const slo = sloWith({ method, window, target: 0.99, alerts: workbookAlerts(WINDOW_MS, 0.99) });
    const verdict = evaluateSlo(
      slo,
      (windowMs) => {
        asked.push(windowMs);
        return { good: 236, total: 240 };
      },
      at,
    );
    expect(Math.min(...asked)).toBe(HOUR_MS);
    expect(asked.sort((a, b) => a - b)).toEqual(evaluationWindowsMs(slo, at));
    // June has 720 hours, 7.2 of which may be bad; 4 are.
    expect(verdict.budget.remainingRatio).toBeCloseTo(3.2 / 7.2);
    expect(verdict.budget.sli).toBeCloseTo(236 / 240);
  });

  describe("with few events", () => {
    const quick = (bad: number, total: number, changes: Partial<Slo> = {}) =>
      evaluateSlo(sloWith(changes), uniform(total - bad, total), AT).alerts[0]!.tiers[0]!;

    it("does not alert on what may be chance, and says so", () => {
      // The threshold is 1.44 % of errors. Two in 100 are above it, and so are 0.55 % to 7 %.
      const held = quick(2, 100);
      expect(held).toMatchObject({ breaching: false, heldBack: true, interval: { confidence: 0.95 } });
      expect(held.interval!.low).toBeCloseTo(0.0055, 4);
      expect(held.interval!.high).toBeCloseTo(0.07, 3);
      expect(quick(5, 100).breaching).toBe(true);
      expect(quick(1, 1).breaching).toBe(true);
    });

    it("judges ten bad events and more by the burn rate alone", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 10, max: 1_000 }),
          fc.integer({ min: 0, max: 1_000_000 }),
          (bad, good) => {
            const judged = quick(bad, bad + good);
            expect(judged.breaching).toBe(quick(bad, bad + good, { lowTrafficGate: null }).breaching);
            expect(judged.heldBack).toBeUndefined();
          },
        ),
      );
    });

    it("alerts only where the interval clears the threshold, whatever the counts, where the confidence is given", () => {
      const lowTrafficGate = { confidence: 0.95, badEventsBelow: Number.POSITIVE_INFINITY };
      const low = 14.4 * 0.001;
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 10_000 }), (bad, good) => {
          const judged = quick(bad, bad + good, { lowTrafficGate });
          expect(judged.breaching).toBe(judged.interval!.low > low);
        }),
      );
    });

    it("alerts on a single bad event where that is asked for", () => {
      expect(quick(1, 60)).toMatchObject({ breaching: false, heldBack: true });
      expect(quick(1, 60, { lowTrafficGate: null }).breaching).toBe(true);
      expect(quick(1, 60, { lowTrafficGate: null }).interval).toBeUndefined();
    });
  });
});
