import type { ClickHouse, Lane } from "./clickhouse.ts";

const OLDEST_SPAN = `
SELECT count() AS spans, intDiv(toUnixTimestamp64Nano(min(end_time)), 1000000) AS oldest_ms
FROM spans`;

/** End time of the oldest span kept, epoch milliseconds; undefined when there is none. */
export async function readOldestSpanTime(
  clickhouse: ClickHouse,
  lane: Lane = "background",
): Promise<number | undefined> {
  const [row] = await clickhouse.query<{ spans: string; oldest_ms: string }>(lane, OLDEST_SPAN);
  return row === undefined || row.spans === "0" ? undefined : Number(row.oldest_ms);
}
