import { labelValue, METRIC_NAME } from "../model/labels.ts";
import type {
  FloatSamples,
  HistogramSample,
  SampleBatch,
  SeriesRef,
  SeriesView,
} from "../model/sample-batch.ts";

/** Series whose samples are looked for, and between which times, both inclusive. */
export interface StoredSamplesQuestion {
  readonly table: "samples" | "histogram_samples";
  readonly metrics: readonly string[];
  readonly ids: readonly bigint[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** By `storedKey`: the value, of histograms the count of observations. */
export type StoredSamples = ReadonlyMap<string, number>;

export interface StoredDeltasOptions {
  /** When the newest sample of earlier runs is: only deltas up to there can be stored already. */
  readonly writtenUntilMs: number;
  readonly read: (question: StoredSamplesQuestion) => Promise<StoredSamples>;
}

export function storedKey(id: bigint | string, timeMs: number): string {
  return `${id}/${timeMs}`;
}

/**
 * Finds the deltas that a run before this one stored and did not come to acknowledge: they are sent again, and would count
 * twice. A series has one delta for each time, so a sample at just that time is the delta's. Of floats it is taken once
 * more as it is, so that its SLIs are counted again; of histograms it is left out. Costs nothing for deltas that end after
 * what earlier runs wrote. Rejects when the store fails.
 */
export function createStoredDeltas(
  options: StoredDeltasOptions,
): (batches: readonly SampleBatch[]) => Promise<readonly SampleBatch[]> {
  const { writtenUntilMs } = options;
  return async (batches) => {
    const floats: Suspect[] = [];
    const histograms: Suspect[] = [];
    for (const batch of batches) {
      const { table } = batch;
      const { count, isDelta, timesMs, series } = batch.floats;
      for (let i = 0; isDelta !== undefined && i < count; i += 1) {
        if (isDelta[i] === 1 && timesMs[i]! <= writtenUntilMs) {
          floats.push({ table, series: series[i]!, timeMs: timesMs[i]! });
        }
      }
      for (const { isDelta: isAdded, timeMs, series: ref } of batch.histograms) {
        if (isAdded && timeMs <= writtenUntilMs) histograms.push({ table, series: ref, timeMs });
      }
    }
    if (floats.length + histograms.length === 0) return batches;
    const storedFloats = await readStored(options, "samples", floats);
    const storedHistograms = await readStored(options, "histogram_samples", histograms);
    if (storedFloats.size + storedHistograms.size === 0) return batches;
    return batches.map((batch) => ({
      ...batch,
      floats: asStored(batch.floats, batch.table, storedFloats),
      histograms: withoutStored(batch.histograms, batch.table, storedHistograms),
    }));
  };
}

interface Suspect {
  readonly table: SeriesView;
  readonly series: SeriesRef;
  readonly timeMs: number;
}

/** Parameters travel in the URL of a remote store, whose length is limited. */
const SERIES_AT_ONCE = 1_000;

async function readStored(
  { read }: StoredDeltasOptions,
  table: StoredSamplesQuestion["table"],
  suspects: readonly Suspect[],
): Promise<StoredSamples> {
  const stored = new Map<string, number>();
  for (let from = 0; from < suspects.length; from += SERIES_AT_ONCE) {
    const some = suspects.slice(from, from + SERIES_AT_ONCE);
    const times = some.map(({ timeMs }) => timeMs);
    const found = await read({
      table,
      metrics: [...new Set(some.map((one) => labelValue(one.table.labels(one.series), METRIC_NAME)))],
      ids: [...new Set(some.map((one) => one.table.id(one.series)))],
      fromMs: Math.min(...times),
      toMs: Math.max(...times),
    });
    for (const [key, value] of found) stored.set(key, value);
  }
  return stored;
}

function asStored(floats: FloatSamples, table: SeriesView, stored: StoredSamples): FloatSamples {
  const { count, series, timesMs, isDelta } = floats;
  if (isDelta === undefined || stored.size === 0) return floats;
  const deltas = isDelta.slice();
  const starts = floats.startsMs?.slice();
  const values = floats.values.slice();
  for (let i = 0; i < count; i += 1) {
    if (isDelta[i] !== 1) continue;
    const value = stored.get(storedKey(table.id(series[i]!), timesMs[i]!));
    if (value === undefined) continue;
    values[i] = value;
    deltas[i] = 0;
    if (starts !== undefined) starts[i] = 0;
  }
  return { ...floats, values, isDelta: deltas, ...(starts === undefined ? {} : { startsMs: starts }) };
}

function withoutStored(
  histograms: readonly HistogramSample[],
  table: SeriesView,
  stored: StoredSamples,
): readonly HistogramSample[] {
  if (stored.size === 0) return histograms;
  return histograms.filter(
    ({ isDelta, series, timeMs }) => !isDelta || !stored.has(storedKey(table.id(series), timeMs)),
  );
}
