import type { CountDelta } from "../../model/sli-counts.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

const COLUMNS = ["indicator", "bucket", "writer", "good", "total"] as const;

/** Adds the counts of one ingest group; repeated with the same group, they are added once. */
export async function insertSliCounts(
  clickhouse: ClickHouse,
  group: { readonly groupId: bigint; readonly writer: bigint; readonly deltas: readonly CountDelta[] },
): Promise<void> {
  if (group.deltas.length === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const { indicator, bucketMs, good, total } of group.deltas) {
      out.string(indicator);
      out.uint32(Math.floor(bucketMs / 1_000));
      out.uint64(group.writer);
      out.float64(good);
      out.float64(total);
    }
    await clickhouse.insert("ingest", {
      table: "sli_counts",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount: group.deltas.length,
      deduplicationToken: `counts-${group.groupId}`,
    });
  });
}
