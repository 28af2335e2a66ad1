import { METRIC_NAME } from "../../model/labels.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { seriesFilter, type SeriesSelection } from "./series-filter.ts";

const valuesSql = (value: string, where: string): string => `
SELECT DISTINCT ${value} AS value
FROM series
WHERE ${where}
  AND value != ''
ORDER BY value
LIMIT {limit:UInt32}`;

/** The values that a label has in the selected series, sorted. */
export async function readLabelValues(
  run: RunSql,
  label: string,
  selection: SeriesSelection,
): Promise<string[]> {
  const { where, params } = seriesFilter(selection);
  const sql = valuesSql(label === METRIC_NAME ? "metric" : "labels[{label:String}]", where);
  const rows = new RowBinaryReader(await run(sql, { ...params, label }, selection.signal));
  const values: string[] = [];
  while (!rows.atEnd) values.push(rows.string());
  return values;
}
