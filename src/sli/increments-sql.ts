import { sqlString } from "../model/sql-string.ts";
import type { LabelMatcher } from "../slo/indicator.ts";
import { LONGEST_GAP_MS } from "./longest-gap.ts";
import type { CountsStore } from "./counts-sql.ts";
import type { KnownSamples } from "./metric-memory.ts";
import type { MetricPlan } from "./metric-plan.ts";
import type { BucketRange } from "./bucket-ranges.ts";

/** What the series of one metric with the same mask grew by in one bucket. */
export interface Increase {
  /** See MetricPlan.weights. */
  readonly mask: string;
  readonly bucketMs: number;
  readonly increase: number;
}

/** True for values that count: no NaN, staleness markers among them, no infinity. */
const COUNTS = "isFinite(value)";

const SAMPLES_IN_RANGE = `metric = {metric:String}
  AND time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND ${COUNTS}`;

/**
 * Reads the increases of a metric's counters in the buckets of a range, from stored samples: those an hour before the
 * range are read too, because an increase belongs to the later of two samples.
 */
export async function readIncreases(
  store: CountsStore,
  plan: MetricPlan,
  { fromMs, toMs }: BucketRange,
): Promise<readonly Increase[]> {
  const rows = await store.query<{ mask: string; bucket_s: number; increase: number | string }>(
    increasesSql(plan),
    { params: { metric: plan.metric, from_ms: fromMs - LONGEST_GAP_MS, to_ms: toMs, first_ms: fromMs } },
  );
  return rows.map((row) => ({
    mask: row.mask,
    bucketMs: row.bucket_s * 1_000,
    increase: Number(row.increase),
  }));
}

function increasesSql(plan: MetricPlan): string {
  const bits = plan.selectors.map(({ matchers }) => `if(${matchersSql(matchers)}, '1', '0')`);
  return `WITH selected AS (
  SELECT id, any(${bits.length === 1 ? bits[0]! : `concat(${bits.join(", ")})`}) AS mask
  FROM series
  WHERE metric = {metric:String}
    AND day >= toDate(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC'))
    AND day <= toDate(fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC'))
  GROUP BY id
  HAVING position(mask, '1') > 0
)
SELECT mask, bucket_s, sum(increase) AS increase
FROM (
  SELECT
    series,
    toUInt32(intDiv(time_ms, 10000) * 10) AS bucket_s,
    multiIf(
      previous_ms = 0 OR time_ms - previous_ms > ${LONGEST_GAP_MS}, 0,
      largest >= previous, largest - previous,
      largest) AS increase
  FROM (
    SELECT
      series,
      time_ms,
      largest,
      lagInFrame(time_ms) OVER pair AS previous_ms,
      lagInFrame(largest) OVER pair AS previous
    FROM (
      SELECT series, toUnixTimestamp64Milli(time) AS time_ms, max(value) AS largest
      FROM samples
      WHERE ${SAMPLES_IN_RANGE}
        AND series IN (SELECT id FROM selected)
      GROUP BY series, time
    )
    WINDOW pair AS (PARTITION BY series ORDER BY time_ms ASC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
  )
  WHERE time_ms >= {first_ms:Int64}
) AS increases
INNER JOIN selected ON increases.series = selected.id
GROUP BY mask, bucket_s
HAVING increase != 0`;
}

/** The conditions of a selector over the columns of `series`. */
export function matchersSql(matchers: readonly LabelMatcher[]): string {
  return matchers.length === 0 ? "true" : matchers.map(matcherSql).join(" AND ");
}

/** A label that is not there is an empty text, here as in PromQL. */
function matcherSql({ label, operator, value }: LabelMatcher): string {
  const column = `labels[${sqlString(label)}]`;
  switch (operator) {
    case "=":
      return `${column} = ${sqlString(value)}`;
    case "!=":
      return `${column} != ${sqlString(value)}`;
    case "=~":
      return `match(${column}, ${sqlString(`^(?s:${value})$`)})`;
    case "!~":
      return `NOT match(${column}, ${sqlString(`^(?s:${value})$`)})`;
  }
}

const COUNT_SAMPLES = `
SELECT count() AS samples
FROM samples
WHERE metric = {metric:String}
  AND time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

/** How many rows a range of a metric has, those that merges will drop included. */
export async function countSamples(
  store: CountsStore,
  metric: string,
  { fromMs, toMs }: BucketRange,
): Promise<number> {
  const params = { metric, from_ms: fromMs, to_ms: toMs };
  const [row] = await store.query<{ samples: string }>(COUNT_SAMPLES, { params });
  return Number(row?.samples ?? 0);
}

const NEWEST_SAMPLES = `
SELECT
  toString(series) AS id,
  toUnixTimestamp64Milli(max(time)) AS time_ms,
  argMax(value, (time, value)) AS newest
FROM samples
WHERE metric = {metric:String}
  AND time > fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND ${COUNTS}
GROUP BY series`;

/** The newest sample of each series of a metric, of those later than `fromMs`. */
export async function readNewestSamples(
  store: CountsStore,
  metric: string,
  fromMs: number,
): Promise<KnownSamples> {
  const rows = await store.query<{ id: string; time_ms: string; newest: number | string }>(NEWEST_SAMPLES, {
    params: { metric, from_ms: fromMs },
  });
  const newest = rows.map(
    (row) => [BigInt(row.id), { timeMs: Number(row.time_ms), value: Number(row.newest) }] as const,
  );
  return { fromMs, newest: new Map(newest) };
}

/** The first day is told by the series, so that samples of one day are read. */
const oldestSampleSql = (where: string) => `
WITH (SELECT (count(), min(day)) FROM series WHERE ${where}) AS first
SELECT count() AS samples, toUnixTimestamp64Milli(min(time)) AS oldest_ms
FROM samples
WHERE first.1 > 0
  AND toDate(time) = first.2
  AND ${where}`;

const OLDEST_OF_ALL = oldestSampleSql("true");
const OLDEST_OF_METRICS = oldestSampleSql("metric IN {metrics:Array(String)}");

/** Time of the oldest sample of these metrics, or of all; undefined when there is none. */
export async function readOldestSample(
  store: CountsStore,
  metrics: readonly string[] | undefined,
): Promise<number | undefined> {
  const sql = metrics === undefined ? OLDEST_OF_ALL : OLDEST_OF_METRICS;
  const rows = await store.query<{ samples: string; oldest_ms: string }>(
    sql,
    metrics === undefined ? {} : { params: { metrics } },
  );
  const [row] = rows;
  return row === undefined || row.samples === "0" ? undefined : Number(row.oldest_ms);
}
