import type { RangeRequest, SeriesReader } from "../promql/series-reader.ts";
import type { RunSql } from "../store/clickhouse/run-sql.ts";
import { createSeriesReader } from "../store/clickhouse/series-reader.ts";

/** Of a raw sample in a result, and of a step of a grid. */
const SAMPLE_BYTES = 24;
const STEP_BYTES = 9;
const SCRAPE_MS = 15_000;

/**
 * The reader of series for queries. The engine takes some four times as long to compute a function over ranges as to hand
 * over the samples, which the evaluator then needs a tenth of that for: functions are left to it only where the store is
 * across a network and their results are much smaller than the samples.
 */
export function createStoreReader(runSql: RunSql, isRemote: boolean): SeriesReader {
  const reader = createSeriesReader(runSql);
  const select: SeriesReader["select"] = (request, budget) => reader.select(request, budget);
  if (!isRemote) return { select };
  return {
    select,
    range: async (request, budget) => (isMuchSmaller(request) ? reader.range?.(request, budget) : undefined),
  };
}

function isMuchSmaller({ fromMs, toMs, grid }: RangeRequest): boolean {
  const samples = (toMs - fromMs) / SCRAPE_MS;
  return grid.steps * STEP_BYTES * 10 < samples * SAMPLE_BYTES;
}
