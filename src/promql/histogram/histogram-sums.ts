import type { NativeHistogram } from "../../model/native-histogram.ts";
import {
  addHistograms,
  divideHistogram,
  subtractHistograms,
  type CombinedHistogram,
} from "./histogram-arithmetic.ts";
import type { RangeContext } from "../range-function.ts";
import { informReconciled, warnIncompatible, warnResetCollision } from "../functions/range-warnings.ts";

/** The sum of one histogram at least; undefined, with a warning, when exponential and custom buckets meet. */
export function histogramSum(
  histograms: readonly NativeHistogram[],
  context: RangeContext,
): NativeHistogram | undefined {
  return folded(histograms, context, (sum, next) => addHistograms(sum, next));
}

/** Their mean, kept up step by step so that no sum overflows. */
export function histogramMean(
  histograms: readonly NativeHistogram[],
  context: RangeContext,
): NativeHistogram | undefined {
  let count = 1;
  return folded(histograms, context, (mean, next) => {
    count++;
    const change = subtractHistograms(divideHistogram(next, count), divideHistogram(mean, count));
    if (change.kind === "incompatible") return change;
    const result = addHistograms(mean, change.histogram);
    if (result.kind === "incompatible") return result;
    return { ...result, boundsReconciled: result.boundsReconciled || change.boundsReconciled };
  });
}

function folded(
  histograms: readonly NativeHistogram[],
  context: RangeContext,
  combine: (before: NativeHistogram, next: NativeHistogram) => CombinedHistogram,
): NativeHistogram | undefined {
  let result = histograms[0]!;
  let reconciled = false;
  for (const next of histograms.slice(1)) {
    const combined = combine(result, next);
    if (combined.kind === "incompatible") {
      warnIncompatible(context);
      return undefined;
    }
    result = combined.histogram;
    reconciled ||= combined.boundsReconciled;
  }
  const hints = new Set(histograms.map((histogram) => histogram.counterReset));
  if (hints.has("reset") && hints.has("not_reset")) warnResetCollision("aggregation", context);
  if (reconciled) informReconciled("aggregation", context);
  return result;
}
