import type { FloatSamples, SeriesRef } from "./sample-batch.ts";
import { bitsOf, setStaleAt } from "./stale.ts";

/** Collects float samples, growing as needed. */
export interface FloatColumns {
  readonly count: number;
  /**
   * `startMs`: when the counter began to count from zero; 0 where that is not known. `isDelta`: the value is what was
   * counted since then, and no total.
   */
  add(series: SeriesRef, timeMs: number, value: number, startMs?: number, isDelta?: boolean): void;
  /** Says that the series has ended. */
  addStale(series: SeriesRef, timeMs: number): void;
  /** The start of the sample that was added as number `row`. */
  setStart(row: number, startMs: number): void;
  /** What was added so far; what is added later is not in it. */
  finish(): FloatSamples;
}

export function createFloatColumns(capacity = 64): FloatColumns {
  let size = Math.max(1, capacity);
  let count = 0;
  let series = new Uint32Array(size);
  let timesMs = new Float64Array(size);
  let values = new Float64Array(size);
  let bits = bitsOf(values);
  let startsMs: Float64Array<ArrayBuffer> | undefined;
  let deltas: Uint8Array<ArrayBuffer> | undefined;

  const grow = (): void => {
    size *= 2;
    const wider = new Uint32Array(size);
    wider.set(series);
    series = wider;
    timesMs = widened(timesMs, size);
    values = widened(values, size);
    bits = bitsOf(values);
    if (startsMs !== undefined) startsMs = widened(startsMs, size);
    if (deltas !== undefined) {
      const more = new Uint8Array(size);
      more.set(deltas);
      deltas = more;
    }
  };
  const next = (ref: SeriesRef, timeMs: number): number => {
    if (count === size) grow();
    series[count] = ref;
    timesMs[count] = timeMs;
    count += 1;
    return count - 1;
  };
  const setStart = (row: number, startMs: number): void => {
    if (startMs === 0) return;
    startsMs ??= new Float64Array(size);
    startsMs[row] = startMs;
  };
  return {
    get count() {
      return count;
    },
    add: (ref, timeMs, value, startMs = 0, isDelta = false) => {
      const row = next(ref, timeMs);
      values[row] = value;
      setStart(row, startMs);
      if (isDelta) (deltas ??= new Uint8Array(size))[row] = 1;
    },
    addStale: (ref, timeMs) => setStaleAt(bits, next(ref, timeMs)),
    setStart,
    finish: () => ({
      count,
      series: series.subarray(0, count),
      timesMs: timesMs.subarray(0, count),
      values: values.subarray(0, count),
      ...(startsMs === undefined ? {} : { startsMs: startsMs.subarray(0, count) }),
      ...(deltas === undefined ? {} : { isDelta: deltas.subarray(0, count) }),
    }),
  };
}

/** Copied as bytes, because a marker is a NaN whose bits count. */
function widened(from: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(size);
  new Uint8Array(to.buffer).set(new Uint8Array(from.buffer));
  return to;
}
