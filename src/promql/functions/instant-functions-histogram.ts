import type { NativeHistogram } from "../../model/native-histogram.ts";
import { histogramAverage, histogramVariance } from "../histogram/histogram-quantile.ts";

/** Functions of one native histogram; floats have no result. */
export const HISTOGRAM_FUNCTIONS: ReadonlyMap<string, (histogram: NativeHistogram) => number> = new Map<
  string,
  (histogram: NativeHistogram) => number
>([
  ["histogram_count", ({ count }) => count],
  ["histogram_sum", ({ sum }) => sum],
  ["histogram_avg", histogramAverage],
  ["histogram_stdvar", histogramVariance],
  ["histogram_stddev", (histogram) => Math.sqrt(histogramVariance(histogram))],
]);
