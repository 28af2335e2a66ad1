import { METRIC_NAME, labelValue } from "../../model/labels.ts";
import type { FloatSamples, SampleBatch, SeriesRef, SeriesView } from "../../model/sample-batch.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { bytesOf, createNativeDictionary, nativeBlock, type NativeDictionary } from "./native-block.ts";
import type { RowBinaryWriter } from "./row-binary.ts";

const COLUMNS = ["metric", "series", "time", "value"] as const;

/** Stores the float samples of a group, bit by bit; stored again, they are there once. */
export async function insertFloatSamples(
  clickhouse: ClickHouse,
  group: { readonly groupId: bigint; readonly batches: readonly SampleBatch[] },
): Promise<void> {
  const rowCount = group.batches.reduce((sum, batch) => sum + batch.floats.count, 0);
  if (rowCount === 0) return;
  await clickhouse.insert("ingest", {
    table: "samples",
    columns: COLUMNS,
    format: "Native",
    rows: nativeSamples(group.batches, rowCount),
    rowCount,
    deduplicationToken: `samples-${group.groupId}`,
  });
}

interface SampleRows {
  readonly metrics: NativeDictionary;
  readonly ids: BigUint64Array;
  /** Two words each, the lower one first. */
  readonly times: Uint32Array;
  /** Bytes: a staleness marker is a NaN with bits of its own. */
  readonly values: Uint8Array;
}

function nativeSamples(batches: readonly SampleBatch[], rowCount: number): Uint8Array {
  const rows: SampleRows = {
    metrics: createNativeDictionary(rowCount),
    ids: new BigUint64Array(rowCount),
    times: new Uint32Array(2 * rowCount),
    values: new Uint8Array(8 * rowCount),
  };
  let from = 0;
  for (const { table, floats } of batches) {
    fillRows(rows, from, table, floats);
    from += floats.count;
  }
  return nativeBlock(rowCount, [
    {
      name: "metric",
      type: "LowCardinality(String)",
      parts: [rows.metrics.prefix(), ...rows.metrics.parts()],
    },
    { name: "series", type: "UInt64", parts: [bytesOf(rows.ids)] },
    { name: "time", type: "DateTime64(3, 'UTC')", parts: [bytesOf(rows.times)] },
    { name: "value", type: "Float64", parts: [rows.values] },
  ]);
}

function fillRows(rows: SampleRows, from: number, table: SeriesView, floats: FloatSamples): void {
  const { metrics, ids, times, values } = rows;
  const { series, timesMs, count } = floats;
  for (let i = 0; i < count; i += 1) {
    const ref = series[i]!;
    metrics.add(labelValue(table.labels(ref), METRIC_NAME));
    ids[from + i] = table.id(ref);
  }
  for (let i = 0; i < count; i += 1) {
    const timeMs = timesMs[i]!;
    const high = Math.floor(timeMs / 0x1_0000_0000);
    times[2 * (from + i)] = timeMs - high * 0x1_0000_0000;
    times[2 * (from + i) + 1] = high;
  }
  values.set(bytesOf(floats.values).subarray(0, 8 * count), 8 * from);
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
