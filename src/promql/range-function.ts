import type { NativeHistogram } from "../model/native-histogram.ts";
import type { Annotations } from "./annotations.ts";
import type { Range } from "./ast.ts";
import type { Times } from "./eval/evaluation.ts";
import type { GridSeries, Window } from "./value.ts";

/** What a function over a range knows besides the samples. */
export interface RangeContext {
  /** Scalar arguments at this step, in the order of the call, the range left out (quantile_over_time, predict_linear, …). */
  readonly scalars: readonly number[];
  /** The time of the step (before offset and @), epoch milliseconds. */
  readonly atMs: number;
  /** The metric's name, for annotations; "" when unknown. */
  readonly metric: string;
  readonly annotations: Annotations;
  /** Of the argument with the range. */
  readonly range: Range;
}

/** The value of a function over one window of one series; undefined when it has none there. Called only for windows with samples. */
export type RangeFunction = (window: Window, context: RangeContext) => number | NativeHistogram | undefined;

/**
 * A function over windows of one series of floats, each of which begins and ends no earlier than the one before: what was
 * found for one serves the next. The results are those of the RangeFunction to the bit.
 */
export type SlidingFunction = (samples: Pick<Window, "timesMs" | "values">) => RangeFunction;

/** All windows of one series of floats at once: those that end at `ends`. To the bit as the RangeFunction. */
export type GridFunction = (
  samples: Pick<Window, "timesMs" | "values">,
  ends: Times,
  windowMs: number,
) => Pick<GridSeries, "values" | "present">;

export interface RangeFunctionDefinition {
  readonly evaluate: RangeFunction;
  /** Where it is faster for windows that overlap. */
  readonly sliding?: SlidingFunction;
  /** Where even that is too slow. */
  readonly onGrid?: GridFunction;
  /** last_over_time and first_over_time keep the metric's name. */
  readonly keepsName: boolean;
}
