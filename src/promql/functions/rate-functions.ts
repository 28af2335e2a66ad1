import { scaleHistogram } from "../histogram/histogram-arithmetic.ts";
import { histogramIncrease } from "../histogram/histogram-rate.ts";
import type { RangeContext, RangeFunction } from "../range-function.ts";
import { warnMixed } from "./range-warnings.ts";
import type { Window } from "../value.ts";
import { histogramCount, histogramsOf } from "./window-kind.ts";

/** Counter: resets are made up for, and nothing is extrapolated below 0. */
interface Kind {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

const INCREASE: Kind = { counter: true, perSecond: false };
const RATE: Kind = { counter: true, perSecond: true };
const DELTA: Kind = { counter: false, perSecond: false };

/** By how much a counter went up in the window, extrapolated to the whole of it. */
export const increase: RangeFunction = (window, context) => extrapolated(window, context, INCREASE);

/** The increase per second. */
export const rate: RangeFunction = (window, context) => extrapolated(window, context, RATE);

/** The difference between the last and the first value of a gauge, extrapolated to the whole window. */
export const delta: RangeFunction = (window, context) => extrapolated(window, context, DELTA);

function extrapolated(window: Window, context: RangeContext, kind: Kind): ReturnType<RangeFunction> {
  const { values, from, to } = window;
  const histogramSamples = histogramCount(window);
  if (histogramSamples === 0) {
    if (to - from < 2) return undefined;
    const change = kind.counter ? increaseOf(values, from, to) : values[to - 1]! - values[from]!;
    return change * extrapolation(window, kind, values[from]!, change);
  }
  if (histogramSamples < to - from) {
    warnMixed(context);
    return undefined;
  }
  if (to - from < 2) return undefined;
  const samples = histogramsOf(window);
  const change = histogramIncrease(samples, kind.counter, context);
  if (change === undefined) return undefined;
  return scaleHistogram(change, extrapolation(window, kind, samples[0]!.count, change.count));
}

/** By how much a counter went up from the first to the last of some values: a value below the one before counts whole. */
export function increaseOf(values: Float64Array, from: number, to: number): number {
  let change = values[to - 1]! - values[from]!;
  for (let i = from + 1; i < to; i++) if (values[i]! < values[i - 1]!) change += values[i - 1]!;
  return change;
}

/**
 * What the change between the first and the last sample is to be multiplied by. It is extended to the window's edges
 * where these are near (1.1 times the mean distance of samples), else by half that distance; of a counter that went up
 * not farther back than to where it would have been 0.
 */
function extrapolation(window: Window, kind: Kind, first: number, change: number): number {
  const { timesMs, from, to, startMs, endMs } = window;
  const sampledMs = timesMs[to - 1]! - timesMs[from]!;
  const betweenMs = sampledMs / (to - from - 1);
  const nearMs = betweenMs * 1.1;
  let toStartMs = timesMs[from]! - startMs;
  if (toStartMs >= nearMs) toStartMs = betweenMs / 2;
  if (kind.counter && change > 0 && first >= 0) toStartMs = Math.min(toStartMs, sampledMs * (first / change));
  let toEndMs = endMs - timesMs[to - 1]!;
  if (toEndMs >= nearMs) toEndMs = betweenMs / 2;
  const factor = (sampledMs + toStartMs + toEndMs) / sampledMs;
  return kind.perSecond ? factor / ((endMs - startMs) / 1000) : factor;
}
