import type { RangeRequest, ReadBudget } from "../../promql/series-reader.ts";
import type { GridSeries } from "../../promql/value.ts";
import { rangeFunctionSql } from "./range-function-sql.ts";
import { chunkParams, type SeriesChunk } from "./read-raw-chunk.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";

export type GridValues = Pick<GridSeries, "labels" | "values" | "present">;

/** The engine's state holds every sample of a chunk in about so many bytes. */
const STATE_BYTES = 8;

/** Whether the engine can be asked at all: its numbers are whole milliseconds. */
export function canPush({ grid, windowMs }: RangeRequest): boolean {
  return [grid.startMs, grid.stepMs, windowMs].every(Number.isSafeInteger) && grid.stepMs > 0 && windowMs > 0;
}

/** The function's values for a chunk's series, those without samples left out. `tookIn` is told what the chunk cost. */
export async function* readGridChunk(
  run: RunSql,
  request: RangeRequest,
  chunk: SeriesChunk,
  budget: ReadBudget,
  tookIn: (bytes: number) => void,
): AsyncGenerator<GridValues> {
  const { grid, windowMs } = request;
  const labelsOf = new Map(chunk.series.map(({ id, labels }) => [id, labels]));
  const sql = rangeFunctionSql(request.function, grid, windowMs);
  const bytes = await run(sql, chunkParams(chunk), budget.signal);
  const rows = new RowBinaryReader(bytes);
  while (!rows.atEnd) {
    const labels = labelsOf.get(rows.uint64());
    const samples = rows.uint64AsNumber();
    budget.samples(samples);
    tookIn(Math.max(samples * STATE_BYTES, grid.steps * 9));
    const { values, present } = readNullables(rows, grid.steps);
    if (labels !== undefined) yield { labels, values, present };
  }
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
