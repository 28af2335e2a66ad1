import type { SlidingFunction } from "../range-function.ts";
import { avgOverTime, sumOverTime } from "./over-time-functions.ts";

/** sum_over_time of floats. */
export const slidingSum: SlidingFunction = ({ values }) => {
  const sums = exactSums(values);
  return sums === undefined ? sumOverTime : ({ from, to }) => sums[to]! - sums[from]!;
};

/** avg_over_time of floats. */
export const slidingMean: SlidingFunction = ({ values }) => {
  const sums = exactSums(values);
  return sums === undefined ? avgOverTime : ({ from, to }) => (sums[to]! - sums[from]!) / (to - from);
};

/**
 * The sums of the rows before each row. Only of whole numbers whose sums have no rounding, so that differences are the
 * very sums of windows; undefined for others.
 */
function exactSums(values: Float64Array): Float64Array | undefined {
  const sums = new Float64Array(values.length + 1);
  let sum = 0;
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    size += Math.abs(value);
    if (!(Math.trunc(value) === value && size <= Number.MAX_SAFE_INTEGER)) return undefined;
    sum += value;
    sums[i + 1] = sum;
  }
  return sums;
}
