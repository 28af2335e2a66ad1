import { createIdIndex } from "./id-index.ts";
import { readNativeBlocks } from "./native-columns.ts";
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

/** A block of the result, and the neighbouring rows of one series in it. */
interface BlockRuns {
  readonly timesMs: Uint8Array;
  readonly values: Uint8Array;
  /** Place of the series, first row, row after the last; and so on. */
  readonly runs: readonly number[];
  /** The earliest time that a run begins with. */
  readonly startMs: number;
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
  const counts = new Uint32Array(ids.length);
  const blocks = findRuns(bytes, ids, counts);
  const starts = startsOf(counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  admit(total);
  const timesMs = new Float64Array(total);
  const values = new Float64Array(total);
  const timeBytes = new Uint8Array(timesMs.buffer);
  const valueBytes = new Uint8Array(values.buffer);
  const next = Uint32Array.from(starts);
  for (const block of blocks) {
    const { runs } = block;
    for (let i = 0; i < runs.length; i += 3) {
      const place = runs[i]!;
      const from = runs[i + 1]! * 8;
      const to = runs[i + 2]! * 8;
      const target = next[place]! * 8;
      // As bytes: NaNs keep their bits.
      copyBytes(block.timesMs, from, to, timeBytes, target);
      copyBytes(block.values, from, to, valueBytes, target);
      next[place]! += (to - from) / 8;
    }
  }
  return Array.from(starts, (start, place) => {
    const end = start + counts[place]!;
    if (start === end) return undefined;
    return { timesMs: timesMs.subarray(start, end), values: values.subarray(start, end) };
  });
}

/** What is shorter is copied faster byte by byte. */
const SHORT_BYTES = 64;

function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, target: number): void {
  if (end - start > SHORT_BYTES) {
    to.set(from.subarray(start, end), target);
    return;
  }
  for (let i = start; i < end; i += 1) to[target + i - start] = from[i]!;
}

/**
 * The runs of each block, earlier blocks first: parts that do not overlap in time then give every series in order. Counts
 * the rows of each series.
 */
function findRuns(bytes: Uint8Array, ids: readonly bigint[], counts: Uint32Array): readonly BlockRuns[] {
  const index = createIdIndex(ids);
  let words = new Uint32Array(0);
  const found = readNativeBlocks(bytes)
    .filter(({ rows }) => rows > 0)
    .map(({ rows, columns }): BlockRuns => {
      const [series, timesMs, values] = columns as [Uint8Array, Uint8Array, Uint8Array];
      if (words.length < rows * 2) words = new Uint32Array(rows * 2);
      new Uint8Array(words.buffer).set(series);
      const times = new DataView(timesMs.buffer, timesMs.byteOffset, timesMs.byteLength);
      const runs: number[] = [];
      let startMs = Infinity;
      for (let from = 0; from < rows;) {
        const low = words[2 * from]!;
        const high = words[2 * from + 1]!;
        let to = from + 1;
        while (to < rows && words[2 * to] === low && words[2 * to + 1] === high) to += 1;
        const place = index.placeOf(low, high);
        if (place >= 0) {
          runs.push(place, from, to);
          counts[place]! += to - from;
          startMs = Math.min(startMs, times.getFloat64(from * 8, true));
        }
        from = to;
      }
      return { timesMs, values, runs, startMs };
    });
  return found.sort((a, b) => a.startMs - b.startMs);
}

function startsOf(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i += 1) starts[i] = starts[i - 1]! + counts[i - 1]!;
  return starts;
}
