import type { ClickHouse } from "./clickhouse.ts";

/** Only what services sent has bodies: what Noroshi records or scrapes itself says nothing about them. */
const ARRIVALS = `
WITH (SELECT max(committed_at) FROM ingest_groups WHERE notEmpty(bodies)) AS last
SELECT
  toUnixTimestamp64Milli(last) AS last_ms,
  toUnixTimestamp64Milli(min(committed_at)) AS first_ms,
  uniqExact(toStartOfMinute(committed_at)) AS minutes
FROM ingest_groups
WHERE notEmpty(bodies) AND committed_at > last - INTERVAL 1 HOUR`;

/**
 * When a request with data was last stored, by any process, on the real clock; and in how many minutes of the hour before
 * that there was one, the first of them at `firstMs`. Undefined when there is none in the last two days.
 */
export async function readArrivals(
  clickhouse: ClickHouse,
): Promise<{ readonly lastMs: number | undefined; readonly firstMs: number; readonly minutes: number }> {
  const [row] = await clickhouse.query<{ last_ms: string; first_ms: string; minutes: string }>(
    "background",
    ARRIVALS,
  );
  const minutes = Number(row?.minutes ?? 0);
  return minutes === 0
    ? { lastMs: undefined, firstMs: 0, minutes }
    : { lastMs: Number(row?.last_ms), firstMs: Number(row?.first_ms), minutes };
}
