import type { ClickHouse } from "./clickhouse.ts";

/** Answered from what parts know of their times, without reading a row. */
const NEWEST_SAMPLE = `
SELECT toUnixTimestamp64Milli(greatest(
  (SELECT max(time) FROM samples),
  (SELECT max(time) FROM histogram_samples))) AS newest_ms`;

/** Time of the newest sample kept, epoch milliseconds; 0 when there is none. */
export async function readNewestSampleTime(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.query<{ newest_ms: string }>("background", NEWEST_SAMPLE);
  return Number(row?.newest_ms ?? "0");
}
