import { goQuote } from "../syntax/go-quote.ts";
import type { CombinedHistogram } from "../histogram/histogram-arithmetic.ts";
import { numberText } from "../histogram/histogram-text.ts";
import type { RangeContext } from "../range-function.ts";

type Context = Pick<RangeContext, "metric" | "annotations" | "range">;

function named(message: string, metric: string): string {
  return metric === "" ? message : `${message} for metric name ${goQuote(metric)}`;
}

/** There are floats and histograms in the range, and the function has no result for both. */
export function warnMixed({ metric, annotations, range }: Context): void {
  annotations.warn(named("encountered a mix of histograms and floats", metric), range);
}

/** The function looked at the floats alone. */
export function informIgnored({ metric, annotations, range }: Context): void {
  annotations.info(
    named("ignored histograms in a range containing both floats and histograms", metric),
    range,
  );
}

/** There are histograms with exponential and with custom buckets in the range. */
export function warnIncompatible({ metric, annotations, range }: Context): void {
  const message = "vector contains a mix of histograms with exponential and custom buckets schemas";
  annotations.warn(named(message, metric), range);
}

export function warnNotCounter({ metric, annotations, range }: Context): void {
  annotations.warn(`this native histogram metric is not a counter: ${goQuote(metric)}`, range);
}

export function warnNotGauge({ metric, annotations, range }: Context): void {
  annotations.warn(`this native histogram metric is not a gauge: ${goQuote(metric)}`, range);
}

const COUNTER_NAME = /_(total|sum|count|bucket)$/;

/** Rates of what is not named as a counter are probably not meant. Called once for each series that has a number as result. */
export function informPossibleNonCounter({ metric, annotations, range }: Context): void {
  if (metric === "" || COUNTER_NAME.test(metric)) return;
  const message = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket:";
  annotations.info(`${message} ${goQuote(metric)}`, range);
}

export function warnQuantile(
  q: number,
  { annotations, range }: Pick<Context, "annotations" | "range">,
): void {
  annotations.warn(`quantile value should be between 0 and 1, got ${numberText(q)}`, range);
}

type Combination = "addition" | "subtraction" | "aggregation";

/** Histograms with different custom bounds were brought to the common ones. */
export function informReconciled(combination: Combination, { annotations, range }: Context): void {
  annotations.info(`mismatched custom buckets were reconciled during ${combination}`, range);
}

/** The hints of two histograms contradict each other. */
export function warnResetCollision(combination: Combination, { annotations, range }: Context): void {
  annotations.warn(`conflicting counter resets during histogram ${combination}`, range);
}

/** The combined histogram; undefined, with a warning, when the two are incompatible. Resets are the caller's affair. */
export function reconciled(
  combined: CombinedHistogram,
  combination: Combination,
  context: Context,
): Extract<CombinedHistogram, { kind: "combined" }> | undefined {
  if (combined.kind === "incompatible") {
    warnIncompatible(context);
    return undefined;
  }
  if (combined.boundsReconciled) informReconciled(combination, context);
  return combined;
}
