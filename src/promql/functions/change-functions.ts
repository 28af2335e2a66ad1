import type { NativeHistogram } from "../../model/native-histogram.ts";
import { equalHistograms } from "../histogram/histogram-arithmetic.ts";
import { isHistogramReset } from "../histogram/histogram-reset.ts";
import type { RangeFunction, SlidingFunction } from "../range-function.ts";

type Sample = number | NativeHistogram;

const isChange = (previous: number, current: number): boolean =>
  previous !== current && !(Number.isNaN(previous) && Number.isNaN(current));

const isReset = (previous: number, current: number): boolean => current < previous;

/** How often the value changed. NaN after NaN is no change; a histogram after a float is one. */
export const changes = countingSteps((previous, current) => {
  if (typeof previous !== "number" || typeof current !== "number") {
    return typeof previous === "number" || typeof current === "number" || !equalHistograms(previous, current);
  }
  return isChange(previous, current);
});

/** How often a counter began anew; a histogram after a float, or a float after a histogram, did. */
export const resets = countingSteps((previous, current) => {
  if (typeof previous !== "number" || typeof current !== "number") {
    return typeof previous === "number" || typeof current === "number" || isHistogramReset(current, previous);
  }
  return isReset(previous, current);
});

/** `changes` of floats. */
export const slidingChanges: SlidingFunction = ({ values }) => countingRows(values, isChange);

/** `resets` of floats. */
export const slidingResets: SlidingFunction = ({ values }) => countingRows(values, isReset);

function countingRows(
  values: Float64Array,
  counts: (previous: number, current: number) => boolean,
): RangeFunction {
  /** Steps up to and with the one that leads to a row. */
  const before = new Uint32Array(values.length);
  for (let i = 1; i < values.length; i++) {
    before[i] = before[i - 1]! + (counts(values[i - 1]!, values[i]!) ? 1 : 0);
  }
  return ({ from, to }) => before[to - 1]! - before[from]!;
}

function countingSteps(counts: (previous: Sample, current: Sample) => boolean): RangeFunction {
  return ({ values, histograms, from, to }) => {
    let count = 0;
    let previous: Sample = histograms?.[from] ?? values[from]!;
    for (let i = from + 1; i < to; i++) {
      const current: Sample = histograms?.[i] ?? values[i]!;
      if (counts(previous, current)) count++;
      previous = current;
    }
    return count;
  };
}
