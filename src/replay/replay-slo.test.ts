import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { OCCURRENCES, type BudgetingMethod } from "../slo/budgeting-method.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { CHUNK_MS, chunkStartMs, createCountHistory } from "../slo/history.ts";
import type { AlertDefinition, Slo } from "../slo/slo.ts";
import { workbookAlerts } from "../slo/workbook-tiers.ts";
import { createCountTimeline } from "./count-timeline.ts";
import { judgedCounts } from "./judged-counts.ts";
import { replaySlo } from "./replay-slo.ts";
import { trafficCounts, type TrafficStep } from "./traffic.ts";

const T0 = 1_800_000_000_000;

const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{target: 0.999}]
`;

function sloWith(changes: Partial<Slo> = {}): Slo {
  return { ...loadSpecs([{ path: "shop.yaml", text: SPEC }]).slos[0]!, ...changes };
}

const even = (durationMs: number, rate: number, errors: number): TrafficStep => ({
  durationMs,
  total: { from: rate, to: rate },
  errors: { from: errors, to: errors },
});

const play = (slo: Slo, steps: readonly TrafficStep[], exhaustive = false) => {
  const counts = trafficCounts(T0, steps);
  return replaySlo(slo, counts, { startMs: counts.startMs, endMs: counts.endMs, exhaustive });
};

const policy: AlertDefinition = {
  key: "policy/slow",
  severity: "warning",
  tiers: [
    {
      name: "ten-times",
      longWindowMs: durationMs(HOUR_MS),
      shortWindowMs: undefined,
      burnThreshold: 10,
      operator: "gte",
      alertAfterMs: durationMs(5 * MINUTE_MS),
      resolveAfterMs: durationMs(30 * MINUTE_MS),
    },
  ],
};

const missing: AlertDefinition = {
  key: "policy/missing",
  severity: "warning",
  tiers: [
    {
      kind: "no-data",
      name: "no-data",
      longWindowMs: durationMs(30 * MINUTE_MS),
      shortWindowMs: undefined,
      burnThreshold: 0,
      operator: "gt",
      alertAfterMs: durationMs(0),
      resolveAfterMs: durationMs(MINUTE_MS),
    },
  ],
};

const step = fc
  .record({
    minutes: fc.integer({ min: 1, max: 600 }),
    rate: fc.constantFrom(0, 0.01, 0.4, 3, 50),
    from: fc.constantFrom(0, 0.0005, 0.003, 0.01, 0.0144, 0.05, 1),
    to: fc.constantFrom(0, 0.001, 0.01, 0.02, 1),
    ramp: fc.boolean(),
  })
  .map(({ minutes, rate, from, to, ramp }): TrafficStep => ({
    durationMs: minutes * MINUTE_MS,
    total: { from: rate, to: rate },
    errors: { from, to: ramp ? to : from },
  }));

describe("replaySlo", () => {
  it("finds the same episodes and breaches whether it leaps over quiet stretches or judges every bucket", () => {
    const definitions = fc.constantFrom(
      [...workbookAlerts(durationMs(30 * DAY_MS), 0.999)],
      [policy],
      [policy, missing],
    );
    const sliceMs = durationMs(7 * MINUTE_MS);
    const methods = fc.constantFrom<BudgetingMethod>(
      OCCURRENCES,
      OCCURRENCES,
      { kind: "timeslices", sliceMs, sliceTarget: 0.99 },
      { kind: "ratio-timeslices", sliceMs },
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        definitions,
        fc.constantFrom(1, 50),
        methods,
        fc.constantFrom(
          null,
          { confidence: 0.95, badEventsBelow: 10 },
          { confidence: 0.9, badEventsBelow: 200 },
        ),
        (steps, alerts, minEvents, method, lowTrafficGate) => {
          const slo = sloWith({ alerts, minEvents, method, lowTrafficGate });
          const leaping = play(slo, steps);
          const exhaustive = play(slo, steps, true);
          expect(leaping.alerts).toEqual(exhaustive.alerts);
          expect(leaping.evaluations).toBeLessThanOrEqual(exhaustive.evaluations);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("sums windows as the service's own history of counts does", () => {
    const counts = trafficCounts(T0, [even(8 * HOUR_MS, 7.3, 0.01), even(5 * HOUR_MS, 0.2, 0.5)]);
    const history = createCountHistory(DAY_MS);
    for (let chunkMs = chunkStartMs(T0); chunkMs < counts.endMs; chunkMs += CHUNK_MS) {
      const buckets = Array.from({ length: CHUNK_MS / BUCKET_MS }, (_, i) => {
        const bucketMs = chunkMs + i * BUCKET_MS;
        const { good, total } = counts.sum(bucketMs, bucketMs + BUCKET_MS);
        return [bucketMs, good, total] as const;
      });
      history.setBuckets(chunkMs, buckets);
    }
    for (const windowMs of [5 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 6 * HOUR_MS, DAY_MS]) {
      for (let atMs = T0 + HOUR_MS; atMs <= counts.endMs; atMs += 47 * BUCKET_MS) {
        expect(counts.sum(atMs - windowMs, atMs)).toEqual(history.sum(windowMs, atMs - 1));
      }
    }
  });

  it("keeps sums of fractions exact, so that a window without bad events has none", () => {
    const buckets = 1_000;
    const total = Float64Array.from({ length: buckets }, (_, i) => 0.1 + i / 7);
    const counts = createCountTimeline(T0, Float64Array.from(total), total);
    for (let i = 1; i < buckets; i += 13) {
      const { good, total } = counts.sum(T0 + i * BUCKET_MS, T0 + (i + 20) * BUCKET_MS);
      expect(total - good).toBe(0);
    }
  });

  it("pages within minutes of an outage, tells of nothing twice, and resolves after it", () => {
    const replay = play(sloWith(), [even(DAY_MS, 10, 0), even(20 * MINUTE_MS, 10, 1), even(DAY_MS, 10, 0)]);
    const [critical, warning] = replay.alerts;
    const outage = T0 + DAY_MS;
    expect(critical!.episodes).toHaveLength(1);
    const [page] = critical!.episodes;
    expect(page!.firedMs - outage).toBe(60_000);
    expect(page!.told).toEqual([{ tier: "page-quick", atMs: page!.firedMs }]);
    expect(page!.resolution).toBe("recovered");
    expect(page!.resolvedMs! - outage).toBeGreaterThan(20 * MINUTE_MS);
    expect(warning!.episodes).toHaveLength(1);
    expect(replay.verdictAt(replay.endMs).budget.remainingRatio).toBeCloseTo(1 - 1200 / 0.001 / 174_000);
  });

  it("waits for alertAfter, and says nothing of a breach that ends before", () => {
    const slo = sloWith({ alerts: [policy] });
    const steps = (minutes: number) => [
      even(6 * HOUR_MS, 10, 0),
      even(minutes * MINUTE_MS, 10, 1),
      even(6 * HOUR_MS, 10, 0),
    ];
    const [alert] = play(slo, steps(10)).alerts;
    const [breach] = alert!.tiers[0]!.breaches;
    expect(alert!.episodes[0]!.firedMs).toBe(breach!.fromMs + 5 * MINUTE_MS);
    expect(alert!.episodes[0]!.resolvedMs).toBe(breach!.toMs! + 30 * MINUTE_MS);
    const late = sloWith({
      alerts: [{ ...policy, tiers: [{ ...policy.tiers[0]!, alertAfterMs: durationMs(2 * HOUR_MS) }] }],
    });
    expect(play(late, steps(10)).alerts[0]!.episodes).toEqual([]);
  });

  it("tells of missing data, once counts reach back so far", () => {
    const slo = sloWith({ alerts: [missing] });
    const silence = [even(2 * HOUR_MS, 0, 0), even(HOUR_MS, 1, 0), even(HOUR_MS, 0, 0)];
    const fired = play(slo, silence).alerts[0]!.episodes.map(({ firedMs }) => firedMs - T0);
    expect(fired).toEqual([30 * MINUTE_MS + BUCKET_MS, 3 * HOUR_MS + 30 * MINUTE_MS]);
  });

  it("leaves an episode open that lasts at the end", () => {
    const [critical] = play(sloWith(), [even(HOUR_MS, 10, 1)]).alerts;
    expect(critical!.episodes).toMatchObject([{ resolvedMs: null, resolution: null }]);
    expect(critical!.tiers[0]!.breaches).toEqual([{ fromMs: T0 + BUCKET_MS, toMs: null }]);
  });

  it("plays a month of quiet traffic with an outage by thousands of hours a second", () => {
    const slo = sloWith();
    const steps = [even(15 * DAY_MS, 100, 0.0002), even(HOUR_MS, 100, 0.2), even(45 * DAY_MS, 100, 0.0002)];
    const counts = trafficCounts(T0, steps);
    const replay = replaySlo(slo, counts, { startMs: T0, endMs: counts.endMs });
    expect(replay.evaluations).toBeLessThan((60 * DAY_MS) / BUCKET_MS / 10);
  });
});

describe("judgedCounts", () => {
  it("counts a slice in the bucket that it ends with, and none that has no event", () => {
    const sliceMs = durationMs(MINUTE_MS);
    const start = Math.ceil(T0 / MINUTE_MS) * MINUTE_MS;
    const events = trafficCounts(start, [
      even(MINUTE_MS, 10, 0),
      even(MINUTE_MS, 10, 0.1),
      even(2 * MINUTE_MS, 0, 0),
    ]);
    const whole = judgedCounts({ kind: "timeslices", sliceMs, sliceTarget: 0.95 }, events);
    expect(whole.sum(start, start + MINUTE_MS - BUCKET_MS)).toEqual({ good: 0, total: 0 });
    expect(whole.sum(start, start + MINUTE_MS)).toEqual({ good: 1, total: 1 });
    expect(whole.sum(start, events.endMs)).toEqual({ good: 1, total: 2 });
    const parts = judgedCounts({ kind: "ratio-timeslices", sliceMs }, events).sum(start, events.endMs);
    expect(parts.total).toBe(2);
    expect(parts.good).toBeCloseTo(1.9);
    expect(judgedCounts(OCCURRENCES, events)).toBe(events);
  });
});

describe("trafficCounts", () => {
  it("gives whole events that add up to the rates, bad ones among them", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
        const counts = trafficCounts(T0, steps);
        const { good, total } = counts.sum(T0, counts.endMs);
        const due = steps.reduce((sum, each) => sum + (each.total.from * each.durationMs) / 1_000, 0);
        expect(Math.abs(total - due)).toBeLessThan(1.001);
        expect(Number.isInteger(good) && good >= 0 && good <= total).toBe(true);
        expect(counts.orderly).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
