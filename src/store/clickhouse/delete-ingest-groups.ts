import type { ClickHouse } from "./clickhouse.ts";

const DELETE_RECORDS = `
DELETE FROM ingest_groups
WHERE group_id IN {group_ids:Array(UInt64)}`;

/** Takes back commit records whose insert may or may not have worked. Harmless when there are none. */
export async function deleteIngestGroups(clickhouse: ClickHouse, groupIds: readonly bigint[]): Promise<void> {
  if (groupIds.length === 0) return;
  await clickhouse.command("ingest", DELETE_RECORDS, {
    params: { group_ids: groupIds },
    settings: { lightweight_deletes_sync: 2 },
  });
}
