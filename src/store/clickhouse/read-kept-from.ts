import type { ClickHouse, Lane } from "./clickhouse.ts";

const KEPT_FROM = `
SELECT max(toUnixTimestamp64Milli(kept_from)) AS kept_from_ms
FROM retention_raises
WHERE table_name = {table:String}`;

/**
 * What is older than this, epoch milliseconds, may be gone although the retention of today would keep it: it was shorter
 * once. 0 when it never was.
 */
export async function readKeptFrom(
  clickhouse: ClickHouse,
  table: "spans" | "samples",
  lane: Lane = "background",
): Promise<number> {
  const [row] = await clickhouse.query<{ kept_from_ms: string }>(lane, KEPT_FROM, {
    params: { table },
  });
  return Number(row?.kept_from_ms ?? "0");
}
