import { METRIC_NAME, labelsOf } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import type { ClickHouse } from "./clickhouse.ts";

/** The newest float sample of a series. */
export interface NewestSample {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
}

/** Staleness markers, and other values that are no numbers, are not looked at. Of several values for one time the largest counts. */
const NEWEST_SAMPLES = `
SELECT
  names.labels AS labels,
  toString(toUnixTimestamp64Milli(newest.at)) AS time_ms,
  toString(newest.highest) AS value
FROM
(
  SELECT
    series,
    max(time) AS at,
    argMax(value, (time, value)) AS highest
  FROM samples
  WHERE metric = {metric:String}
    AND time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND NOT isNaN(value)
  GROUP BY series
) AS newest
INNER JOIN
(
  SELECT
    id,
    any(labels) AS labels
  FROM series
  WHERE metric = {metric:String}
    AND day >= toDate(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC'))
  GROUP BY id
) AS names ON names.id = newest.series`;

/** The newest sample of each series of a metric, of those at or after `fromMs`; for metrics with few series. */
export async function readNewestSamples(
  clickhouse: ClickHouse,
  metric: string,
  fromMs: number,
): Promise<readonly NewestSample[]> {
  const rows = await clickhouse.query<{
    labels: Readonly<Record<string, string>>;
    time_ms: string;
    value: string;
  }>("background", NEWEST_SAMPLES, { params: { metric, from_ms: Math.floor(fromMs) } });
  return rows.map(({ labels, time_ms, value }) => ({
    labels: labelsOf([[METRIC_NAME, metric], ...Object.entries(labels)]),
    timeMs: Number(time_ms),
    value: Number(value),
  }));
}
