import { type Labels, METRIC_NAME } from "../../model/labels.ts";
import type { Matcher } from "../../promql/ast.ts";
import { matcherSql } from "./matcher-sql.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";
import type { RunSql } from "./run-sql.ts";
import {
  dayRangeParams,
  IN_DAY_RANGE,
  IN_TIME_RANGE,
  type TimeRange,
  timeRangeParams,
} from "./time-range-sql.ts";

export interface FoundSeries {
  readonly id: bigint;
  readonly metric: string;
  readonly labels: Labels;
  /** The metric, though not always this series, has native histograms in the range. */
  readonly mayHaveHistograms: boolean;
}

/** Series held at once while they are looked up. */
const SERIES_PER_PAGE = 20_000;

/**
 * The series that pass the matchers and have samples on the days of the range, by metric and id, a page at a time. They
 * need not have samples in the range itself.
 */
export async function* findSeries(
  run: RunSql,
  what: { readonly matchers: readonly Matcher[]; readonly range: TimeRange; readonly signal: AbortSignal },
): AsyncGenerator<readonly FoundSeries[]> {
  const { all, onMetric, params } = matcherSql(what.matchers);
  const bound = { ...params, ...dayRangeParams(what.range), ...timeRangeParams(what.range) };
  let after: FoundSeries | undefined;
  for (;;) {
    const sql = pageSql(all, onMetric, after !== undefined);
    const place = after === undefined ? {} : { after_metric: after.metric, after_id: after.id };
    const page = readSeriesRows(await run(sql, { ...bound, ...place }, what.signal));
    if (page.length > 0) yield page;
    if (page.length < SERIES_PER_PAGE) return;
    after = page.at(-1);
  }
}

/** In the table's order, so that the engine stops reading when a page is full. */
function pageSql(all: readonly string[], onMetric: readonly string[], isLater: boolean): string {
  const place = isLater
    ? ["metric >= {after_metric:String}", "(metric, id) > ({after_metric:String}, {after_id:UInt64})"]
    : [];
  return `
SELECT metric, id, labels, metric IN (
  SELECT metric
  FROM histogram_samples
  WHERE ${[IN_TIME_RANGE, ...onMetric].join("\n  AND ")}
  LIMIT 1 BY metric
) AS may_have_histograms
FROM series
WHERE ${[IN_DAY_RANGE, ...all, ...place].join("\n  AND ")}
ORDER BY metric, id
LIMIT 1 BY metric, id
LIMIT ${SERIES_PER_PAGE}`;
}

function readSeriesRows(bytes: Uint8Array): FoundSeries[] {
  const rows = new RowBinaryReader(bytes);
  const found: FoundSeries[] = [];
  while (!rows.atEnd) {
    const metric = rows.string();
    const id = rows.uint64();
    const labels = readLabels(rows, metric);
    found.push({ id, metric, labels, mayHaveHistograms: rows.uint8() !== 0 });
  }
  return found;
}

/** The columns `metric` and `labels` as labels: the map is as sorted as it was written. */
export function readLabels(rows: RowBinaryReader, metric: string): Labels {
  const labels: string[] = [];
  let placed = metric === "";
  for (let rest = rows.varint(); rest > 0; rest -= 1) {
    const name = rows.string();
    if (!placed && name > METRIC_NAME) {
      labels.push(METRIC_NAME, metric);
      placed = true;
    }
    labels.push(name, rows.string());
  }
  if (!placed) labels.push(METRIC_NAME, metric);
  return labels;
}
