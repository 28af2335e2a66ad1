import type { Interval } from "../../slo/intervals.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { excludedSql } from "./excluded-sql.ts";

/** One number for each step. */
export interface CountColumns {
  readonly good: Float64Array;
  readonly total: Float64Array;
}

const countSteps = (more: string): string => `
SELECT
  intDiv(toUnixTimestamp(bucket) - {from_s:UInt32}, {step_s:UInt32}) AS step,
  sum(good) AS good,
  sum(total) AS total
FROM sli_counts
WHERE indicator = {indicator:String}
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')${more}
GROUP BY step
ORDER BY step`;

/** Counts of an indicator in [startMs, endMs) by steps, all multiples of 10 s; the caller bounds how many. `excluded`: see excludedSql. */
export async function readCountSteps(
  clickhouse: ClickHouse,
  indicator: string,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  excluded?: readonly Interval[],
): Promise<CountColumns> {
  const { startMs, endMs, stepMs } = range;
  const steps = Math.ceil((endMs - startMs) / stepMs);
  const columns = { good: new Float64Array(steps), total: new Float64Array(steps) };
  const out = excludedSql(excluded);
  const times = { from_s: startMs / 1_000, to_s: endMs / 1_000, step_s: stepMs / 1_000 };
  const params = { indicator, ...times, ...out.params };
  const rows = await clickhouse.query<{ step: string; good: string; total: string }>(
    "read",
    countSteps(out.condition),
    {
      params,
    },
  );
  for (const row of rows) {
    columns.good[Number(row.step)] = Number(row.good);
    columns.total[Number(row.step)] = Number(row.total);
  }
  return columns;
}
