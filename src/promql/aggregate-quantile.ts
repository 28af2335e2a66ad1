import { annotateIgnored, type FoldContext, type GroupFold } from "./group-fold.ts";
import { sortedQuantile } from "./sorted-quantile.ts";
import type { GridSeries } from "./value.ts";

/** quantile(): needs all values of a group at once, so that its series are held. */
export function quantileFold(context: FoldContext, quantiles: Float64Array): GroupFold {
  const all: GridSeries[] = [];
  return {
    add: (series) => {
      all.push(series);
      const { present, histograms } = series;
      if (histograms?.some((histogram, step) => histogram !== undefined && present[step] === 1) === true) {
        annotateIgnored(context);
      }
    },
    at: (step) => {
      const values = new Float64Array(all.length);
      let count = 0;
      for (const { present, values: own, histograms } of all) {
        if (present[step] === 1 && histograms?.[step] === undefined) values[count++] = own[step]!;
      }
      return count === 0 ? undefined : sortedQuantile(quantiles[step]!, ascending(values.subarray(0, count)));
    },
  };
}

/** Sorts in place; NaN counts as the smallest value. */
function ascending(values: Float64Array): Float64Array {
  values.sort();
  if (!Number.isNaN(values.at(-1))) return values;
  const numbers = values.findIndex(Number.isNaN);
  values.copyWithin(values.length - numbers, 0, numbers);
  return values.fill(NaN, 0, values.length - numbers);
}
