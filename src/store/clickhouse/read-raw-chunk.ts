import type { ReadBudget } from "../../promql/series-reader.ts";
import type { RawSeries } from "../../promql/value.ts";
import type { FoundSeries } from "./find-series.ts";
import { HISTOGRAMS_OF_SERIES, type HistogramRow, readHistogramRow } from "./histogram-result.ts";
import { orderSamples, type SampleColumns } from "./order-samples.ts";
import { floatSeries, mixedSeries } from "./raw-series.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { readSamples, SAMPLES_OF_SERIES } from "./sample-result.ts";
import { type TimeRange, timeRangeParams } from "./time-range-sql.ts";

/** Series that one statement reads, with what they are read from. */
export interface SeriesChunk {
  readonly series: readonly FoundSeries[];
  readonly range: TimeRange;
}

/** The parameters that every statement about the samples of a chunk has. */
export function chunkParams({
  series,
  range,
}: SeriesChunk): Record<string, string | number | (string | bigint)[]> {
  const metrics = new Set(series.map(({ metric }) => metric));
  return {
    ...(timeRangeParams(range) as Record<string, number>),
    metrics: [...metrics],
    ids: series.map(({ id }) => id),
  };
}

/** What a statement about a chunk has brought. */
export interface FetchedChunk<T> {
  readonly bytes: number;
  /** To be taken once. Throws what the budget throws. */
  items(): Iterable<T> | AsyncIterable<T>;
}

/** Reads the samples of a chunk's series; those without samples are left out. */
export async function fetchRawChunk(
  run: RunSql,
  chunk: SeriesChunk,
  budget: ReadBudget,
): Promise<FetchedChunk<RawSeries>> {
  const withHistograms = chunk.series.filter((series) => series.mayHaveHistograms);
  const floats = await run(SAMPLES_OF_SERIES, chunkParams(chunk), budget.signal);
  const histograms =
    withHistograms.length === 0
      ? undefined
      : await run(HISTOGRAMS_OF_SERIES, chunkParams({ ...chunk, series: withHistograms }), budget.signal);
  return {
    bytes: floats.length + (histograms?.length ?? 0),
    items: () => rawSeries(chunk.series, { floats, histograms }, budget),
  };
}

function* rawSeries(
  series: readonly FoundSeries[],
  results: { readonly floats: Uint8Array; readonly histograms: Uint8Array | undefined },
  budget: ReadBudget,
): Generator<RawSeries> {
  const ids = series.map(({ id }) => id);
  const samples = readSamples(results.floats, ids, (count) => budget.samples(count));
  const histograms =
    results.histograms === undefined ? undefined : readHistograms(results.histograms, budget);
  for (const [place, { id, labels }] of series.entries()) {
    const floats = samples[place];
    const own = histograms?.get(id);
    if (own !== undefined) {
      yield mixedSeries(labels, floats === undefined ? NO_FLOATS : orderSamples(floats), own);
    } else if (floats !== undefined) yield floatSeries(labels, orderSamples(floats));
  }
}

/** A float sample's time and value. */
const FLOAT_BYTES = 16;

const NO_FLOATS: SampleColumns = { timesMs: new Float64Array(0), values: new Float64Array(0) };

function readHistograms(bytes: Uint8Array, budget: ReadBudget): Map<bigint, HistogramRow[]> {
  const rows = new RowBinaryReader(bytes);
  const found = new Map<bigint, HistogramRow[]>();
  while (!rows.atEnd) {
    const start = rows.position;
    const row = readHistogramRow(rows);
    // As much as the floats that would take its place.
    budget.samples(Math.ceil((rows.position - start) / FLOAT_BYTES));
    const own = found.get(row.id);
    if (own === undefined) found.set(row.id, [row]);
    else own.push(row);
  }
  return found;
}
