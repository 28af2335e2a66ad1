import type { MetricMetadata, SampleBatch } from "../../model/sample-batch.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

const COLUMNS = ["metric", "type", "unit", "help", "updated_at"] as const;

/** Families remembered; beyond, everything is written once more. */
const MAX_REMEMBERED = 200_000;

/** What was written of each family last: senders repeat it with every request. */
export type WrittenMetadata = Map<string, string>;

/** Stores what a group says about metric families, as far as it is news. */
export async function insertMetadata(
  clickhouse: ClickHouse,
  written: WrittenMetadata,
  group: { readonly groupId: bigint; readonly batches: readonly SampleBatch[] },
): Promise<void> {
  const news = new Map<string, MetricMetadata>();
  for (const batch of group.batches) {
    for (const metadata of batch.metadata) {
      if (written.get(metadata.metric) === textOf(metadata)) news.delete(metadata.metric);
      else news.set(metadata.metric, metadata);
    }
  }
  if (news.size === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const { metric, type, unit, help } of news.values()) {
      out.string(metric);
      out.string(type);
      out.string(unit);
      out.string(help);
      // Group ids are epoch microseconds.
      out.int64(group.groupId);
    }
    await clickhouse.insert("ingest", {
      table: "metric_metadata",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount: news.size,
      deduplicationToken: `metadata-${group.groupId}`,
    });
  });
  if (written.size + news.size > MAX_REMEMBERED) written.clear();
  for (const metadata of news.values()) written.set(metadata.metric, textOf(metadata));
}

function textOf({ type, unit, help }: MetricMetadata): string {
  return `${type}\n${unit}\n${help}`;
}
