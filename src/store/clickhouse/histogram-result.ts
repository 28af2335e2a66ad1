import type { HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import { COUNTER_RESETS } from "./histogram-rows.ts";
import type { RowBinaryReader } from "./row-binary-reader.ts";
import { CHUNK_SETTINGS } from "./series-chunks.ts";
import { IN_TIME_RANGE } from "./time-range-sql.ts";

/** Of several for one time the one with the most observations counts, any before a staleness marker. */
export const HISTOGRAMS_OF_SERIES = `
SELECT
  series, time, stale, counter_reset, schema, count, sum, zero_threshold, zero_count,
  positive_indexes, positive_counts, negative_indexes, negative_counts, custom_bounds
FROM histogram_samples
WHERE metric IN {metrics:Array(String)}
  AND series IN {ids:Array(UInt64)}
  AND ${IN_TIME_RANGE}
ORDER BY series, time, stale, count DESC
LIMIT 1 BY series, time
SETTINGS ${CHUNK_SETTINGS}`;

/** One row of HISTOGRAMS_OF_SERIES. */
export interface HistogramRow {
  readonly id: bigint;
  readonly timeMs: number;
  /** undefined: a staleness marker. */
  readonly histogram: NativeHistogram | undefined;
}

export function readHistogramRow(rows: RowBinaryReader): HistogramRow {
  const id = rows.uint64();
  const timeMs = rows.int64AsNumber();
  const stale = rows.uint8() !== 0;
  const counterReset = COUNTER_RESETS[rows.int8()] ?? "unknown";
  const schema = rows.int8();
  const count = rows.float64();
  const sum = rows.float64();
  const zeroThreshold = rows.float64();
  const zeroCount = rows.float64();
  const positive = readBuckets(rows);
  const negative = readBuckets(rows);
  const customBounds = [...rows.float64Array()];
  if (stale) return { id, timeMs, histogram: undefined };
  return {
    id,
    timeMs,
    histogram: {
      schema,
      count,
      sum,
      zeroThreshold,
      zeroCount,
      positive,
      negative,
      customBounds,
      counterReset,
    },
  };
}

function readBuckets(rows: RowBinaryReader): HistogramBuckets {
  const indexes = rows.int32Array();
  return { indexes, counts: rows.float64Array() };
}
