import type { SliCounts } from "../../slo/bucket.ts";
import type { ClickHouse } from "./clickhouse.ts";

/** What was counted of an indicator in a period. */
export interface IndicatorPeriod {
  readonly counts: SliCounts;
  /** Days with an event. */
  readonly eventDays: number;
}

/** The last of `days_s` is the end. A bucket of a day that has no event any more, as it was taken back, is none. */
const PERIOD_COUNTS = `
SELECT indicator, sum(day_good) AS good, sum(day_total) AS total, countIf(day_total > 0) AS event_days
FROM (
  SELECT
    indicator,
    roundDown(toUnixTimestamp(bucket), {days_s:Array(UInt32)}) AS day_s,
    sum(good) AS day_good,
    sum(total) AS day_total
  FROM sli_counts
  WHERE indicator IN {indicators:Array(String)}
    AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
    AND bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY indicator, day_s
)
GROUP BY indicator`;

const INDICATORS_PER_READ = 500;

/**
 * Counts by indicator of a period whose days begin at `daysMs`, the last of which is its end; indicators without counts are
 * left out. Read in the lane of people's questions.
 */
export async function readPeriodCounts(
  clickhouse: ClickHouse,
  indicators: readonly string[],
  daysMs: readonly number[],
): Promise<ReadonlyMap<string, IndicatorPeriod>> {
  const days = daysMs.map((ms) => Math.floor(ms / 1_000));
  const found = new Map<string, IndicatorPeriod>();
  for (let i = 0; i < indicators.length; i += INDICATORS_PER_READ) {
    const params = {
      indicators: indicators.slice(i, i + INDICATORS_PER_READ),
      days_s: days,
      from_s: days[0]!,
      to_s: days.at(-1)!,
    };
    const rows = await clickhouse.query<{
      indicator: string;
      good: number;
      total: number;
      event_days: string;
    }>("read", PERIOD_COUNTS, { params });
    for (const { indicator, good, total, event_days } of rows) {
      const counts = { good, total };
      found.set(indicator, { counts, eventDays: Number(event_days) });
    }
  }
  return found;
}
