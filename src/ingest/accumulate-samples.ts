import { addHistograms, emptyHistogram } from "../model/histogram-sum.ts";
import type { NativeHistogram } from "../model/native-histogram.ts";
import type { FloatSamples, HistogramSample, SampleBatch, SeriesRef } from "../model/sample-batch.ts";
import type { CommitPorts } from "./commit-group.ts";
import { type CounterStarts, createCounterStarts } from "./counter-starts.ts";
import type { SeriesTable } from "./series-table.ts";
import { createDeltaTotals, type DeltaTotals, type Summation } from "./delta-totals.ts";

export interface AccumulatorOptions {
  /** What the numbers in all batches mean. */
  readonly series: Pick<SeriesTable, "onForget">;
  /**
   * When the newest stored sample is, and no later than now: what this run counts from zero begins after it, because the
   * counts of an earlier run may reach up to there. 0 when nothing is stored.
   */
  readonly writtenUntilMs: number;
}

interface Totals {
  readonly floats: DeltaTotals<number>;
  readonly histograms: DeltaTotals<NativeHistogram>;
}

const FLOATS: Summation<number> = {
  add: (total, value) => total + value,
  isLarger: (total, than) => total >= than,
  isSame: (a, b) => a === b,
};

const HISTOGRAMS: Summation<NativeHistogram> = {
  add: addHistograms,
  isLarger: (total, than) => total.count >= than.count,
  isSame: (a, b) =>
    a.count === b.count && a.sum === b.sum && a.zeroCount === b.zeroCount && a.schema === b.schema,
};

/**
 * Turns deltas into running totals, and start times of counters into samples of zero, where the first events would be lost
 * to PromQL otherwise. Keeps what it must know of each series in memory: after a restart deltas count from zero again, a
 * counter reset.
 */
export function createAccumulator(options: AccumulatorOptions): CommitPorts["accumulate"] {
  const { writtenUntilMs } = options;
  const starts = createCounterStarts();
  const totals: Totals = {
    floats: createDeltaTotals(FLOATS, { writtenUntilMs }),
    histograms: createDeltaTotals(HISTOGRAMS, { writtenUntilMs }),
  };
  options.series.onForget((series) => {
    starts.forget(series);
    totals.floats.forget(series);
    totals.histograms.forget(series);
  });
  return (received) => ({
    samples: received.map((batch) => accumulateBatch(batch, starts, totals)),
    ended(committed) {
      totals.floats.ended(committed);
      totals.histograms.ended(committed);
      if (committed) for (const batch of received) noteStarts(batch, starts);
    },
  });
}

function accumulateBatch(batch: SampleBatch, starts: CounterStarts, totals: Totals): SampleBatch {
  const { floats, histograms } = batch;
  const hasFloats = floats.startsMs !== undefined || floats.isDelta !== undefined;
  const hasHistograms = histograms.some(({ startMs, isDelta }) => startMs > 0 || isDelta);
  if (!hasFloats && !hasHistograms) return batch;
  return {
    ...batch,
    floats: hasFloats ? accumulateFloats(floats, starts, totals.floats) : floats,
    histograms: hasHistograms ? accumulateHistograms(histograms, starts, totals.histograms) : histograms,
  };
}

/** Samples of zero, beside those that were sent. */
interface ZeroRows {
  readonly series: SeriesRef[];
  readonly timesMs: number[];
}

function accumulateFloats(
  floats: FloatSamples,
  starts: CounterStarts,
  totals: DeltaTotals<number>,
): FloatSamples {
  const { count, series, startsMs, isDelta } = floats;
  const zeros: ZeroRows = { series: [], timesMs: [] };
  const timesMs = isDelta === undefined ? floats.timesMs : floats.timesMs.slice(0, count);
  const values = isDelta === undefined ? floats.values : copyOf(floats.values, count, count);
  for (let i = 0; i < count; i += 1) {
    const ref = series[i]!;
    const startMs = startsMs === undefined ? 0 : startsMs[i]!;
    const timeMs = floats.timesMs[i]!;
    if (isDelta !== undefined && isDelta[i] === 1) {
      const row = totals.count(ref, startMs, timeMs, floats.values[i]!);
      timesMs[i] = row.timeMs;
      values[i] = row.total;
      if (row.zeroMs !== undefined) addZero(zeros, ref, row.zeroMs);
    } else if (startMs > 0 && starts.isNew(ref, startMs, timeMs)) addZero(zeros, ref, startMs);
  }
  return withZeros({ count, series, timesMs, values }, zeros);
}

function addZero(zeros: ZeroRows, series: SeriesRef, timeMs: number): void {
  zeros.series.push(series);
  zeros.timesMs.push(timeMs);
}

function withZeros(floats: FloatSamples, zeros: ZeroRows): FloatSamples {
  const { count } = floats;
  const total = count + zeros.series.length;
  if (total === count) return floats;
  const series = new Uint32Array(total);
  series.set(floats.series.subarray(0, count));
  series.set(zeros.series, count);
  const timesMs = new Float64Array(total);
  timesMs.set(floats.timesMs.subarray(0, count));
  timesMs.set(zeros.timesMs, count);
  return { count: total, series, timesMs, values: copyOf(floats.values, count, total) };
}

/** Copied as bytes: a staleness marker is a NaN whose bits count. */
function copyOf(values: Float64Array, count: number, length: number): Float64Array {
  const copy = new Float64Array(length);
  new Uint8Array(copy.buffer).set(new Uint8Array(values.buffer, values.byteOffset, count * 8));
  return copy;
}

function accumulateHistograms(
  histograms: readonly HistogramSample[],
  starts: CounterStarts,
  totals: DeltaTotals<NativeHistogram>,
): HistogramSample[] {
  const stored: HistogramSample[] = [];
  const store = (series: SeriesRef, timeMs: number, histogram: NativeHistogram | undefined): void => {
    stored.push({ series, timeMs, histogram, startMs: 0, isDelta: false });
  };
  for (const { series, timeMs, startMs, isDelta, histogram } of histograms) {
    if (histogram === undefined) {
      store(series, timeMs, undefined);
      continue;
    }
    if (isDelta) {
      const row = totals.count(series, startMs, timeMs, histogram);
      if (row.zeroMs !== undefined) store(series, row.zeroMs, emptyHistogram(row.total));
      store(series, row.timeMs, row.total);
      continue;
    }
    if (starts.isNew(series, startMs, timeMs)) store(series, startMs, emptyHistogram(histogram));
    store(series, timeMs, histogram);
  }
  return stored;
}

function noteStarts({ floats, histograms }: SampleBatch, starts: CounterStarts): void {
  const { count, series, timesMs, startsMs, isDelta } = floats;
  if (startsMs !== undefined) {
    for (let i = 0; i < count; i += 1) {
      if (isDelta === undefined || isDelta[i] === 0) starts.saw(series[i]!, startsMs[i]!, timesMs[i]!);
    }
  }
  for (const { series: ref, timeMs, startMs, isDelta: isAdded } of histograms) {
    if (!isAdded) starts.saw(ref, startMs, timeMs);
  }
}
