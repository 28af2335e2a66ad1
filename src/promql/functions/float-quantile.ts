import { sortedQuantile } from "./sorted-quantile.ts";

/** The q-quantile of values in any order, as sortedQuantile gives it; NaN counts as the lowest value. */
export function floatQuantile(q: number, values: Float64Array): number {
  const sorted = values.toSorted();
  // Sorting puts NaN at the end.
  let numbers = sorted.length;
  while (numbers > 0 && Number.isNaN(sorted[numbers - 1])) numbers--;
  const nans = sorted.length - numbers;
  if (nans > 0) {
    sorted.copyWithin(nans, 0, numbers);
    sorted.fill(NaN, 0, nans);
  }
  return sortedQuantile(q, sorted);
}
