import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKET_MS } from "../slo/bucket.ts";
import { CHUNK_MS, chunkStartMs } from "../slo/history.ts";
import { elapsedMs, longestPeriodMs, windowAt } from "../slo/slo-window.ts";
import type { SloWindow } from "../slo/slo-window.ts";
import { createCountWindows } from "./count-windows.ts";
import type { IndicatorChunk } from "../model/sli-counts.ts";
import { OCCURRENCES, countsKey, sliceCounts } from "../slo/budgeting-method.ts";
import type { BudgetingMethod, SliceMethod } from "../slo/budgeting-method.ts";
import { durationMs } from "../model/time.ts";
import type { CountReader } from "./source-reader.ts";

const T0 = 1_800_000_000_000;
const WINDOWS = new Set([300_000, 3_600_000, 6 * 3_600_000]);
/** Rolling windows of these lengths. */
const need = (indicator: string, ...lengths: readonly number[]) => ({
  source: { indicator, method: OCCURRENCES },
  windows: new Set(lengths),
  longestMs: Math.max(...lengths),
});

/** A store in memory with the reader's exact contract; `commit` adds counts as one ingest group would. */
function memoryStore() {
  const buckets = new Map<string, { indicator: string; bucketMs: number; good: number; total: number }>();
  const groups: { groupId: bigint; touched: IndicatorChunk[] }[] = [];
  const reader: CountReader = {
    readLastGroupId: async () => groups.at(-1)?.groupId ?? 0n,
    readChangesAfter: async (groupId) => groups.filter((group) => group.groupId > groupId),
    readChunkSums: async (indicators, fromMs, toMs) => {
      const sums = new Map<string, IndicatorChunk & { good: number; total: number }>();
      for (const row of buckets.values()) {
        const chunkMs = chunkStartMs(row.bucketMs);
        if (!indicators.includes(row.indicator) || chunkMs < fromMs || chunkMs >= toMs) continue;
        const key = `${row.indicator}/${chunkMs}`;
        const sum = sums.get(key) ?? { indicator: row.indicator, chunkMs, good: 0, total: 0 };
        sums.set(key, { ...sum, good: sum.good + row.good, total: sum.total + row.total });
      }
      return [...sums.values()];
    },
    readBuckets: async (chunks) =>
      [...buckets.values()].filter((row) =>
        chunks.some((c) => c.indicator === row.indicator && c.chunkMs === chunkStartMs(row.bucketMs)),
      ),
    readSliceSums: async (indicators, method, fromMs, toMs) => {
      const sums = new Map<string, IndicatorChunk & { good: number; total: number }>();
      for (const { indicator, bucketMs, good, total } of slicesOf(method)) {
        const chunkMs = chunkStartMs(bucketMs);
        if (!indicators.includes(indicator) || chunkMs < fromMs || chunkMs >= toMs) continue;
        const key = `${indicator}/${chunkMs}`;
        const sum = sums.get(key) ?? { indicator, chunkMs, good: 0, total: 0 };
        sums.set(key, { ...sum, good: sum.good + good, total: sum.total + total });
      }
      return [...sums.values()];
    },
    readSliceBuckets: async (chunks, method) =>
      slicesOf(method).filter((row) =>
        chunks.some((c) => c.indicator === row.indicator && c.chunkMs === chunkStartMs(row.bucketMs)),
      ),
  };
  /** Every slice with events, at its last bucket. */
  const slicesOf = (method: SliceMethod) => {
    const slices = new Map<string, { indicator: string; bucketMs: number; good: number; total: number }>();
    for (const row of buckets.values()) {
      const bucketMs =
        Math.floor(row.bucketMs / method.sliceMs) * method.sliceMs + method.sliceMs - BUCKET_MS;
      const key = `${row.indicator}/${bucketMs}`;
      const slice = slices.get(key) ?? { indicator: row.indicator, bucketMs, good: 0, total: 0 };
      slices.set(key, { ...slice, good: slice.good + row.good, total: slice.total + row.total });
    }
    return [...slices.values()].map((slice) => ({ ...slice, ...sliceCounts(method, slice) }));
  };
  const commit = (
    indicator: string,
    events: readonly { bucketMs: number; good: number; total: number }[],
  ): void => {
    for (const event of events) {
      const key = `${indicator}/${event.bucketMs}`;
      const row = buckets.get(key) ?? { indicator, bucketMs: event.bucketMs, good: 0, total: 0 };
      buckets.set(key, { ...row, good: row.good + event.good, total: row.total + event.total });
    }
    const chunks = new Set(events.map((event) => chunkStartMs(event.bucketMs)));
    groups.push({
      groupId: BigInt(groups.length + 1),
      touched: [...chunks].map((chunkMs) => ({ indicator, chunkMs })),
    });
  };
  const truth = (
    indicator: string,
    windowMs: number,
    atMs: number,
    method: BudgetingMethod = OCCURRENCES,
  ) => {
    const end = Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
    const sum = { good: 0, total: 0 };
    for (const row of method.kind === "occurrences" ? buckets.values() : slicesOf(method)) {
      if (row.indicator !== indicator || row.bucketMs > end || row.bucketMs <= end - windowMs) continue;
      sum.good += row.good;
      sum.total += row.total;
    }
    return sum;
  };
  return { reader, commit, truth };
}

const step = fc.record({
  advanceMs: fc.oneof(
    fc.integer({ min: 0, max: 20_000 }),
    fc.integer({ min: 0, max: 3 * CHUNK_MS }),
    fc.constant(-30_000),
  ),
  indicator: fc.constantFrom("a", "b"),
  events: fc.array(
    fc.record({ ageBuckets: fc.integer({ min: -100, max: 3_000 }), good: fc.nat(9), bad: fc.nat(9) }),
    { maxLength: 8 },
  ),
});

describe("count windows", () => {
  it("equal the store at every step: late, early and repeated events, jumps and backward steps of the clock", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = memoryStore();
        const windows = createCountWindows(store.reader);
        const needs = new Map([
          ["a", need("a", ...WINDOWS)],
          ["b", need("b", ...WINDOWS)],
        ]);
        let at = T0;
        for (const { advanceMs, indicator, events } of steps) {
          at += advanceMs;
          const end = Math.floor(at / BUCKET_MS) * BUCKET_MS;
          store.commit(
            indicator,
            events.map((e) => ({
              bucketMs: end - e.ageBuckets * BUCKET_MS,
              good: e.good,
              total: e.good + e.bad,
            })),
          );
          await windows.refresh(needs, at);
          for (const id of ["a", "b"])
            for (const window of WINDOWS)
              expect(windows.sum(id, window, at)).toEqual(store.truth(id, window, at));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("loads an indicator that appears later with its whole history, and a longer window anew", async () => {
    const store = memoryStore();
    const windows = createCountWindows(store.reader);
    store.commit("a", [{ bucketMs: T0 - 7_200_000, good: 5, total: 6 }]);
    await windows.refresh(new Map(), T0);
    await windows.refresh(new Map([["a", need("a", 3_600_000)]]), T0);
    expect(windows.sum("a", 3_600_000, T0)).toEqual({ good: 0, total: 0 });
    await windows.refresh(new Map([["a", need("a", 3_600_000, 10_800_000)]]), T0);
    expect(windows.sum("a", 10_800_000, T0)).toEqual({ good: 5, total: 6 });
  });

  it("sees again what had left a window when the clock steps back", async () => {
    const store = memoryStore();
    const windows = createCountWindows(store.reader);
    const needs = new Map([["a", need("a", 3_600_000)]]);
    const at = chunkStartMs(T0);
    await windows.refresh(needs, at);
    // Older than the window by now, and inside it ten minutes ago.
    store.commit("a", [{ bucketMs: at - 4_190_000, good: 0, total: 1 }]);
    await windows.refresh(needs, at);
    expect(windows.sum("a", 3_600_000, at)).toEqual({ good: 0, total: 0 });
    await windows.refresh(needs, at - CHUNK_MS);
    expect(windows.sum("a", 3_600_000, at - CHUNK_MS)).toEqual({ good: 0, total: 1 });
    await windows.refresh(needs, at);
    expect(windows.sum("a", 3_600_000, at)).toEqual({ good: 0, total: 0 });
  });

  it("sees a backfill of many chunks", async () => {
    const store = memoryStore();
    const windows = createCountWindows(store.reader);
    const needs = new Map([["a", need("a", 300_000, 86_400_000 * 3)]]);
    await windows.refresh(needs, T0);
    store.commit(
      "a",
      Array.from({ length: 400 }, (_, i) => ({ bucketMs: T0 - i * CHUNK_MS, good: 1, total: 2 })),
    );
    await windows.refresh(needs, T0);
    expect(windows.sum("a", 86_400_000 * 3, T0)).toEqual(store.truth("a", 86_400_000 * 3, T0));
  });

  it("follow a window that grows with its period and begins anew with the next, whatever comes late", async () => {
    const periodMs = 7 * 3_600_000 + 15 * 60_000;
    const startsAt = chunkStartMs(T0) - 3 * periodMs + 70_000;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = memoryStore();
        const windows = createCountWindows(store.reader);
        let at = T0;
        for (const { advanceMs, indicator, events } of steps) {
          at += 10 * advanceMs;
          const end = Math.floor(at / BUCKET_MS) * BUCKET_MS;
          store.commit(
            indicator,
            events.map((e) => ({
              bucketMs: end - e.ageBuckets * BUCKET_MS,
              good: e.good,
              total: e.good + e.bad,
            })),
          );
          const elapsed = ((end - startsAt) % periodMs) + BUCKET_MS;
          const needs = new Map(
            ["a", "b"].map((id) => [
              id,
              { ...need(id), windows: new Set([300_000, elapsed]), longestMs: periodMs },
            ]),
          );
          await windows.refresh(needs, at);
          for (const id of ["a", "b"])
            for (const window of [300_000, elapsed])
              expect(windows.sum(id, window, at)).toEqual(store.truth(id, window, at));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("of successive periods add up to everything", async () => {
    const store = memoryStore();
    const windows = createCountWindows(store.reader);
    const month: SloWindow = {
      kind: "calendar",
      unit: "month",
      count: 1,
      startsAt: Date.UTC(2022, 0, 1),
      timeZone: "America/New_York",
    };
    const [from, to] = [Date.UTC(2024, 0, 1, 5), Date.UTC(2025, 0, 1, 5)];
    const events = Array.from({ length: 1_464 }, (_, i) => ({
      bucketMs: from + i * 21_590_000 - ((from + i * 21_590_000) % BUCKET_MS),
      good: i % 7,
      total: (i % 7) + (i % 3),
    })).filter(({ bucketMs }) => bucketMs < to);
    store.commit("a", events);
    const sum = { good: 0, total: 0 };
    for (let at = from; at < to;) {
      const { endMs } = windowAt(month, at);
      const lengthMs = elapsedMs(month, endMs - 1);
      await windows.refresh(
        new Map([["a", { ...need("a", lengthMs), longestMs: longestPeriodMs(month) }]]),
        endMs - 1,
      );
      const counts = windows.sum("a", lengthMs, endMs - 1);
      sum.good += counts.good;
      sum.total += counts.total;
      at = endMs;
    }
    expect(sum).toEqual({
      good: events.reduce((all, { good }) => all + good, 0),
      total: events.reduce((all, { total }) => all + total, 0),
    });
  });

  it("of slices equal the slices of the store, of every length, corrected as late as may be", async () => {
    const method = fc
      .tuple(fc.constantFrom(1, 3, 5, 7, 10, 15, 20, 60, 90), fc.constantFrom(undefined, 0.5, 0.95, 1))
      .map(([minutes, sliceTarget]): SliceMethod => {
        const sliceMs = durationMs(minutes * 60_000);
        return sliceTarget === undefined
          ? { kind: "ratio-timeslices", sliceMs }
          : { kind: "timeslices", sliceMs, sliceTarget };
      });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), method, async (steps, sliced) => {
        const store = memoryStore();
        const windows = createCountWindows(store.reader);
        const lengths = [Math.max(300_000, sliced.sliceMs), 6 * 3_600_000];
        const needs = new Map(
          ["a", "b"].flatMap((indicator) =>
            [OCCURRENCES, sliced].map((counted) => [
              countsKey(indicator, counted),
              { ...need(indicator, ...lengths), source: { indicator, method: counted } },
            ]),
          ),
        );
        let at = T0;
        for (const { advanceMs, indicator, events } of steps) {
          at += advanceMs;
          const end = Math.floor(at / BUCKET_MS) * BUCKET_MS;
          store.commit(
            indicator,
            events.map((e) => ({
              bucketMs: end - e.ageBuckets * BUCKET_MS,
              good: e.good,
              total: e.good + e.bad,
            })),
          );
          await windows.refresh(needs, at);
          for (const id of ["a", "b"]) {
            for (const length of lengths) {
              const truth = store.truth(id, length, at, sliced);
              const counted = windows.sum(countsKey(id, sliced), length, at);
              expect(counted.total).toBe(truth.total);
              expect(counted.good).toBeCloseTo(truth.good, 9);
              expect(windows.sum(id, length, at)).toEqual(store.truth(id, length, at));
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
