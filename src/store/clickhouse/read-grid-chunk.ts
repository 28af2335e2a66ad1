import type { RangeRequest, ReadBudget } from "../../promql/series-reader.ts";
import type { GridSeries } from "../../promql/value.ts";
import { RANGE_FUNCTIONS } from "../../promql/functions/range-functions.ts";
import { rangeFunctionSql } from "./range-function-sql.ts";
import { evaluateWindows } from "./evaluate-windows.ts";
import type { FoundSeries } from "./find-series.ts";
import { chunkParams, type FetchedChunk, fetchRawChunk, type SeriesChunk } from "./read-raw-chunk.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";

export type GridValues = Pick<GridSeries, "labels" | "values" | "present">;

/** The engine's state holds every sample of a chunk in about so many bytes. */
const STATE_BYTES = 8;

/** Whether the engine can be asked at all: its numbers are whole milliseconds. */
export function canPush({ grid, windowMs }: RangeRequest): boolean {
  return [grid.startMs, grid.stepMs, windowMs].every(Number.isSafeInteger) && grid.stepMs > 0 && windowMs > 0;
}

/** The values of one series as the engine has computed them. */
interface GridRow extends Pick<GridSeries, "values" | "present"> {
  readonly series: FoundSeries | undefined;
  readonly samples: number;
  readonly isExact: boolean;
}

/**
 * The function's values for a chunk's series, those without samples left out. Series for which the engine's answer may
 * not be PromQL's are read raw and evaluated here.
 */
export async function fetchGridChunk(
  run: RunSql,
  request: RangeRequest,
  chunk: SeriesChunk,
  budget: ReadBudget,
): Promise<FetchedChunk<GridValues>> {
  const { grid, windowMs } = request;
  const byId = new Map(chunk.series.map((series) => [series.id, series]));
  const sql = rangeFunctionSql(request.function, grid, windowMs);
  const rows = new RowBinaryReader(await run(sql, chunkParams(chunk), budget.signal));
  const found: GridRow[] = [];
  let bytes = 0;
  while (!rows.atEnd) {
    const series = byId.get(rows.uint64());
    const samples = rows.uint64AsNumber();
    const isExact = rows.uint64AsNumber() === 0;
    found.push({ series, samples, isExact, ...readNullables(rows, grid.steps) });
    bytes += Math.max(samples * STATE_BYTES, grid.steps * 9);
  }
  return { bytes, items: () => gridValues(run, request, { found, chunk }, budget) };
}

async function* gridValues(
  run: RunSql,
  request: RangeRequest,
  { found, chunk }: { readonly found: readonly GridRow[]; readonly chunk: SeriesChunk },
  budget: ReadBudget,
): AsyncGenerator<GridValues> {
  const inexact: FoundSeries[] = [];
  for (const { series, samples, isExact, values, present } of found) {
    if (isExact) budget.samples(samples);
    if (series === undefined) continue;
    if (isExact) yield { labels: series.labels, values, present };
    else inexact.push(series);
  }
  if (inexact.length === 0) return;
  const { evaluate } = RANGE_FUNCTIONS[request.function]!;
  const raw = await fetchRawChunk(run, { ...chunk, series: inexact }, budget);
  for await (const series of raw.items()) yield evaluateWindows(series, evaluate, request);
}

/** Array(Nullable(Float64)) of a known length. */
function readNullables(rows: RowBinaryReader, length: number): Pick<GridSeries, "values" | "present"> {
  const values = new Float64Array(length);
  const present = new Uint8Array(length);
  const found = rows.varint();
  if (found !== length) throw new RangeError(`the store answered ${found} steps instead of ${length}`);
  for (let step = 0; step < length; step += 1) {
    if (rows.uint8() !== 0) continue;
    present[step] = 1;
    values[step] = rows.float64();
  }
  return { values, present };
}
