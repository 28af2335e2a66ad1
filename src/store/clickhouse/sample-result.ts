import { createIdIndex } from "./id-index.ts";
import { type NativeBlock, readNativeBlocks } from "./native-columns.ts";
import type { SampleColumns } from "./order-samples.ts";
import { CHUNK_SETTINGS } from "./series-chunks.ts";
import { IN_TIME_RANGE } from "./time-range-sql.ts";

/**
 * Samples as the parts of the table have them: each part by series and time (see order-samples.ts). Grouping or sorting
 * them in the engine takes longer than it does here. Times become floats there, so that nothing has to be converted
 * here; more threads than two only mix what is in order.
 */
export const SAMPLES_OF_SERIES = `
SELECT
  series,
  toFloat64(toUnixTimestamp64Milli(time)) AS time_ms,
  value
FROM samples
WHERE metric IN {metrics:Array(String)}
  AND series IN {ids:Array(UInt64)}
  AND ${IN_TIME_RANGE}
SETTINGS ${CHUNK_SETTINGS}, max_threads = 2
FORMAT Native`;

/** Bytes of one sample in the result. */
export const RESULT_SAMPLE_BYTES = 24;

/** Neighbouring rows of one series. */
interface Runs {
  /** Place of the series, block, first row, row after the last; and so on. */
  readonly rows: readonly number[];
  /** Rows of each series. */
  readonly counts: Uint32Array;
  readonly total: number;
}

/**
 * The samples of each of the series, in the order of `ids`, undefined where there are none. `admit` is told of their
 * number before they are taken in.
 */
export function readSamples(
  bytes: Uint8Array,
  ids: readonly bigint[],
  admit: (samples: number) => void,
): readonly (SampleColumns | undefined)[] {
  const blocks = readNativeBlocks(bytes);
  const { rows, counts, total } = findRuns(blocks, ids);
  admit(total);
  const timesMs = new Float64Array(total);
  const values = new Float64Array(total);
  const starts = startsOf(counts);
  const next = Uint32Array.from(starts);
  for (let i = 0; i < rows.length; i += 4) {
    const place = rows[i]!;
    const { columns } = blocks[rows[i + 1]!]!;
    const [from, to] = [rows[i + 2]!, rows[i + 3]!];
    // Copied as they are: NaNs keep their bits.
    timesMs.set(columns[1]!.subarray(from, to), next[place]);
    values.set(columns[2]!.subarray(from, to), next[place]);
    next[place]! += to - from;
  }
  return Array.from(starts, (start, place) => {
    const end = start + counts[place]!;
    if (start === end) return undefined;
    return { timesMs: timesMs.subarray(start, end), values: values.subarray(start, end) };
  });
}

function findRuns(blocks: readonly NativeBlock[], ids: readonly bigint[]): Runs {
  const index = createIdIndex(ids);
  const counts = new Uint32Array(ids.length);
  const rows: number[] = [];
  let total = 0;
  for (const [number, block] of blocks.entries()) {
    const words = new Uint32Array(block.columns[0]?.buffer ?? new ArrayBuffer(0));
    for (let from = 0; from < block.rows;) {
      const low = words[2 * from]!;
      const high = words[2 * from + 1]!;
      let to = from + 1;
      while (to < block.rows && words[2 * to] === low && words[2 * to + 1] === high) to += 1;
      const place = index.placeOf(low, high);
      if (place >= 0) {
        rows.push(place, number, from, to);
        counts[place]! += to - from;
        total += to - from;
      }
      from = to;
    }
  }
  return { rows, counts, total };
}

function startsOf(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i += 1) starts[i] = starts[i - 1]! + counts[i - 1]!;
  return starts;
}
