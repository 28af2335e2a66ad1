import { kahanAdd, kahanSum } from "./kahan-sum.ts";
import { floatQuantile } from "./float-quantile.ts";
import type { RangeContext, RangeFunction } from "../range-function.ts";
import { informIgnored, warnQuantile } from "./range-warnings.ts";
import type { Window } from "../value.ts";
import { floatsOf } from "./window-kind.ts";

type Floats = ReturnType<typeof floatsOf>;

/** A function of the floats alone: an info where histograms are among them, no result where there are histograms only. */
function ofFloats(evaluate: (floats: Floats, context: RangeContext) => number): RangeFunction {
  return (window, context) => {
    const floats = floatsAlone(window, context);
    return floats.values.length === 0 ? undefined : evaluate(floats, context);
  };
}

/** The floats of a window; an info where there are histograms among them. */
export function floatsAlone(window: Window, context: RangeContext): Floats {
  const floats = floatsOf(window);
  if (floats.values.length > 0 && floats.values.length < window.to - window.from) informIgnored(context);
  return floats;
}

/** The row that no other beats; NaN is beaten by every number. */
function bestRow(values: Float64Array, beats: (a: number, b: number) => boolean): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (beats(values[i]!, values[best]!) || Number.isNaN(values[best]!)) best = i;
  }
  return best;
}

export const minOverTime = ofFloats(({ values }) => values[bestRow(values, (a, b) => a < b)]!);
export const maxOverTime = ofFloats(({ values }) => values[bestRow(values, (a, b) => a > b)]!);

/** When the lowest value was there last, in seconds since the epoch. */
export const tsOfMinOverTime = ofFloats(
  ({ values, timesMs }) => timesMs[bestRow(values, (a, b) => a <= b)]! / 1000,
);

/** When the highest value was there last, in seconds since the epoch. */
export const tsOfMaxOverTime = ofFloats(
  ({ values, timesMs }) => timesMs[bestRow(values, (a, b) => a >= b)]! / 1000,
);

/** The population variance, by Welford's method over Kahan sums. */
function variance(values: Float64Array): number {
  const mean = kahanSum();
  const squares = kahanSum();
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const from = value - (mean.sum + mean.compensation);
    kahanAdd(mean, from / (i + 1));
    kahanAdd(squares, from * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / values.length;
}

export const stdvarOverTime = ofFloats(({ values }) => variance(values));
export const stddevOverTime = ofFloats(({ values }) => Math.sqrt(variance(values)));

export const quantileOverTime = ofFloats(({ values }, context) => {
  const q = context.scalars[0]!;
  if (!(q >= 0 && q <= 1)) warnQuantile(q, context);
  return floatQuantile(q, values);
});

/** The median distance from the median; NaN when any value is. */
export const madOverTime = ofFloats(({ values }) => {
  if (values.some(Number.isNaN)) return NaN;
  const median = floatQuantile(0.5, values);
  return floatQuantile(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
});
