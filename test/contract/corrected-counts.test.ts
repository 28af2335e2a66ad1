import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCountWindows } from "../../src/evaluator/count-windows.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../../src/model/time.ts";
import { BUCKET_MS, bucketStartMs, type SliCounts } from "../../src/slo/bucket.ts";
import { sliceCounts, type BudgetingMethod } from "../../src/slo/budgeting-method.ts";
import type { Correction, CorrectionSchedule } from "../../src/slo/correction.ts";
import { createExclusion, excludedFor } from "../../src/slo/exclusion.ts";
import { insertIngestGroup } from "../../src/store/clickhouse/ingest-group-rows.ts";
import { readCountSteps } from "../../src/store/clickhouse/read-count-steps.ts";
import { insertSliCounts } from "../../src/store/clickhouse/sli-count-rows.ts";
import { wireCountReader } from "../../src/wire/counts.ts";
import { openTestStore } from "./counting-stand.ts";

/** Counts have a retention, so they must be young. */
const AT = bucketStartMs(Date.now()) - HOUR_MS + 4_567;
const INDICATOR = "aaaaaaaaaaaaaaaa";
const METHODS: readonly BudgetingMethod[] = [
  { kind: "occurrences" },
  { kind: "timeslices", sliceMs: durationMs(MINUTE_MS), sliceTarget: 0.9 },
  { kind: "timeslices", sliceMs: durationMs(HOUR_MS), sliceTarget: 0.5 },
  { kind: "ratio-timeslices", sliceMs: durationMs(5 * MINUTE_MS) },
];
const WINDOWS = [5 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS + 10_000, DAY_MS, 3 * DAY_MS];

let store: Awaited<ReturnType<typeof openTestStore>>;
const buckets = new Map<number, SliCounts>();

beforeAll(async () => {
  store = await openTestStore();
  // Traffic comes and goes, and there are silent stretches.
  for (let ms = bucketStartMs(AT) - 3 * DAY_MS; ms <= AT; ms += BUCKET_MS) {
    const random = Math.abs(Math.sin(ms / 1e4) * 1e4) % 1;
    if (random < 0.3) continue;
    const total = 1 + Math.floor(random * 10);
    buckets.set(ms, { total, good: random > 0.9 ? 0 : total - (random > 0.6 ? 1 : 0) });
  }
  const deltas = [...buckets].map(([bucketMs, counts]) => ({ indicator: INDICATOR, bucketMs, ...counts }));
  await insertSliCounts(store.clickhouse, { groupId: 1n, writer: 1n, deltas });
  const group = { groupId: 1n, writer: 1n, committedAtMs: AT, bodies: [], spans: 0, touched: [] };
  await insertIngestGroup(store.clickhouse, group);
});
afterAll(() => store.close());

const correction = (schedule: Partial<CorrectionSchedule>): Correction => ({
  id: "c",
  name: "c",
  reason: "a test",
  author: "test",
  selects: { slos: ["*"], services: [], labels: {} },
  schedule: {
    startMs: AT,
    endMs: AT,
    rrule: undefined,
    timeZone: "Europe/Berlin",
    ends: "clock",
    ...schedule,
  },
  origin: { kind: "api", createdAtMs: 0 },
});

/** Some once, to the millisecond; some again and again. */
const anySchedules = fc.array(
  fc
    .tuple(
      fc.integer({ min: -4 * DAY_MS, max: 2 * HOUR_MS }),
      fc.integer({ min: 1, max: 9 * HOUR_MS }),
      fc.constantFrom(
        undefined,
        undefined,
        "FREQ=DAILY",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=WEEKLY;BYDAY=SA,SU",
      ),
    )
    .map(([from, length, rrule]) => ({ startMs: AT + from, endMs: AT + from + length, rrule })),
  { minLength: 1, maxLength: 4 },
);

/** By the rule as it is documented: whatever a time touches leaves whole. */
function expectedSum(
  method: BudgetingMethod,
  schedules: readonly Partial<CorrectionSchedule>[],
  windowMs: number,
) {
  const excluded = createExclusion(schedules.map(correction)).within(0, AT + DAY_MS);
  const touches = (startMs: number, endMs: number): boolean =>
    excluded.some((interval) => interval.startMs < endMs && interval.endMs > startMs);
  const toMs = bucketStartMs(AT) + BUCKET_MS;
  const sum = { good: 0, total: 0 };
  const add = ({ good, total }: SliCounts): void => {
    sum.good += good;
    sum.total += total;
  };
  if (method.kind === "occurrences") {
    for (const [ms, counts] of buckets)
      if (ms >= toMs - windowMs && !touches(ms, ms + BUCKET_MS)) add(counts);
    return sum;
  }
  const slices = new Map<number, { good: number; total: number }>();
  for (const [ms, { good, total }] of buckets) {
    const startMs = Math.floor(ms / method.sliceMs) * method.sliceMs;
    const slice = slices.get(startMs) ?? { good: 0, total: 0 };
    slices.set(startMs, { good: slice.good + good, total: slice.total + total });
  }
  for (const [startMs, counts] of slices) {
    const endMs = startMs + method.sliceMs;
    // Slices at the edge of the stored time are not whole.
    if (endMs > toMs || endMs <= toMs - windowMs || touches(startMs, endMs)) continue;
    add(sliceCounts(method, counts));
  }
  return sum;
}

describe("corrected counts", () => {
  it.each(METHODS)(
    "of every window are the raw ones without what a correction touches: %o",
    async (method) => {
      await fc.assert(
        fc.asyncProperty(anySchedules, async (schedules) => {
          const exclusion = createExclusion(schedules.map(correction));
          const windows = createCountWindows(wireCountReader(store.clickhouse));
          const needs = new Map([
            [
              "raw",
              { source: { indicator: INDICATOR, method }, windows: new Set(WINDOWS), longestMs: 3 * DAY_MS },
            ],
            [
              `${INDICATOR}~x`,
              {
                source: { indicator: INDICATOR, method, exclusion },
                windows: new Set(WINDOWS),
                longestMs: 3 * DAY_MS,
              },
            ],
          ]);
          await windows.refresh(needs, AT);
          for (const windowMs of WINDOWS) {
            const sum = windows.sum(`${INDICATOR}~x`, windowMs, AT);
            const expected = expectedSum(method, schedules, windowMs);
            expect(sum.total).toBe(expected.total);
            expect(sum.good).toBeCloseTo(expected.good, 6);
          }
        }),
        { numRuns: 12 },
      );
    },
  );

  it("by steps leave out the same", async () => {
    const exclusion = createExclusion([correction({ startMs: AT - 2 * HOUR_MS, endMs: AT - HOUR_MS + 1 })]);
    const range = {
      startMs: bucketStartMs(AT) - 4 * HOUR_MS,
      endMs: bucketStartMs(AT),
      stepMs: 10 * MINUTE_MS,
    };
    const excluded = excludedFor(exclusion, METHODS[0]!, range.startMs, range.endMs);
    const raw = await readCountSteps(store.clickhouse, INDICATOR, range);
    const corrected = await readCountSteps(store.clickhouse, INDICATOR, range, excluded);
    const [left] = excluded;
    let removed = 0;
    for (const [ms, { total }] of buckets) if (ms >= left!.startMs && ms < left!.endMs) removed += total;
    const sum = (column: Float64Array): number => column.reduce((all, count) => all + count, 0);
    expect(sum(corrected.total)).toBe(sum(raw.total) - removed);
    expect(corrected.total[14]).toBe(0);
    expect(corrected.total[0]).toBe(raw.total[0]);
  });

  it("are found fast among thousands of intervals", async () => {
    const intervals = Array.from({ length: 9_000 }, (_, i) => ({
      startMs: bucketStartMs(AT) - (9_000 - i) * 20_000,
      endMs: bucketStartMs(AT) - (9_000 - i) * 20_000 + BUCKET_MS,
    }));
    const range = { startMs: bucketStartMs(AT) - DAY_MS, endMs: bucketStartMs(AT), stepMs: HOUR_MS };
    const begun = performance.now();
    const { total } = await readCountSteps(store.clickhouse, INDICATOR, range, intervals);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(total[0]).toBeGreaterThan(0);
  });
});
