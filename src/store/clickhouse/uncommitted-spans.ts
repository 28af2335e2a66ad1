import type { ClickHouse } from "./clickhouse.ts";

/** Spans of groups whose commit record was never written: nobody was told that they are stored. */
export interface UncommittedSpans {
  readonly groupIds: readonly bigint[];
  /** End times of the spans, epoch milliseconds, both inclusive. */
  readonly minEndMs: number;
  readonly maxEndMs: number;
}

/**
 * Commit records are kept for two days. When all are gone, only groups that are young enough to still have one can be
 * uncommitted (group ids are epoch microseconds): older ones are data to keep.
 */
const UNCOMMITTED_SPANS = `
WITH
  (SELECT (count(), max(group_id)) FROM ingest_groups) AS records,
  if(records.1 > 0, records.2, toUInt64(toUnixTimestamp64Micro(now64(6)) - 47 * 3600 * 1000000)) AS committed
SELECT
  group_id,
  intDiv(min(toUnixTimestamp64Nano(end_time)), 1000000) AS min_end_ms,
  intDiv(max(toUnixTimestamp64Nano(end_time)), 1000000) AS max_end_ms
FROM spans
WHERE group_id > committed
GROUP BY group_id
ORDER BY group_id`;

/** What a crash left behind; undefined when there is nothing. */
export async function readUncommittedSpans(clickhouse: ClickHouse): Promise<UncommittedSpans | undefined> {
  const rows = await clickhouse.query<{ group_id: string; min_end_ms: string; max_end_ms: string }>(
    "background",
    UNCOMMITTED_SPANS,
  );
  if (rows.length === 0) return undefined;
  return {
    groupIds: rows.map((row) => BigInt(row.group_id)),
    minEndMs: rows.reduce((least, row) => Math.min(least, Number(row.min_end_ms)), Infinity),
    maxEndMs: rows.reduce((most, row) => Math.max(most, Number(row.max_end_ms)), -Infinity),
  };
}

const DELETE_GROUPS = `
DELETE FROM spans
WHERE group_id IN {group_ids:Array(UInt64)}`;

/** Removes the spans of groups that were never committed. Resolves when reads no longer see them. */
export async function deleteUncommittedSpans(
  clickhouse: ClickHouse,
  groupIds: readonly bigint[],
): Promise<void> {
  if (groupIds.length === 0) return;
  await clickhouse.command("ingest", DELETE_GROUPS, {
    params: { group_ids: groupIds },
    settings: { lightweight_deletes_sync: 2 },
  });
}
