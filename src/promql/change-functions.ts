import type { NativeHistogram } from "../model/native-histogram.ts";
import { equalHistograms } from "./histogram-arithmetic.ts";
import { isHistogramReset } from "./histogram-reset.ts";
import type { RangeFunction } from "./range-function.ts";

type Sample = number | NativeHistogram;

/** How often the value changed. NaN after NaN is no change; a histogram after a float is one. */
export const changes = countingSteps((previous, current) => {
  if (typeof previous !== "number" || typeof current !== "number") {
    return typeof previous === "number" || typeof current === "number" || !equalHistograms(previous, current);
  }
  return previous !== current && !(Number.isNaN(previous) && Number.isNaN(current));
});

/** How often a counter began anew; a histogram after a float, or a float after a histogram, did. */
export const resets = countingSteps((previous, current) => {
  if (typeof previous !== "number" || typeof current !== "number") {
    return typeof previous === "number" || typeof current === "number" || isHistogramReset(current, previous);
  }
  return current < previous;
});

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
