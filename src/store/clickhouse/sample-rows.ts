import { METRIC_NAME, labelValue } from "../../model/labels.ts";
import type { FloatSamples, SampleBatch, SeriesRef, SeriesView } from "../../model/sample-batch.ts";
import type { ClickHouse } from "./clickhouse.ts";
import type { RowBinaryWriter } from "./row-binary.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

const COLUMNS = ["metric", "series", "time", "value"] as const;

/** Stores the float samples of a group, bit by bit; stored again, they are there once. */
export async function insertFloatSamples(
  clickhouse: ClickHouse,
  group: { readonly groupId: bigint; readonly batches: readonly SampleBatch[] },
): Promise<void> {
  const rowCount = group.batches.reduce((sum, batch) => sum + batch.floats.count, 0);
  if (rowCount === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const { table, floats } of group.batches) writeFloats(out, table, floats);
    await clickhouse.insert("ingest", {
      table: "samples",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount,
      deduplicationToken: `samples-${group.groupId}`,
    });
  });
}

function writeFloats(out: RowBinaryWriter, table: SeriesView, floats: FloatSamples): void {
  const { series, timesMs, values, count } = floats;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, count * 8);
  const writeKey = seriesKeyWriter(out, table);
  for (let i = 0; i < count; i += 1) {
    writeKey(series[i]!);
    out.int64FromNumber(timesMs[i]!);
    out.fixed(bytes, i * 8, i * 8 + 8);
  }
}

/** Writes metric and id of a series; of a series that comes several times in a row, the bytes are copied. */
export function seriesKeyWriter(out: RowBinaryWriter, table: SeriesView): (ref: SeriesRef) => void {
  let lastRef = -1;
  let start = 0;
  let end = 0;
  return (ref) => {
    if (ref === lastRef) {
      out.repeat(start, end);
      return;
    }
    lastRef = ref;
    start = out.length;
    out.string(labelValue(table.labels(ref), METRIC_NAME));
    out.uint64(table.id(ref));
    end = out.length;
  };
}
