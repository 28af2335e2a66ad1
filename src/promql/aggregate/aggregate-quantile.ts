import { floatQuantile } from "../functions/float-quantile.ts";
import { annotateIgnored, type FoldContext, type GroupFold } from "./group-fold.ts";
import type { GridSeries } from "../value.ts";

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
      return count === 0 ? undefined : floatQuantile(quantiles[step]!, values.subarray(0, count));
    },
  };
}
