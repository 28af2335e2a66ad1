import type { SeriesRef } from "../model/sample-batch.ts";
import { MINUTE_MS } from "../model/time.ts";

/** When counters began to count, so that their first events can be seen as an increase from zero. */
export interface CounterStarts {
  /**
   * Whether a sample of zero belongs at the start of this one: the start is new, not long ago, and after what is known of
   * the series already (before that, zero would be a counter reset that never was).
   */
  isNew(series: SeriesRef, startMs: number, timeMs: number): boolean;
  /** A sample that was stored. */
  saw(series: SeriesRef, startMs: number, timeMs: number): void;
  forget(series: SeriesRef): void;
}

/** A start longer ago is no use to look at: nothing is known of how the counter came to its value. */
const MAX_START_AGE_MS = 10 * MINUTE_MS;

export function createCounterStarts(): CounterStarts {
  let starts = new Float64Array(1_024);
  let newest = new Float64Array(1_024);
  return {
    isNew: (series, startMs, timeMs) =>
      startMs > 0 &&
      startMs < timeMs &&
      timeMs - startMs <= MAX_START_AGE_MS &&
      (series >= starts.length || (starts[series] !== startMs && newest[series]! < startMs)),
    saw(series, startMs, timeMs) {
      if (series >= starts.length) {
        starts = widened(starts, series);
        newest = widened(newest, series);
      }
      if (startMs > 0) starts[series] = startMs;
      if (timeMs > newest[series]!) newest[series] = timeMs;
    },
    forget(series) {
      if (series >= starts.length) return;
      starts[series] = 0;
      newest[series] = 0;
    },
  };
}

function widened(from: Float64Array<ArrayBuffer>, index: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(Math.max(from.length * 2, index + 1));
  to.set(from);
  return to;
}
