import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs, timestampMs } from "../model/time.ts";
import { BUCKET_MS, bucketStartMs, type SliCounts } from "./bucket.ts";
import { OCCURRENCES, type BudgetingMethod, type SliceMethod } from "./budgeting-method.ts";
import { burnRate } from "./burn-rate.ts";
import { compositeTarget } from "./composite.ts";
import type { CountPart } from "./count-parts.ts";
import { defineCompositeIndicator, defineTracesIndicator } from "./define-indicator.ts";
import { evaluateSlo } from "./evaluate-slo.ts";
import { judgeSlo, partWindows } from "./judge-slo.ts";
import { NO_DATA_GRACE_MS, withMissingSlices } from "./no-data-policy.ts";
import type { AlertDefinition, BurnOperator, Slo } from "./slo.ts";
import { workbookAlerts } from "./workbook-tiers.ts";

const AT = timestampMs(1_800_000_000_000);
const indicatorOf = (name: string) =>
  defineTracesIndicator({ total: `{ name = "${name}" }`, outcome: "good", query: "{ status = ok }" });
const month = durationMs(30 * DAY_MS);

function sloWith(changes: Partial<Slo> = {}): Slo {
  return {
    name: "shop",
    displayName: "shop",
    description: "",
    service: "shop",
    owner: undefined,
    runbookUrl: undefined,
    labels: {},
    annotations: {},
    objectiveName: "",
    target: 0.999,
    window: { kind: "rolling", ms: month },
    windowMs: month,
    method: OCCURRENCES,
    indicator: indicatorOf("a"),
    alerts: workbookAlerts(month, 0.999),
    minEvents: 1,
    location: { file: "a.yaml", line: 1, column: 1 },
    ...changes,
  };
}

interface Part {
  readonly target: number;
  readonly weight: number;
  readonly method?: BudgetingMethod;
}

function composite(parts: readonly Part[], changes: Partial<Slo> = {}): Slo {
  const target = compositeTarget(parts);
  const indicator = defineCompositeIndicator(
    parts.map(({ method = OCCURRENCES, ...part }, i) => ({
      ...part,
      name: `part-${i}`,
      indicator: indicatorOf(`part-${i}`),
      method,
    })),
  );
  return sloWith({ target, indicator, alerts: workbookAlerts(month, target), ...changes });
}

/** The same counts in every window, by the index of the part. */
const judge = (slo: Slo, counts: readonly SliCounts[], covered = 0) =>
  judgeSlo(
    slo,
    ({ indicator }) => {
      const { indicator: whole } = slo;
      if (whole.source !== "composite") return counts[0]!;
      return counts[whole.parts.findIndex((part) => part.indicator.id === indicator.id)]!;
    },
    AT,
    () => covered,
  );

const counts = fc
  .tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }))
  .map(([a, b]) => ({ good: Math.min(a, b), total: Math.max(a, b) }));
const part = fc.record({
  target: fc.constantFrom(0.5, 0.9, 0.99, 0.999),
  weight: fc.constantFrom(1, 2, 7),
  counts,
});

describe("a composite", () => {
  it("has left what its parts have left, by weight, and what they spent adds up", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), (parts) => {
        const { budget } = judge(
          composite(parts),
          parts.map((each) => each.counts),
        );
        const heard = parts.filter((each) => each.counts.total > 0);
        const weights = heard.reduce((sum, { weight }) => sum + weight, 0);
        if (heard.length === 0) return expect(budget.remainingRatio).toBeUndefined();
        const spent = heard.map((each) => (each.weight / weights) * burnRate(each.counts, each.target)!);
        const whole = spent.reduce((sum, value) => sum + value, 0);
        const near = (value: number): void =>
          expect(Math.abs(value - whole)).toBeLessThanOrEqual(1e-9 * Math.max(1, whole));
        near(1 - budget.remainingRatio!);
        near(budget.composite!.parts.reduce((sum, { spentRatio }) => sum + (spentRatio ?? 0), 0));
      }),
    );
  });

  it("of one part is judged as the part alone", () => {
    fc.assert(
      fc.property(part, ({ target, weight, counts }) => {
        const whole = judge(composite([{ target, weight }]), [counts]);
        const alone = judge(sloWith({ target, alerts: workbookAlerts(month, target) }), [counts]);
        expect(whole.state).toBe(alone.state);
        expect(
          whole.alerts.map(({ tiers }) => tiers.map(({ breaching, calm }) => [breaching, calm])),
        ).toEqual(alone.alerts.map(({ tiers }) => tiers.map(({ breaching, calm }) => [breaching, calm])));
        expect(whole.budget.sli).toBe(alone.budget.sli);
      }),
    );
  });

  it("judges slices of a calendar month by all slices of the month", () => {
    const method: BudgetingMethod = { kind: "timeslices", sliceMs: durationMs(HOUR_MS), sliceTarget: 0.9 };
    const window = { kind: "calendar", unit: "month", count: 1, startsAt: 0, timeZone: "UTC" } as unknown;
    const slo = composite(
      [
        { target: 0.9, weight: 1, method },
        { target: 0.9, weight: 1, method },
      ],
      { window: window as Slo["window"] },
    );
    const { budget, window: period } = judge(slo, [
      { good: 90, total: 100 },
      { good: 100, total: 100 },
    ]);
    const slices = (period.endMs - period.startMs) / HOUR_MS;
    expect(budget.remainingRatio).toBeCloseTo(1 - 10 / slices / 0.1 / 2, 9);
  });

  it("asks for no window that was not announced", () => {
    const method: BudgetingMethod = {
      kind: "timeslices",
      sliceMs: durationMs(10 * MINUTE_MS),
      sliceTarget: 0.9,
    };
    const slos = [
      composite(
        [
          { target: 0.9, weight: 1, method },
          { target: 0.99, weight: 1, method },
        ],
        { noData: "bad" },
      ),
      sloWith({ method, noData: "good" }),
      composite([
        { target: 0.9, weight: 1 },
        { target: 0.99, weight: 1 },
      ]),
    ];
    for (const slo of slos) {
      judgeSlo(
        slo,
        (each: CountPart, windowMs) => {
          const { windowsMs, longestMs } = partWindows(slo, each, AT);
          expect(windowsMs).toContain(windowMs);
          expect(windowMs).toBeLessThanOrEqual(longestMs);
          return { good: 1, total: 1 };
        },
        AT,
        () => 0,
      );
    }
  });

  it("is not sure of few events of one part because of the many of another", () => {
    const parts = [
      { target: 0.999, weight: 1 },
      { target: 0.999, weight: 1 },
    ];
    const few = { good: 8, total: 10 };
    const many = { good: 1_000_000, total: 1_000_000 };
    const held = judge(composite(parts, { minEvents: 1_000 }), [few, many]);
    expect(held.alerts[0]!.tiers[0]!.breaching).toBe(false);
    const known = judge(composite(parts, { minEvents: 30 }), [few, many]);
    expect(known.alerts[0]!.tiers[0]!.breaching).toBe(true);
  });
});

describe("a tier with a floor", () => {
  const definition = (operator: BurnOperator): AlertDefinition => ({
    key: "policy/low",
    severity: "warning",
    tiers: [
      {
        name: "low",
        longWindowMs: durationMs(HOUR_MS),
        shortWindowMs: undefined,
        burnThreshold: 1,
        operator,
        alertAfterMs: durationMs(0),
        resolveAfterMs: durationMs(0),
      },
    ],
  });
  const tier = (operator: BurnOperator, events: SliCounts) =>
    evaluateSlo(sloWith({ target: 0.99, alerts: [definition(operator)] }), () => events, AT).alerts[0]!
      .tiers[0]!;

  it.each<[BurnOperator, number, boolean]>([
    ["lt", 50, true],
    ["lt", 100, false],
    ["lt", 150, false],
    ["lte", 100, true],
    ["gt", 100, false],
    ["gte", 100, true],
  ])("%s 1 with %i bad of 10000", (operator, bad, breaches) => {
    const judged = tier(operator, { good: 10_000 - bad, total: 10_000 });
    expect([judged.breaching, judged.calm]).toEqual([breaches, !breaches]);
  });

  it("needs events, and so many that a low burn is no chance", () => {
    expect(tier("lt", { good: 0, total: 0 })).toMatchObject({ breaching: false, calm: true });
    expect(tier("lt", { good: 20, total: 20 })).toMatchObject({ breaching: false, heldBack: true });
    expect(tier("lt", { good: 2_000, total: 2_000 })).toMatchObject({ breaching: true });
  });
});

describe("slices without events", () => {
  const sliceMs = durationMs(MINUTE_MS);
  const method: SliceMethod = { kind: "timeslices", sliceMs, sliceTarget: 0.9 };
  const endMs = bucketStartMs(AT) + BUCKET_MS;
  /** Which of the slices up to now have events, the newest first. */
  const history = (present: readonly boolean[]) => (windowMs: number) => {
    let total = 0;
    for (const [i, isPresent] of present.entries()) {
      const sliceEndMs = Math.floor(endMs / sliceMs) * sliceMs - i * sliceMs;
      if (isPresent && sliceEndMs <= endMs && sliceEndMs > endMs - windowMs) total += 1;
    }
    return { good: total, total };
  };

  it("count as the policy says, once they are over for a while, and never where nothing is known", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 0, maxLength: 90 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 0, max: 90 }),
        fc.constantFrom<"bad" | "good">("bad", "good"),
        (present, minutes, knownMinutes, policy) => {
          const windowMs = minutes * MINUTE_MS;
          const knownMs = Math.floor(endMs / sliceMs) * sliceMs - knownMinutes * MINUTE_MS;
          // What is older than what is known was not counted.
          const seen = present.filter((_, i) => i < knownMinutes);
          const source = { policy, method, counts: history(seen), coveredFromMs: knownMs };
          const judged = withMissingSlices(source, windowMs, AT);
          const events = history(seen)(windowMs);
          let missing = 0;
          for (let i = 0; i < knownMinutes; i += 1) {
            const sliceEndMs = Math.floor(endMs / sliceMs) * sliceMs - i * sliceMs;
            const isDue = sliceEndMs <= endMs - NO_DATA_GRACE_MS && sliceEndMs > endMs - windowMs;
            if (isDue && windowMs > NO_DATA_GRACE_MS && seen[i] !== true) missing += 1;
          }
          expect(judged.missing ?? 0).toBe(missing);
          expect(judged.total).toBe(events.total + missing);
          expect(judged.good).toBe(events.good + (policy === "good" ? missing : 0));
        },
      ),
    );
  });

  it("spend the budget of a silent service, which still has no data", () => {
    const silent = (noData: Slo["noData"]) =>
      judge(sloWith({ method, ...(noData && { noData }) }), [{ good: 0, total: 0 }], AT - DAY_MS);
    expect(silent(undefined).state).toBe("no_data");
    expect(silent("bad").state).toBe("breached");
    expect(silent("bad").budget.sli).toBe(0);
    expect(silent("good").budget.sli).toBe(1);
    expect(silent("good").budget.counts.missing).toBe(silent("good").budget.counts.total);
  });
});
