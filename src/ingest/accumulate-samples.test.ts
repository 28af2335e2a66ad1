import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NativeHistogram } from "../model/native-histogram.ts";
import type { HistogramSample, SampleBatch, SeriesView } from "../model/sample-batch.ts";
import { bitsOf, isStaleAt, setStaleAt } from "../model/stale.ts";
import { createAccumulator } from "./accumulate-samples.ts";

const TABLE: SeriesView = { labels: () => [], id: (ref) => BigInt(ref) };
const T0 = 1_750_000_000_000;

interface Row {
  readonly series: number;
  readonly timeMs: number;
  readonly value: number;
  readonly startMs?: number;
  readonly isDelta?: boolean;
}

function batchOf(rows: readonly Row[], histograms: readonly HistogramSample[] = []): SampleBatch {
  return {
    table: TABLE,
    floats: {
      count: rows.length,
      series: Uint32Array.from(rows, (row) => row.series),
      timesMs: Float64Array.from(rows, (row) => row.timeMs),
      values: Float64Array.from(rows, (row) => row.value),
      startsMs: Float64Array.from(rows, (row) => row.startMs ?? 0),
      isDelta: Uint8Array.from(rows, (row) => (row.isDelta === true ? 1 : 0)),
    },
    histograms,
    exemplars: [],
    metadata: [],
  };
}

function rowsOf(batches: readonly SampleBatch[]): Row[] {
  return batches.flatMap(({ floats }) => {
    expect([floats.startsMs, floats.isDelta]).toEqual([undefined, undefined]);
    return Array.from({ length: floats.count }, (_, i) => ({
      series: floats.series[i]!,
      timeMs: floats.timesMs[i]!,
      value: floats.values[i]!,
    }));
  });
}

function newAccumulator(writtenUntilMs = 0) {
  const listeners: ((ref: number) => void)[] = [];
  const series = { onForget: (listener: (ref: number) => void) => void listeners.push(listener) };
  const accumulate = createAccumulator({ series, writtenUntilMs });
  const commit = (rows: readonly Row[], committed = true): Row[] => {
    const group = accumulate([batchOf(rows)]);
    group.ended(committed);
    return rowsOf(group.samples);
  };
  return { accumulate, commit, forget: (ref: number) => listeners.forEach((listener) => listener(ref)) };
}

const delta = (startMs: number, timeMs: number, value: number): Row => ({
  series: 1,
  startMs: T0 + startMs,
  timeMs: T0 + timeMs,
  value,
  isDelta: true,
});
const at = (timeMs: number, value: number): Row => ({ series: 1, timeMs: T0 + timeMs, value });

describe("deltas", () => {
  it("become running totals that begin with a zero just after the start", () => {
    const { commit } = newAccumulator();
    expect(commit([delta(0, 10_000, 5)])).toEqual([at(10_000, 5), at(1, 0)]);
    expect(commit([delta(10_000, 20_000, 3), delta(20_000, 30_000, 0)])).toEqual([
      at(20_000, 8),
      at(30_000, 8),
    ]);
  });

  it("count at the newest time when they come late, so that none is lost", () => {
    const { commit } = newAccumulator();
    commit([delta(0, 10_000, 5), delta(20_000, 30_000, 1)]);
    expect(commit([delta(10_000, 20_000, 3)])).toEqual([at(30_000, 9)]);
    expect(commit([delta(30_000, 40_000, 1)])).toEqual([at(40_000, 10)]);
  });

  it("give the same samples again when their group failed", () => {
    const { commit } = newAccumulator();
    const first = [delta(0, 10_000, 5), delta(10_000, 20_000, 3)];
    const once = (rows: readonly Row[]) => new Set(rows.map(({ timeMs, value }) => `${timeMs} ${value}`));
    const rows = once(commit(first, false));
    expect(once(commit(first, false))).toEqual(rows);
    expect(once(commit(first))).toEqual(rows);
    expect(commit([delta(20_000, 30_000, 1)])).toEqual([at(30_000, 9)]);
  });

  it("begin a new count after samples that may be stored, when others come before the repetition", () => {
    const { commit } = newAccumulator();
    commit([delta(0, 10_000, 5)]);
    const failed = commit([delta(10_000, 20_000, 100)], false);
    expect(failed).toEqual([at(20_000, 105)]);
    expect(commit([delta(20_000, 30_000, 2)])).toEqual([at(30_000, 2), at(20_001, 0)]);
    expect(commit([delta(10_000, 20_000, 100)])).toEqual(failed);
    expect(commit([delta(30_000, 40_000, 2)])).toEqual([at(40_000, 4)]);
  });

  it("that may fall have no zero, and fall at a time of their own", () => {
    const { commit } = newAccumulator();
    const level = (timeMs: number, value: number): Row => ({ ...delta(0, timeMs, value), startMs: 0 });
    expect(commit([level(10_000, 5)])).toEqual([at(10_000, 5)]);
    expect(commit([level(5_000, -2)])).toEqual([at(10_001, 3)]);
    commit([level(20_000, 4)], false);
    expect(commit([level(20_000, 4)])).toEqual([at(20_000, 7)]);
  });

  it("begin after whatever an earlier run may have stored", () => {
    const { commit } = newAccumulator(T0 + 50_000);
    expect(commit([delta(10_000, 20_000, 7)])).toEqual([at(50_002, 7), at(50_001, 0)]);
    expect(commit([delta(50_000, 60_000, 1)])).toEqual([at(60_000, 8)]);
  });

  it("begin anew when their series was forgotten", () => {
    const { commit, forget } = newAccumulator();
    commit([delta(0, 10_000, 5)]);
    forget(1);
    expect(commit([delta(10_000, 20_000, 1)])).toEqual([at(20_000, 1), at(10_001, 0)]);
  });

  it("leave staleness markers and other samples of a batch as they are", () => {
    const { accumulate } = newAccumulator();
    const batch = batchOf([delta(0, 10_000, 5), at(11_000, 0), { ...at(10_000, 2), series: 2 }]);
    setStaleAt(bitsOf(batch.floats.values), 1);
    const [result] = accumulate([batch]).samples;
    expect(isStaleAt(bitsOf(result!.floats.values), 1)).toBe(true);
    expect(result!.floats.values.slice(2)).toEqual(Float64Array.of(2, 0));
  });
});

describe("counters with a start", () => {
  const counter = (startMs: number, timeMs: number, value: number): Row => ({
    series: 1,
    startMs: T0 + startMs,
    timeMs: T0 + timeMs,
    value,
  });

  it("have a zero at a start that is new, and once", () => {
    const { commit } = newAccumulator();
    expect(commit([counter(0, 60_000, 5)])).toEqual([at(60_000, 5), at(0, 0)]);
    expect(commit([counter(0, 120_000, 6)])).toEqual([at(120_000, 6)]);
    expect(commit([counter(130_000, 180_000, 2)])).toEqual([at(180_000, 2), at(130_000, 0)]);
  });

  it("have their zero again when their group failed", () => {
    const { commit } = newAccumulator();
    const rows = commit([counter(0, 60_000, 5)], false);
    expect(commit([counter(0, 60_000, 5)])).toEqual(rows);
  });

  it("have none at a start long ago, at their own time, or before samples that are known", () => {
    const { commit } = newAccumulator();
    expect(commit([counter(-600_001, 0, 5)])).toEqual([at(0, 5)]);
    expect(commit([{ ...counter(10, 10, 1), series: 2 }])).toHaveLength(1);
    // A sender that moves the start with every sample has not begun anew each time.
    expect(commit([counter(0, 60_000, 6)])).toEqual([at(60_000, 6)]);
    expect(commit([counter(60_000, 120_000, 7)])).toEqual([at(120_000, 7)]);
  });

  it("pass through untouched where no start is given", () => {
    const { accumulate } = newAccumulator();
    const { startsMs: _, isDelta: __, ...floats } = batchOf([at(0, 1)]).floats;
    const batch = { ...batchOf([]), floats };
    expect(accumulate([batch]).samples[0]).toBe(batch);
  });
});

const native = (count: number, index: number): NativeHistogram => ({
  schema: 3,
  count,
  sum: count * 2,
  zeroThreshold: 1e-128,
  zeroCount: 0,
  positive: { indexes: Int32Array.of(index), counts: Float64Array.of(count) },
  negative: { indexes: new Int32Array(0), counts: new Float64Array(0) },
  customBounds: [],
  counterReset: "unknown",
});

describe("native histograms", () => {
  const sample = (startMs: number, timeMs: number, histogram: NativeHistogram, isDelta: boolean) => ({
    series: 9,
    startMs: T0 + startMs,
    timeMs: T0 + timeMs,
    histogram,
    isDelta,
  });

  it("are added up, bucket by bucket, from an empty one on", () => {
    const { accumulate } = newAccumulator();
    const store = (...samples: HistogramSample[]) => {
      const group = accumulate([batchOf([], samples)]);
      group.ended(true);
      return group.samples[0]!.histograms.map(({ timeMs, histogram, isDelta, startMs }) => {
        expect([isDelta, startMs]).toEqual([false, 0]);
        const { indexes, counts } = histogram!.positive;
        return [timeMs - T0, histogram!.count, histogram!.sum, [...indexes], [...counts]];
      });
    };
    expect(store(sample(0, 10_000, native(3, 5), true))).toEqual([
      [1, 0, 0, [], []],
      [10_000, 3, 6, [5], [3]],
    ]);
    expect(store(sample(10_000, 20_000, native(4, 2), true))).toEqual([[20_000, 7, 14, [2, 5], [4, 3]]]);
    expect(store({ ...sample(0, 30_000, native(4, 2), false), series: 8 })).toEqual([
      [0, 0, 0, [], []],
      [30_000, 4, 8, [2], [4]],
    ]);
  });
});

/** The increase that a reader sees who reads every sample, the largest of several for one time. */
function increaseOf(rows: readonly Row[]): number {
  const largest = new Map<number, number>();
  for (const { timeMs, value } of rows) {
    largest.set(timeMs, Math.max(value, largest.get(timeMs) ?? Number.NEGATIVE_INFINITY));
  }
  const samples = [...largest].sort(([a], [b]) => a - b).map(([, value]) => value);
  let increase = 0;
  samples.forEach((value, i) => {
    const before = i === 0 ? value : samples[i - 1]!;
    increase += value >= before ? value - before : value;
  });
  return increase;
}

describe("the increase of a series", () => {
  /** What happens to a delta's group: it is stored and acknowledged; or not acknowledged, and stored or not. */
  const fate = fc.constantFrom("committed", "committed", "committed", "failed", "lost");
  const events = fc.array(
    fc.record({
      value: fc.nat({ max: 9 }),
      stepMs: fc.integer({ min: 2, max: 20_000 }),
      /** How many deltas later it is sent first. */
      delay: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 6 }) }),
      fates: fc.array(fate, { maxLength: 4 }),
      retryAfter: fc.nat({ max: 4 }),
      restarts: fc.oneof(
        { weight: 9, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it("is the sum of all deltas that were committed, whatever the order, failures, retries and restarts", () => {
    fc.assert(
      fc.property(events, (list) => {
        let clockMs = 0;
        const queue = list.map((event, i) => {
          const startMs = clockMs;
          clockMs += event.stepMs;
          const row = delta(startMs, clockMs, event.value);
          const failedWith: { isTorn: boolean }[] = [];
          return { ...event, row, due: i + event.delay, fates: [...event.fates], isLost: false, failedWith };
        });
        const stored: Row[] = [];
        let accumulator = newAccumulator();
        let waiting = queue;
        let committedSum = 0;
        for (let turn = 0; waiting.length > 0; turn += 1) {
          const group = waiting.filter((item) => item.due <= turn).slice(0, turn % 3 === 0 ? 3 : 1);
          if (group.length === 0) continue;
          // What a group without an answer has left in the store, and which half of a group was sent again, no later
          // process can know of.
          const isSure = waiting.every(
            (item) => !item.isLost && !item.failedWith.some(({ isTorn }) => isTorn),
          );
          if (group[0]!.restarts && isSure) {
            accumulator = newAccumulator(Math.max(0, ...stored.map(({ timeMs }) => timeMs)));
          }
          const outcome = group[0]!.fates.shift() ?? "committed";
          const rows = accumulator.commit(
            group.map(({ row }) => row),
            outcome === "committed",
          );
          if (outcome !== "failed") stored.push(...rows);
          const failure = { isTorn: false };
          for (const item of group) {
            if (outcome === "committed") for (const earlier of item.failedWith) earlier.isTorn = true;
            else item.failedWith.push(failure);
            if (outcome === "lost") item.isLost = true;
            item.due = turn + 1 + item.retryAfter;
            item.restarts = false;
          }
          if (outcome !== "committed") continue;
          waiting = waiting.filter((item) => !group.includes(item));
          for (const { row } of group) committedSum += row.value;
        }
        expect(increaseOf(stored)).toBe(committedSum);
      }),
      { numRuns: 3_000 },
    );
  });
});
