import type { NativeHistogram } from "../../model/native-histogram.ts";
import { addHistograms, subtractHistograms, withHint } from "./histogram-arithmetic.ts";
import { hasCustomBounds, NO_BUCKETS } from "../../model/histogram-buckets.ts";
import { reduceResolution } from "../../model/histogram-layout.ts";
import { isHistogramReset } from "./histogram-reset.ts";
import type { RangeContext } from "../range-function.ts";
import { reconciled, warnIncompatible, warnNotCounter, warnNotGauge } from "../functions/range-warnings.ts";

/**
 * By how much histograms changed from the first to the last; of counters what was there before each reset is added. Two
 * samples at least. A gauge, at the lowest resolution of all; undefined, with a warning, when exponential and custom
 * buckets meet.
 */
export function histogramIncrease(
  samples: readonly NativeHistogram[],
  counter: boolean,
  context: RangeContext,
): NativeHistogram | undefined {
  warnOfKind(samples, counter, context);
  const last = samples.at(-1)!;
  let first = samples[0]!;
  // The layout of a sample that a reset follows does not matter: counting begins at the second.
  if (counter && isHistogramReset(samples[1]!, first)) first = emptyLike(samples[1]!);
  const compared = counter ? samples.slice(1) : [last];
  if (compared.some((sample) => hasCustomBounds(sample) !== hasCustomBounds(first))) {
    warnIncompatible(context);
    return undefined;
  }
  // A result says no more than the coarsest of the samples that make it.
  const schema = compared.reduce((lowest, sample) => Math.min(lowest, sample.schema), first.schema);
  const coarse = reduceResolution(last, schema);
  let change = reconciled(subtractHistograms(coarse, first), "subtraction", context)?.histogram;
  if (!counter) return change && withHint(change, "gauge");
  let previous = first;
  for (const current of samples.slice(1)) {
    if (change !== undefined && isHistogramReset(current, previous)) {
      change = reconciled(addHistograms(change, previous), "addition", context)?.histogram;
    }
    previous = current;
  }
  return change && withHint(change, "gauge");
}

/** Counters must not call themselves gauges anywhere, gauges must at both ends. */
function warnOfKind(samples: readonly NativeHistogram[], counter: boolean, context: RangeContext): void {
  const isGauge = (sample: NativeHistogram): boolean => sample.counterReset === "gauge";
  if (counter) {
    if (samples.some(isGauge)) warnNotCounter(context);
  } else if (!isGauge(samples[0]!) || !isGauge(samples.at(-1)!)) warnNotGauge(context);
}

/** Without observations, in the layout of another. */
function emptyLike(histogram: NativeHistogram): NativeHistogram {
  const zeros = {
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
  };
  return { ...histogram, ...zeros, counterReset: "unknown" };
}
