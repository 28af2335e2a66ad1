import type { ReadBudget } from "../../promql/series-reader.ts";
import type { RawSeries } from "../../promql/value.ts";
import type { FoundSeries } from "./find-series.ts";
import { HISTOGRAMS_OF_SERIES, type HistogramRow, readHistogramRow } from "./histogram-result.ts";
import { orderSamples, type SampleColumns } from "./order-samples.ts";
import { floatSeries, mixedSeries } from "./raw-series.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { readSampleRow, SAMPLES_OF_SERIES } from "./sample-result.ts";
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

/** The raw samples of a chunk's series, those without samples left out. `tookIn` is told the bytes of the results. */
export async function* readRawChunk(
  run: RunSql,
  chunk: SeriesChunk,
  budget: ReadBudget,
  tookIn: (bytes: number) => void,
): AsyncGenerator<RawSeries> {
  const byId = new Map(chunk.series.map((series) => [series.id, series]));
  const bytes = await run(SAMPLES_OF_SERIES, chunkParams(chunk), budget.signal);
  const withHistograms = chunk.series.filter((series) => series.mayHaveHistograms);
  const histograms =
    withHistograms.length === 0
      ? undefined
      : await readHistograms(run, { ...chunk, series: withHistograms }, budget, tookIn);
  tookIn(bytes.length);
  const rows = new RowBinaryReader(bytes);
  while (!rows.atEnd) {
    const { id, timesMs, values } = readSampleRow(rows, (samples) => budget.samples(samples));
    const series = byId.get(id);
    if (series === undefined) continue;
    const floats = orderSamples({ timesMs, values });
    const own = histograms?.get(id);
    histograms?.delete(id);
    yield own === undefined ? floatSeries(series.labels, floats) : mixedSeries(series.labels, floats, own);
  }
  for (const [id, own] of histograms ?? []) {
    const series = byId.get(id);
    if (series !== undefined) yield mixedSeries(series.labels, NO_FLOATS, own);
  }
}

/** A float sample's time and value. */
const FLOAT_BYTES = 16;

const NO_FLOATS: SampleColumns = { timesMs: new Float64Array(0), values: new Float64Array(0) };

async function readHistograms(
  run: RunSql,
  chunk: SeriesChunk,
  budget: ReadBudget,
  tookIn: (bytes: number) => void,
): Promise<Map<bigint, HistogramRow[]>> {
  const bytes = await run(HISTOGRAMS_OF_SERIES, chunkParams(chunk), budget.signal);
  tookIn(bytes.length);
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
