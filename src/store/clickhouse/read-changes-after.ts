import type { ClickHouse } from "./clickhouse.ts";
import type { IndicatorChunk } from "../../model/sli-counts.ts";

export interface GroupChanges {
  readonly groupId: bigint;
  /** May be empty. */
  readonly touched: readonly IndicatorChunk[];
}

const CHANGES_AFTER = `
SELECT
  group_id,
  touched_indicator AS indicators,
  arrayMap(chunk -> toUnixTimestamp(chunk), touched_chunk) AS chunks_s
FROM ingest_groups
WHERE group_id > {after:UInt64}
ORDER BY group_id`;

/** What each committed group above `after` changed in the SLI counts, in order of group id. */
export async function readChangesAfter(clickhouse: ClickHouse, after: bigint): Promise<GroupChanges[]> {
  const rows = await clickhouse.query<{
    group_id: string;
    indicators: readonly string[];
    chunks_s: readonly number[];
  }>("evaluate", CHANGES_AFTER, { params: { after } });
  return rows.map((row) => ({
    groupId: BigInt(row.group_id),
    touched: row.indicators.map((indicator, i) => ({ indicator, chunkMs: (row.chunks_s[i] ?? 0) * 1_000 })),
  }));
}
