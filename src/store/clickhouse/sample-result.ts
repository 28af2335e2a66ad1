import type { SampleColumns } from "./order-samples.ts";
import type { RowBinaryReader } from "./row-binary-reader.ts";
import { CHUNK_SETTINGS } from "./series-chunks.ts";
import { IN_TIME_RANGE } from "./time-range-sql.ts";

/**
 * Every series' samples as two arrays, in the order in which the parts of the table gave them (see order-samples.ts). The
 * engine turns times into floats, so that nothing has to be converted here.
 */
export const SAMPLES_OF_SERIES = `
SELECT
  series,
  count() AS samples,
  groupArray(toFloat64(toUnixTimestamp64Milli(time))) AS times_ms,
  groupArray(value) AS values
FROM samples
WHERE metric IN {metrics:Array(String)}
  AND series IN {ids:Array(UInt64)}
  AND ${IN_TIME_RANGE}
GROUP BY series
${CHUNK_SETTINGS}`;

/** One row of SAMPLES_OF_SERIES; `admit` is told of the number of samples before they are taken in. */
export function readSampleRow(
  rows: RowBinaryReader,
  admit: (samples: number) => void,
): { readonly id: bigint } & SampleColumns {
  const id = rows.uint64();
  admit(rows.uint64AsNumber());
  const timesMs = rows.float64Array();
  return { id, timesMs, values: rows.float64Array() };
}
