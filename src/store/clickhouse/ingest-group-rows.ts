import type { IndicatorChunk } from "../../model/sli-counts.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

/** The commit record of one ingest group. */
export interface IngestGroup {
  readonly groupId: bigint;
  readonly writer: bigint;
  readonly committedAtMs: number;
  /** 16-byte hashes of the request bodies in the group. */
  readonly bodies: readonly Uint8Array[];
  /** Spans in the group. */
  readonly spans: number;
  readonly touched: readonly IndicatorChunk[];
}

const COLUMNS = "group_id writer committed_at bodies spans touched_indicator touched_chunk".split(" ");

const BODY_HASH_BYTES = 16;

/** Commits a group: after this its requests may be acknowledged. Repeated with the same group, it is recorded once. */
export async function insertIngestGroup(clickhouse: ClickHouse, group: IngestGroup): Promise<void> {
  await withRowBinaryWriter(async (out) => {
    out.uint64(group.groupId);
    out.uint64(group.writer);
    out.int64FromNumber(Math.floor(group.committedAtMs));
    out.varint(group.bodies.length);
    for (const body of group.bodies) out.fixed(body, 0, BODY_HASH_BYTES);
    out.uint32(group.spans);
    out.varint(group.touched.length);
    for (const { indicator } of group.touched) out.string(indicator);
    out.varint(group.touched.length);
    for (const { chunkMs } of group.touched) out.uint32(Math.floor(chunkMs / 1_000));
    await clickhouse.insert("ingest", {
      table: "ingest_groups",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount: 1,
      deduplicationToken: `group-${group.groupId}`,
    });
  });
}
