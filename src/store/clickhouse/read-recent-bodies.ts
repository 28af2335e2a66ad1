import type { ClickHouse } from "./clickhouse.ts";

const RECENT_BODIES = `
SELECT hex(body) AS body
FROM ingest_groups
ARRAY JOIN bodies AS body
ORDER BY group_id DESC
LIMIT {limit:UInt32}`;

/** The 16-byte hashes of the request bodies committed last, newest first, at most `limit`. */
export async function readRecentBodies(clickhouse: ClickHouse, limit: number): Promise<Uint8Array[]> {
  const rows = await clickhouse.query<{ body: string }>("background", RECENT_BODIES, { params: { limit } });
  return rows.map((row) => Buffer.from(row.body, "hex"));
}
