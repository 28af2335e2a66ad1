import type { Labels } from "../../model/labels.ts";
import { readLabels } from "./find-series.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { seriesFilter, type SeriesSelection } from "./series-filter.ts";

const seriesSql = (where: string): string => `
SELECT metric, labels
FROM series
WHERE ${where}
ORDER BY metric, id
LIMIT 1 BY metric, id
LIMIT {limit:UInt32}`;

/** The labels of the selected series, each once, by metric. */
export async function readSeriesLabels(run: RunSql, selection: SeriesSelection): Promise<Labels[]> {
  const { where, params } = seriesFilter(selection);
  const rows = new RowBinaryReader(await run(seriesSql(where), params, selection.signal));
  const found: Labels[] = [];
  while (!rows.atEnd) found.push(readLabels(rows, rows.string()));
  return found;
}
