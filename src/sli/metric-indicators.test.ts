import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestStore, storedCounts } from "../../test/contract/counting-stand.ts";
import {
  clearMetrics,
  incrementsOf,
  seriesOf,
  startMetricsStand,
} from "../../test/contract/metrics-stand.ts";
import type { MetricsHooks, TestSample } from "../../test/contract/metrics-stand.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { MetricsIndicator } from "../slo/indicator.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readChangesAfter } from "../store/clickhouse/read-changes-after.ts";
import { createFakeIndicatorStates } from "./fake-indicator-states.ts";
import { maskOf, planMetrics } from "./metric-plan.ts";
import { asIncrements } from "./counted-metric.ts";
import { labelsOf } from "../model/labels.ts";

let clickhouse: ClickHouse;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ clickhouse, close } = await openTestStore());
});
afterAll(() => close());
beforeEach(() => clearMetrics(clickhouse));

const NOW_MS = bucketStartMs(Date.now());
const AVAILABILITY = incrementsOf("sum(rate(requests[5m]))", 'sum(rate(requests{code!~"5.."}[5m]))');
const ERRORS = incrementsOf("sum(requests)", 'sum(requests{code=~"5.."})', "bad");
const LATENCY = incrementsOf("sum(rate(took_count[5m]))", 'sum(rate(took_bucket{le="0.3"}[5m]))');

const requests = (code: string, timeMs: number, value: number): TestSample => ({
  labels: seriesOf("requests", { code }),
  timeMs,
  value,
});

/** What the counts should be: the rules, written down as plainly as can be. */
function plainCounts(
  indicator: MetricsIndicator,
  samples: readonly TestSample[],
): Record<string, [number, number]> {
  const series = new Map<string, { labels: TestSample["labels"]; values: Map<number, number> }>();
  for (const { labels, timeMs, value } of samples) {
    if (!Number.isFinite(value)) continue;
    const key = JSON.stringify(labels);
    let known = series.get(key);
    if (known === undefined) series.set(key, (known = { labels, values: new Map() }));
    known.values.set(timeMs, Math.max(value, known.values.get(timeMs) ?? -Infinity));
  }
  const plans = planMetrics([asIncrements(indicator)!]);
  const counts: Record<string, [number, number]> = {};
  for (const { labels, values } of series.values()) {
    const plan = plans.get(labels["__name__"]!);
    const [weight] = plan?.weights(maskOf(plan, labelsOf(Object.entries(labels)))) ?? [];
    if (weight === undefined) continue;
    const sorted = [...values].sort(([a], [b]) => a - b);
    for (const [i, [timeMs, value]] of sorted.entries()) {
      const before = sorted[i - 1];
      if (before === undefined || timeMs - before[0] > HOUR_MS) continue;
      const increase = value >= before[1] ? value - before[1] : value;
      const bucket = (counts[bucketStartMs(timeMs)] ??= [0, 0]);
      bucket[0] += increase * weight.good;
      bucket[1] += increase * weight.total;
    }
  }
  return Object.fromEntries(Object.entries(counts).filter(([, [good, total]]) => good !== 0 || total !== 0));
}

describe("counting of metrics", () => {
  it("counts increases as samples arrive, across resets, and announces their chunks", async () => {
    const stand = await startMetricsStand(clickhouse, createFakeIndicatorStates());
    await stand.indicators.apply([AVAILABILITY]);
    await stand.indicators.settled();
    const at = NOW_MS - 10 * MINUTE_MS;
    await stand.submit([requests("200", at, 100), requests("500", at, 7)]);
    await stand.submit([requests("200", at + 15_000, 110), requests("500", at + 15_000, 8)]);
    await stand.submit([requests("200", at + 30_000, 4), requests("500", at + 30_000, 8)]);
    expect(await storedCounts(clickhouse, AVAILABILITY.id)).toEqual({
      [bucketStartMs(at + 15_000)]: [10, 11],
      [bucketStartMs(at + 30_000)]: [4, 4],
    });
    const touched = (await readChangesAfter(clickhouse, 0n)).flatMap((group) => group.touched);
    expect(touched.map(({ indicator }) => indicator)).toContain(AVAILABILITY.id);
    await stand.stop();
  });

  it("counts the latency SLI of a classic histogram", async () => {
    const stand = await startMetricsStand(clickhouse, createFakeIndicatorStates());
    await stand.indicators.apply([LATENCY]);
    const took = (timeMs: number, fast: number, all: number): TestSample[] => [
      { labels: seriesOf("took_bucket", { le: "0.3" }), timeMs, value: fast },
      { labels: seriesOf("took_bucket", { le: "+Inf" }), timeMs, value: all },
      { labels: seriesOf("took_count"), timeMs, value: all },
      { labels: seriesOf("took_sum"), timeMs, value: all * 0.4 },
    ];
    const at = NOW_MS - 5 * MINUTE_MS;
    await stand.submit(took(at, 10, 20));
    await stand.submit(took(at + 10_000, 17, 30));
    await stand.indicators.settled();
    expect(await storedCounts(clickhouse, LATENCY.id)).toEqual({ [at + 10_000]: [7, 10] });
    await stand.stop();
  });

  it("counts late samples that were to be counted again when the service stopped", async () => {
    const states = createFakeIndicatorStates();
    const before = await startMetricsStand(clickhouse, states);
    await before.indicators.apply([AVAILABILITY]);
    await before.indicators.settled();
    await before.stop();
    let isAway = false;
    const hooks: MetricsHooks = {
      beforeStatement(sql) {
        if (isAway && sql.includes("lagInFrame")) throw new Error("no time for that");
      },
    };
    const stopped = await startMetricsStand(clickhouse, states, hooks);
    await stopped.indicators.settled();
    isAway = true;
    const at = NOW_MS - 3 * DAY_MS;
    await stopped.submit([requests("200", at, 100), requests("200", at + 50 * MINUTE_MS, 107)]);
    await stopped.stop();
    const after = await startMetricsStand(clickhouse, states);
    await after.indicators.apply([AVAILABILITY]);
    await after.indicators.settled();
    expect(await storedCounts(clickhouse, AVAILABILITY.id)).toEqual({
      [bucketStartMs(at + 50 * MINUTE_MS)]: [7, 7],
    });
    await after.stop();
  });

  it("counts a new SLO in what is stored as it would have been counted on arrival", async () => {
    const states = createFakeIndicatorStates();
    const stand = await startMetricsStand(clickhouse, states);
    await stand.indicators.apply([AVAILABILITY]);
    const samples: TestSample[] = [];
    for (let i = 0; i < 200; i += 1) {
      const timeMs = NOW_MS - 3 * DAY_MS + i * 23 * MINUTE_MS;
      samples.push(requests("200", timeMs, (i % 50) * 10), requests("503", timeMs, (i % 30) * 2));
    }
    for (let i = 0; i < samples.length; i += 40) await stand.submit(samples.slice(i, i + 40));
    await stand.indicators.apply([AVAILABILITY, ERRORS]);
    await stand.indicators.settled();
    const expected = plainCounts(AVAILABILITY, samples);
    expect(Object.keys(expected).length).toBeGreaterThan(150);
    expect(await storedCounts(clickhouse, AVAILABILITY.id)).toEqual(expected);
    expect(await storedCounts(clickhouse, ERRORS.id)).toEqual(expected);
    expect(states.records.get(ERRORS.id)).toMatchObject({
      state: "live",
      coveredFromMs: bucketStartMs(NOW_MS - 3 * DAY_MS),
    });
    await stand.stop();
  });

  it("reads a metric once for all the SLIs that use it", async () => {
    const reads: string[] = [];
    const hooks: MetricsHooks = {
      beforeStatement: (sql) => {
        if (sql.includes("lagInFrame")) reads.push(sql);
      },
    };
    const stand = await startMetricsStand(clickhouse, createFakeIndicatorStates(), hooks);
    const at = NOW_MS - 5 * MINUTE_MS;
    await stand.submit([requests("200", at, 10), requests("500", at, 1)]);
    await stand.submit([requests("200", at + 10_000, 12), requests("500", at + 10_000, 2)]);
    await stand.indicators.apply([AVAILABILITY, ERRORS]);
    await stand.indicators.settled();
    expect(await storedCounts(clickhouse, AVAILABILITY.id)).toEqual({ [at + 10_000]: [2, 3] });
    expect(await storedCounts(clickhouse, ERRORS.id)).toEqual({ [at + 10_000]: [2, 3] });
    // One for each step of time: the day ahead, and the minutes that there are.
    expect(reads.length).toBeLessThanOrEqual(2);
    await stand.stop();
  });
});

/** What happens in a run. */
type Action =
  | {
      readonly kind: "submit";
      readonly samples: readonly TestSample[];
      readonly fails: "no" | "samples" | "counts" | "record";
    }
  | { readonly kind: "restart"; readonly isSudden: boolean }
  | { readonly kind: "settle" };

const timeArbitrary = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40).map((i) => NOW_MS - 10 * MINUTE_MS + i * 15_000) },
  { weight: 2, arbitrary: fc.nat(40).map((i) => NOW_MS - 3 * HOUR_MS + i * 5 * MINUTE_MS) },
  { weight: 1, arbitrary: fc.nat(20).map((i) => NOW_MS - 3 * DAY_MS + i * 25 * MINUTE_MS) },
);
const sampleArbitrary = fc
  .tuple(
    fc.constantFrom("200", "404", "500", "503"),
    timeArbitrary,
    fc.oneof(fc.nat(50), fc.constantFrom(0.5, Number.NaN, Infinity)),
  )
  .map(([code, timeMs, value]) => requests(code, timeMs, value));
const actionArbitrary: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("submit" as const),
      samples: fc.array(sampleArbitrary, { minLength: 1, maxLength: 12 }),
      fails: fc.oneof(
        { weight: 5, arbitrary: fc.constant("no" as const) },
        { weight: 2, arbitrary: fc.constantFrom("samples" as const, "counts" as const, "record" as const) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), isSudden: fc.nat(4).map((n) => n === 0) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "settle" as const }) },
);

describe("counts of metrics", () => {
  it(
    "equal a plain computation, whatever comes late, twice, in parts or across restarts",
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(actionArbitrary, { minLength: 3, maxLength: 25 }), async (actions) => {
          await clearMetrics(clickhouse);
          const states = createFakeIndicatorStates();
          let failing: string | undefined;
          const hooks: MetricsHooks = {
            beforeStep: (step) => {
              if (step === failing) throw new Error(`the store does not take the ${step}`);
            },
          };
          let stand = await startMetricsStand(clickhouse, states, hooks);
          await stand.indicators.apply([AVAILABILITY, ERRORS]);
          const stored: TestSample[] = [];
          for (const action of actions) {
            if (action.kind === "settle") await stand.indicators.settled();
            else if (action.kind === "restart") {
              if (!action.isSudden) await stand.indicators.settled();
              await stand.stop();
              stand = await startMetricsStand(clickhouse, states, hooks);
              await stand.indicators.apply([AVAILABILITY, ERRORS]);
            } else {
              failing = action.fails;
              await stand.submit(action.samples);
              failing = undefined;
              if (action.fails !== "samples") stored.push(...action.samples);
            }
          }
          await stand.indicators.settled();
          // Late samples that a run ended with before they were counted again are found when all is compared.
          const isSudden = actions.some((action) => action.kind === "restart" && action.isSudden);
          for (let i = 0; isSudden && i < 80; i += 1) await stand.indicators.reconcile();
          await stand.indicators.settled();
          for (const indicator of [AVAILABILITY, ERRORS]) {
            expect(await storedCounts(clickhouse, indicator.id)).toEqual(plainCounts(indicator, stored));
          }
          await stand.stop();
        }),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );

  it(
    "are exact on arrival for scrapes in order, some of which fail or come again",
    { timeout: 120_000 },
    async () => {
      const scrape = fc.record({
        added: fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }),
        resets: fc.nat(9).map((n) => n === 0),
        outcome: fc.oneof(
          { weight: 6, arbitrary: fc.constant("stored" as const) },
          { weight: 3, arbitrary: fc.constantFrom("samples" as const, "counts" as const, "record" as const) },
          { weight: 1, arbitrary: fc.constant("twice" as const) },
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(scrape, { minLength: 4, maxLength: 30 }), async (scrapes) => {
          await clearMetrics(clickhouse);
          let failing: string | undefined;
          const recounts: string[] = [];
          const hooks: MetricsHooks = {
            beforeStep: (step) => {
              if (step === failing) throw new Error(`the store does not take the ${step}`);
            },
            beforeStatement: (sql) => {
              if (sql.includes("lagInFrame")) recounts.push(sql);
            },
          };
          const stand = await startMetricsStand(clickhouse, createFakeIndicatorStates(), hooks);
          await stand.indicators.apply([AVAILABILITY, ERRORS]);
          await stand.indicators.settled();
          recounts.length = 0;
          const stored: TestSample[] = [];
          let values = [5, 5, 5];
          for (const [i, { added, resets, outcome }] of scrapes.entries()) {
            values = values.map((value, s) => (resets ? 0 : value) + added[s]!);
            const timeMs = NOW_MS - 10 * MINUTE_MS + i * 15_000;
            const samples = values.map((value, s) => requests(["200", "404", "500"][s]!, timeMs, value));
            failing = outcome;
            await stand.submit(samples);
            failing = undefined;
            if (outcome === "twice") await stand.submit(samples);
            if (outcome !== "samples") stored.push(...samples);
          }
          const failed = scrapes.some(({ outcome }) => outcome !== "stored" && outcome !== "twice");
          if (failed) await stand.indicators.settled();
          else expect(recounts).toEqual([]);
          for (const indicator of [AVAILABILITY, ERRORS]) {
            expect(await storedCounts(clickhouse, indicator.id)).toEqual(plainCounts(indicator, stored));
          }
          await stand.stop();
        }),
        { numRuns: 5, endOnFailure: true },
      );
    },
  );
});
