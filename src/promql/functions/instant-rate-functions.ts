import type { NativeHistogram } from "../../model/native-histogram.ts";
import { divideHistogram, subtractHistograms, withHint } from "../histogram/histogram-arithmetic.ts";
import { isHistogramReset } from "../histogram/histogram-reset.ts";
import type { RangeContext, RangeFunction } from "../range-function.ts";
import { reconciled, warnMixed, warnNotCounter, warnNotGauge } from "./range-warnings.ts";

/** The difference of the last two samples per second; after a reset, what was counted since. */
export const irate: RangeFunction = (window, context) => {
  const change = lastChange(window, context, true);
  if (change === undefined) return undefined;
  const seconds = (window.timesMs[window.to - 1]! - window.timesMs[window.to - 2]!) / 1000;
  return typeof change === "number" ? change / seconds : divideHistogram(change, seconds);
};

/** The difference of the last two samples. */
export const idelta: RangeFunction = (window, context) => lastChange(window, context, false);

function lastChange(
  { values, histograms, from, to }: Parameters<RangeFunction>[0],
  context: RangeContext,
  counter: boolean,
): number | NativeHistogram | undefined {
  if (to - from < 2) return undefined;
  const last = histograms?.[to - 1];
  const previous = histograms?.[to - 2];
  if (last !== undefined && previous !== undefined) return histogramChange(last, previous, context, counter);
  if (last !== undefined || previous !== undefined) {
    warnMixed(context);
    return undefined;
  }
  const value = values[to - 1]!;
  const before = values[to - 2]!;
  return counter && value < before ? value : value - before;
}

function histogramChange(
  last: NativeHistogram,
  previous: NativeHistogram,
  context: RangeContext,
  counter: boolean,
): NativeHistogram | undefined {
  const gauges = [last, previous].filter((sample) => sample.counterReset === "gauge").length;
  if (counter && gauges > 0) warnNotCounter(context);
  if (!counter && gauges < 2) warnNotGauge(context);
  if (counter && isHistogramReset(last, previous)) return withHint(last, "gauge");
  const change = reconciled(subtractHistograms(last, previous), "subtraction", context);
  return change && withHint(change.histogram, "gauge");
}
