import { QueryError } from "../../promql/query-error.ts";
import type { RangeRequest, ReadBudget, SelectRequest, SeriesReader } from "../../promql/series-reader.ts";
import type { RawSeries } from "../../promql/value.ts";
import { findSeries, type FoundSeries } from "./find-series.ts";
import { COUNT_GRID_FUNCTIONS, GRID_FUNCTIONS } from "./range-function-sql.ts";
import { canPush, type GridValues, readGridChunk } from "./read-grid-chunk.ts";
import { readRawChunk, type SeriesChunk } from "./read-raw-chunk.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { type ChunkSize, createChunkSize } from "./series-chunks.ts";
import { isEmptyRange, type TimeRange } from "./time-range-sql.ts";

/** Of a float sample in a result. */
const SAMPLE_BYTES = 16;
/** Of a native histogram, where nothing is known yet. */
const HISTOGRAM_BYTES = 1_024;
/** A series of a grid has so many bytes for a time. */
const GRID_BYTES = 9;

/**
 * Series from the telemetry store. Matchers are resolved to series once; their samples are then read in chunks of series,
 * one after the other, each small enough for memory. Rejects with QueryError.
 */
export function createSeriesReader(run: RunSql): SeriesReader {
  const hasGridFunctions = askOnce(run);
  return {
    select: (request, budget) => select(run, request, budget),
    range: async (request, budget) => {
      const range = closedRange(request);
      if (!canPush(request) || !(await hasGridFunctions(budget.signal))) return undefined;
      const selected: FoundSeries[] = [];
      if (!isEmptyRange(range)) {
        for await (const page of findSeries(run, {
          matchers: request.matchers,
          range,
          signal: budget.signal,
        })) {
          if (page.some((series) => series.mayHaveHistograms)) return undefined;
          budget.series(page.length);
          for (const series of page) selected.push(series);
        }
      }
      return onGrid(run, request, { series: selected, range }, budget);
    },
  };
}

/** Samples have whole milliseconds: after `fromMs`, up to and with `toMs`. */
function closedRange({ fromMs, toMs }: SelectRequest): TimeRange {
  return { fromMs: Math.floor(fromMs) + 1, toMs: Math.floor(toMs) };
}

async function* select(run: RunSql, request: SelectRequest, budget: ReadBudget): AsyncGenerator<RawSeries> {
  const range = closedRange(request);
  if (isEmptyRange(range)) return;
  // One sample a second is more than nearly every series has.
  const seconds = (range.toMs - range.fromMs) / 1_000 + 1;
  const sizes = createChunkSize(seconds * SAMPLE_BYTES);
  const histogramSizes = createChunkSize((seconds / 10) * HISTOGRAM_BYTES);
  for await (const page of findSeries(run, { matchers: request.matchers, range, signal: budget.signal })) {
    budget.series(page.length);
    const read = (chunk: SeriesChunk, tookIn: (bytes: number) => void) =>
      readRawChunk(run, chunk, budget, tookIn);
    const [plain, mixed] = [page.filter(isPlain), page.filter((series) => !isPlain(series))];
    yield* inChunks({ series: plain, range }, sizes, read);
    yield* inChunks({ series: mixed, range }, histogramSizes, read);
  }
}

const isPlain = (series: FoundSeries): boolean => !series.mayHaveHistograms;

function onGrid(
  run: RunSql,
  request: RangeRequest,
  selected: SeriesChunk,
  budget: ReadBudget,
): AsyncGenerator<GridValues> {
  const sizes = createChunkSize(
    Math.max(
      request.grid.steps * GRID_BYTES,
      ((selected.range.toMs - selected.range.fromMs) / 1_000) * SAMPLE_BYTES,
    ),
  );
  return inChunks(selected, sizes, (chunk, tookIn) => readGridChunk(run, request, chunk, budget, tookIn));
}

/**
 * Reads all series, as many at once as `sizes` says. A chunk whose result is too large all the same is halved, as long
 * as nothing of it was given out yet.
 */
async function* inChunks<T>(
  all: SeriesChunk,
  sizes: ChunkSize,
  read: (chunk: SeriesChunk, tookIn: (bytes: number) => void) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  for (let start = 0; start < all.series.length;) {
    const series = all.series.slice(start, start + sizes.next());
    let bytes = 0;
    let given = false;
    try {
      for await (const item of read({ ...all, series }, (more) => (bytes += more))) {
        given = true;
        yield item;
      }
    } catch (error) {
      const isTooLarge = error instanceof QueryError && error.kind === "too_large";
      if (!isTooLarge || given || bytes > 0 || series.length === 1) throw error;
      sizes.tooLarge(series.length);
      continue;
    }
    sizes.had(series.length, bytes);
    start += series.length;
  }
}

/** Whether the engine has every function that is pushed down; asked again only when the answer failed. */
function askOnce(run: RunSql): (signal: AbortSignal) => Promise<boolean> {
  let known: boolean | undefined;
  return async (signal) => {
    known ??=
      new RowBinaryReader(await run(COUNT_GRID_FUNCTIONS, {}, signal)).uint64AsNumber() === GRID_FUNCTIONS;
    return known;
  };
}
