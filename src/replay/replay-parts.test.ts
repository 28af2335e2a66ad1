import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { OCCURRENCES, type BudgetingMethod } from "../slo/budgeting-method.ts";
import { compositeTarget } from "../slo/composite.ts";
import { defineCompositeIndicator, defineTracesIndicator } from "../slo/define-indicator.ts";
import type { AlertDefinition, BurnOperator, Slo } from "../slo/slo.ts";
import { workbookAlerts } from "../slo/workbook-tiers.ts";
import { replaySlo } from "./replay-slo.ts";
import { trafficCounts, type TrafficStep } from "./traffic.ts";

const T0 = 1_800_000_000_000;
const indicatorOf = (name: string) =>
  defineTracesIndicator({ total: `{ name = "${name}" }`, outcome: "good", query: "{ status = ok }" });

function sloWith(changes: Partial<Slo>): Slo {
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
    window: { kind: "rolling", ms: durationMs(30 * DAY_MS) },
    windowMs: durationMs(30 * DAY_MS),
    method: OCCURRENCES,
    indicator: indicatorOf("a"),
    alerts: workbookAlerts(durationMs(30 * DAY_MS), 0.999),
    minEvents: 1,
    location: { file: "shop.yaml", line: 1, column: 1 },
    ...changes,
  };
}

function composite(parts: readonly { target: number; weight: number; method?: BudgetingMethod }[]): Slo {
  const target = compositeTarget(parts);
  const indicator = defineCompositeIndicator(
    parts.map(({ target, weight, method = OCCURRENCES }, i) => ({
      name: `part-${i}`,
      indicator: indicatorOf(`part-${i}`),
      method,
      target,
      weight,
    })),
  );
  return sloWith({ target, indicator, alerts: workbookAlerts(durationMs(30 * DAY_MS), target) });
}

const even = (durationMs: number, rate: number, errors: number): TrafficStep => ({
  durationMs,
  total: { from: rate, to: rate },
  errors: { from: errors, to: errors },
});
const play = (slo: Slo, traffic: readonly (readonly TrafficStep[])[], exhaustive = false) => {
  const events = traffic.map((steps) => trafficCounts(T0, steps));
  const endMs = Math.min(...events.map((each) => each.endMs));
  return replaySlo(slo, events, { startMs: T0, endMs, exhaustive });
};

const minutes = fc.integer({ min: 1, max: 300 });
const script = fc.array(
  fc.tuple(minutes, fc.constantFrom(0, 0.05, 2, 30), fc.constantFrom(0, 0.0005, 0.003, 0.02, 0.3, 1)),
  { minLength: 1, maxLength: 5 },
);
const stepsOf = (steps: readonly (readonly [number, number, number])[]): readonly TrafficStep[] =>
  steps.map(([length, rate, errors]) => even(length * MINUTE_MS, rate, errors));
const sliced: BudgetingMethod = {
  kind: "timeslices",
  sliceMs: durationMs(5 * MINUTE_MS),
  sliceTarget: 0.99,
};

const sameAlerts = (slo: Slo, traffic: readonly (readonly TrafficStep[])[]): void => {
  const leaping = play(slo, traffic);
  const exhaustive = play(slo, traffic, true);
  expect(leaping.alerts).toEqual(exhaustive.alerts);
};

const floor = (operator: BurnOperator): AlertDefinition => ({
  key: "policy/quiet",
  severity: "warning",
  tiers: [
    {
      name: "quiet",
      longWindowMs: durationMs(HOUR_MS),
      shortWindowMs: undefined,
      burnThreshold: 1,
      operator,
      alertAfterMs: durationMs(5 * MINUTE_MS),
      resolveAfterMs: durationMs(10 * MINUTE_MS),
    },
  ],
});

describe("replaySlo", () => {
  it("finds the same of composites whether it leaps or judges every bucket", () => {
    const target = fc.constantFrom(0.9, 0.99, 0.999);
    const weight = fc.constantFrom(1, 3);
    const method = fc.constantFrom(OCCURRENCES, sliced);
    const part = fc.record({ target, weight, script });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), method, (parts, method) => {
        const slo = composite(parts.map(({ target, weight }) => ({ target, weight, method })));
        sameAlerts(
          slo,
          parts.map(({ script }) => stepsOf(script)),
        );
      }),
      { numRuns: 25 },
    );
  });

  it("finds the same of alerts with a floor, and of slices that count when they are empty", () => {
    const policy = fc.constantFrom<"bad" | "good">("bad", "good");
    fc.assert(
      fc.property(script, fc.constantFrom<BurnOperator>("lt", "lte"), policy, (steps, operator, noData) => {
        sameAlerts(sloWith({ alerts: [floor(operator)] }), [stepsOf(steps)]);
        sameAlerts(sloWith({ method: sliced, noData }), [stepsOf(steps)]);
      }),
      { numRuns: 25 },
    );
  });

  it("of a composite of one part finds what the part alone would", () => {
    fc.assert(
      fc.property(script, fc.constantFrom(OCCURRENCES, sliced), (steps, method) => {
        const whole = play(composite([{ target: 0.999, weight: 2, method }]), [stepsOf(steps)]);
        const alone = play(sloWith({ method }), [stepsOf(steps)]);
        expect(whole.alerts).toEqual(alone.alerts);
      }),
      { numRuns: 15 },
    );
  });

  it("pages when one part of two burns, and says which", () => {
    const slo = composite([
      { target: 0.99, weight: 1 },
      { target: 0.999, weight: 3 },
    ]);
    const quiet = [even(DAY_MS, 10, 0), even(DAY_MS, 10, 0)];
    const burning = [even(DAY_MS, 10, 0), even(HOUR_MS, 10, 0.5), even(23 * HOUR_MS, 10, 0)];
    const replay = play(slo, [quiet, burning]);
    expect(replay.alerts[0]!.episodes).toHaveLength(1);
    const { composite: whole, remainingRatio } = replay.verdictAt(T0 + 2 * DAY_MS).budget;
    expect(whole!.parts.map(({ spentRatio }) => spentRatio! > 0)).toEqual([false, true]);
    const spent = whole!.parts.reduce((sum, part) => sum + part.spentRatio!, 0);
    expect(1 - spent).toBeCloseTo(remainingRatio!, 9);
  });

  it("alerts below a floor, and is calm above it and without events", () => {
    const steps = [even(3 * HOUR_MS, 10, 0.01), even(3 * HOUR_MS, 10, 0), even(3 * HOUR_MS, 10, 0.01)];
    const [episode, ...others] = play(sloWith({ alerts: [floor("lt")] }), [steps]).alerts[0]!.episodes;
    expect(others).toEqual([]);
    expect(episode!.firedMs).toBeGreaterThan(T0 + 3 * HOUR_MS + 30 * MINUTE_MS);
    expect(episode!.resolution).toBe("recovered");
    const silence = [even(6 * HOUR_MS, 0, 0)];
    expect(play(sloWith({ alerts: [floor("lte")] }), [silence]).alerts[0]!.episodes).toEqual([]);
  });

  it("counts empty slices as the policy says, and a no-data alert still hears the silence", () => {
    const missing: AlertDefinition = {
      key: "no-data",
      severity: "warning",
      tiers: [
        {
          ...floor("gt").tiers[0]!,
          kind: "no-data",
          name: "no-data",
          burnThreshold: 0,
          alertAfterMs: durationMs(0),
        },
      ],
    };
    const steps = [even(DAY_MS, 10, 0), even(4 * HOUR_MS, 0, 0)];
    const left = (changes: Partial<Slo>) => {
      const slo = sloWith({ method: sliced, alerts: [missing], ...changes });
      const replay = play(slo, [steps]);
      return [replay.verdictAt(replay.endMs).budget.sli, replay.alerts[0]!.episodes.length];
    };
    expect(left({})).toEqual([1, 1]);
    expect(left({ noData: "good" })).toEqual([1, 1]);
    expect(left({ noData: "bad" })).toEqual([24 / 28, 1]);
  });
});
