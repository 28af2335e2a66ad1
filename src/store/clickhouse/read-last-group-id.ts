import type { ClickHouse } from "./clickhouse.ts";

const LAST_COMMITTED = `
SELECT max(group_id) AS last
FROM ingest_groups`;

/** The newest committed ingest group; 0n when there is none (or none in the last two days, which is how long they are kept). */
export async function readLastGroupId(clickhouse: ClickHouse): Promise<bigint> {
  const [row] = await clickhouse.query<{ last: string }>("evaluate", LAST_COMMITTED);
  return BigInt(row?.last ?? "0");
}

const HIGHEST = `
WITH (SELECT max(group_id) FROM ingest_groups) AS committed
SELECT greatest(committed, (SELECT max(group_id) FROM spans WHERE group_id > committed)) AS highest`;

/**
 * The highest group id in the store, committed or not; 0n when it is empty. New groups must lie above it: the insert
 * tokens of an uncommitted group are used up.
 */
export async function readHighestGroupId(clickhouse: ClickHouse): Promise<bigint> {
  const [row] = await clickhouse.query<{ highest: string }>("background", HIGHEST);
  return BigInt(row?.highest ?? "0");
}
