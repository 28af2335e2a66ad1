import type { Labels } from "../../model/labels.ts";
import type { Exemplar } from "../../model/sample-batch.ts";
import { readLabels } from "./find-series.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import { seriesFilter, type SeriesSelection } from "./series-filter.ts";
import { IN_TIME_RANGE, timeRangeParams } from "./time-range-sql.ts";

/** The exemplars of one series, in time order. */
export interface SeriesExemplars {
  readonly series: Labels;
  readonly exemplars: readonly Omit<Exemplar, "series">[];
}

const exemplarsSql = (where: string): string => `
SELECT series, exemplar.metric, of_series.labels, time, value, exemplar.labels
FROM (
  SELECT metric, series, time, value, labels
  FROM exemplars
  WHERE ${IN_TIME_RANGE}
    AND (metric, series) IN (SELECT metric, id FROM series WHERE ${where})
  ORDER BY metric, series, time, value
  LIMIT 1 BY metric, series, time, value
  LIMIT {limit:UInt32}
) AS exemplar
ANY LEFT JOIN (
  SELECT id, labels
  FROM series
  WHERE ${where}
) AS of_series ON of_series.id = exemplar.series
ORDER BY exemplar.metric, series, time, value`;

/** The exemplars in the time range of the selected series, by series; `limit` is of exemplars. */
export async function readExemplars(run: RunSql, selection: SeriesSelection): Promise<SeriesExemplars[]> {
  const { where, params } = seriesFilter(selection);
  const bound = { ...params, ...timeRangeParams(selection.range) };
  const rows = new RowBinaryReader(await run(exemplarsSql(where), bound, selection.signal));
  const found: { series: Labels; exemplars: Omit<Exemplar, "series">[] }[] = [];
  let last: bigint | undefined;
  while (!rows.atEnd) {
    const id = rows.uint64();
    const series = readLabels(rows, rows.string());
    const timeMs = rows.int64AsNumber();
    const exemplar = { timeMs, value: rows.float64(), labels: readLabels(rows, "") };
    if (id === last) found.at(-1)?.exemplars.push(exemplar);
    else found.push({ series, exemplars: [exemplar] });
    last = id;
  }
  return found;
}
