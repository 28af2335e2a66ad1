import type { SampleBatch } from "../../model/sample-batch.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { seriesKeyWriter } from "./sample-rows.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

const COLUMNS = ["metric", "series", "time", "value", "labels"] as const;

/** Stores the exemplars of a group; stored again, they are there once. */
export async function insertExemplars(
  clickhouse: ClickHouse,
  group: { readonly groupId: bigint; readonly batches: readonly SampleBatch[] },
): Promise<void> {
  const rowCount = group.batches.reduce((sum, batch) => sum + batch.exemplars.length, 0);
  if (rowCount === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const { table, exemplars } of group.batches) {
      const writeKey = seriesKeyWriter(out, table);
      for (const { series, timeMs, value, labels } of exemplars) {
        writeKey(series);
        out.int64FromNumber(timeMs);
        out.float64(value);
        out.varint(labels.length / 2);
        for (const text of labels) out.string(text);
      }
    }
    await clickhouse.insert("ingest", {
      table: "exemplars",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount,
      deduplicationToken: `exemplars-${group.groupId}`,
    });
  });
}
