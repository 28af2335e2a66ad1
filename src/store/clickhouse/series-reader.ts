import { QueryError } from "../../promql/query-error.ts";
import type { RangeRequest, ReadBudget, SelectRequest, SeriesReader } from "../../promql/series-reader.ts";
import type { RawSeries } from "../../promql/value.ts";
import { findSeries, type FoundSeries } from "./find-series.ts";
import { COUNT_GRID_FUNCTIONS, GRID_FUNCTIONS } from "./range-function-sql.ts";
import { canPush, fetchGridChunk, type GridValues } from "./read-grid-chunk.ts";
import { type FetchedChunk, fetchRawChunk, type SeriesChunk } from "./read-raw-chunk.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { createSampleDensity, type SampleDensity } from "./sample-density.ts";
import { RESULT_SAMPLE_BYTES } from "./sample-result.ts";
import { type ChunkSize, createChunkSize } from "./series-chunks.ts";
import { isEmptyRange, type TimeRange } from "./time-range-sql.ts";

/** Of a native histogram, where nothing is known yet. */
const HISTOGRAM_BYTES = 1_024;
/** A series of a grid has so many bytes for a time. */
const GRID_BYTES = 9;

/**
 * Series from the telemetry store. Matchers are resolved to series once; their samples are then read in chunks of series,
 * each small enough for memory, the next while one is evaluated. Rejects with QueryError.
 */
export function createSeriesReader(run: RunSql): SeriesReader {
  const hasGridFunctions = askOnce(run);
  const density = createSampleDensity();
  return {
    select: (request, budget) => select(run, request, budget, density),
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

async function* select(
  run: RunSql,
  request: SelectRequest,
  budget: ReadBudget,
  density: SampleDensity,
): AsyncGenerator<RawSeries> {
  const range = closedRange(request);
  if (isEmptyRange(range)) return;
  const seconds = (range.toMs - range.fromMs) / 1_000 + 1;
  const sizes = createChunkSize(density.perSecond() * seconds * RESULT_SAMPLE_BYTES);
  const histogramSizes = createChunkSize((seconds / 10) * HISTOGRAM_BYTES);
  for await (const page of findSeries(run, { matchers: request.matchers, range, signal: budget.signal })) {
    budget.series(page.length);
    const fetch = (chunk: SeriesChunk) => fetchRawChunk(run, chunk, budget);
    const fetchPlain = async (chunk: SeriesChunk) => {
      const fetched = await fetch(chunk);
      density.seen(fetched.bytes / RESULT_SAMPLE_BYTES / (chunk.series.length * seconds));
      return fetched;
    };
    const [plain, mixed] = [page.filter(isPlain), page.filter((series) => !isPlain(series))];
    yield* inChunks({ series: plain, range }, sizes, fetchPlain);
    yield* inChunks({ series: mixed, range }, histogramSizes, fetch);
  }
}

const isPlain = (series: FoundSeries): boolean => !series.mayHaveHistograms;

function onGrid(
  run: RunSql,
  request: RangeRequest,
  selected: SeriesChunk,
  budget: ReadBudget,
): AsyncGenerator<GridValues> {
  // One sample a second is more than nearly every series has.
  const seconds = (selected.range.toMs - selected.range.fromMs) / 1_000;
  const sizes = createChunkSize(Math.max(request.grid.steps * GRID_BYTES, seconds * RESULT_SAMPLE_BYTES));
  return inChunks(selected, sizes, (chunk) => fetchGridChunk(run, request, chunk, budget));
}

/**
 * Reads all series, as many at once as `sizes` says, and the next ones while those before are taken. A chunk whose result
 * is too large all the same is halved.
 */
async function* inChunks<T>(
  all: SeriesChunk,
  sizes: ChunkSize,
  fetch: (chunk: SeriesChunk) => Promise<FetchedChunk<T>>,
): AsyncGenerator<T> {
  let start = 0;
  const begin = (): { readonly count: number; readonly result: Promise<FetchedChunk<T>> } | undefined => {
    if (start >= all.series.length) return undefined;
    const series = all.series.slice(start, start + sizes.next(all.series.length - start));
    const result = fetch({ ...all, series });
    // Nobody may be there any more to be told that it failed.
    result.catch(() => {});
    return { count: series.length, result };
  };
  for (let under = begin(); under !== undefined;) {
    const { count } = under;
    let fetched: FetchedChunk<T>;
    try {
      fetched = await under.result;
    } catch (error) {
      const isTooLarge = error instanceof QueryError && error.kind === "too_large";
      if (!isTooLarge || count === 1) throw error;
      sizes.tooLarge(count);
      under = begin();
      continue;
    }
    sizes.had(count, fetched.bytes);
    start += count;
    under = begin();
    yield* fetched.items();
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
