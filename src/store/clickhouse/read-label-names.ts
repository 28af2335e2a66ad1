import { METRIC_NAME } from "../../model/labels.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { seriesFilter, type SeriesSelection } from "./series-filter.ts";

const namesSql = (where: string): string => `
SELECT DISTINCT name
FROM series
ARRAY JOIN if(metric = '', mapKeys(labels), arrayPushBack(mapKeys(labels), '${METRIC_NAME}')) AS name
WHERE ${where}
ORDER BY name
LIMIT {limit:UInt32}`;

/** The names of the labels that the selected series have, the metric's name among them, sorted. */
export async function readLabelNames(run: RunSql, selection: SeriesSelection): Promise<string[]> {
  const { where, params } = seriesFilter(selection);
  const rows = new RowBinaryReader(await run(namesSql(where), params, selection.signal));
  const names: string[] = [];
  while (!rows.atEnd) names.push(rows.string());
  return names;
}
