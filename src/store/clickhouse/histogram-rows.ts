import type { CounterResetHint, HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import type { SampleBatch } from "../../model/sample-batch.ts";
import type { ClickHouse } from "./clickhouse.ts";
import type { RowBinaryWriter } from "./row-binary.ts";
import { seriesKeyWriter } from "./sample-rows.ts";
import { withRowBinaryWriter } from "./writer-pool.ts";

/** In the order of writing, and of reading (see histogram-result.ts). */
const COLUMNS = [
  "metric series time stale counter_reset schema count sum zero_threshold zero_count",
  "positive_indexes positive_counts negative_indexes negative_counts custom_bounds",
].flatMap((columns) => columns.split(" "));

/** In the order of the column's numbers. */
export const COUNTER_RESETS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

const NO_BUCKETS: HistogramBuckets = { indexes: new Int32Array(0), counts: new Float64Array(0) };

/** What a staleness marker has in the columns of a histogram. */
const NO_HISTOGRAM: NativeHistogram = {
  schema: 0,
  count: 0,
  sum: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  customBounds: [],
  counterReset: "unknown",
};

/** Stores the native histograms of a group; stored again, they are there once. */
export async function insertHistogramSamples(
  clickhouse: ClickHouse,
  group: { readonly groupId: bigint; readonly batches: readonly SampleBatch[] },
): Promise<void> {
  const rowCount = group.batches.reduce((sum, batch) => sum + batch.histograms.length, 0);
  if (rowCount === 0) return;
  await withRowBinaryWriter(async (out) => {
    for (const { table, histograms } of group.batches) {
      const writeKey = seriesKeyWriter(out, table);
      for (const { series, timeMs, histogram } of histograms) {
        writeKey(series);
        out.int64FromNumber(timeMs);
        out.uint8(histogram === undefined ? 1 : 0);
        writeHistogram(out, histogram ?? NO_HISTOGRAM);
      }
    }
    await clickhouse.insert("ingest", {
      table: "histogram_samples",
      columns: COLUMNS,
      rows: out.bytes(),
      rowCount,
      deduplicationToken: `histograms-${group.groupId}`,
    });
  });
}

function writeHistogram(out: RowBinaryWriter, histogram: NativeHistogram): void {
  out.uint8(COUNTER_RESETS.indexOf(histogram.counterReset));
  out.uint8(histogram.schema & 0xff);
  out.float64(histogram.count);
  out.float64(histogram.sum);
  out.float64(histogram.zeroThreshold);
  out.float64(histogram.zeroCount);
  writeBuckets(out, histogram.positive);
  writeBuckets(out, histogram.negative);
  out.varint(histogram.customBounds.length);
  for (const bound of histogram.customBounds) out.float64(bound);
}

function writeBuckets(out: RowBinaryWriter, { indexes, counts }: HistogramBuckets): void {
  out.varint(indexes.length);
  for (const index of indexes) out.uint32(index >>> 0);
  out.varint(counts.length);
  for (const count of counts) out.float64(count);
}
