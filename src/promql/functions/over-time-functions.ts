import { histogramMean, histogramSum } from "../histogram/histogram-sums.ts";
import { kahanMeanOf, kahanSumOf } from "./kahan-rows.ts";
import type { RangeContext, RangeFunction } from "../range-function.ts";
import { warnMixed } from "./range-warnings.ts";
import type { Window } from "../value.ts";
import { histogramCount, histogramsOf } from "./window-kind.ts";

/** What of a window's samples is added up: floats or histograms alone; undefined, with a warning, when there are both. */
function kindOf(window: Window, context: RangeContext): "floats" | "histograms" | undefined {
  const count = histogramCount(window);
  if (count === 0) return "floats";
  if (count === window.to - window.from) return "histograms";
  warnMixed(context);
  return undefined;
}

export const sumOverTime: RangeFunction = (window, context) => {
  const kind = kindOf(window, context);
  if (kind === undefined) return undefined;
  if (kind === "histograms") return histogramSum(histogramsOf(window), context);
  return kahanSumOf(window.values, window.from, window.to);
};

export const avgOverTime: RangeFunction = (window, context) => {
  const kind = kindOf(window, context);
  if (kind === undefined) return undefined;
  if (kind === "histograms") return histogramMean(histogramsOf(window), context);
  return kahanMeanOf(window.values, window.from, window.to);
};

/** Samples of both kinds. */
export const countOverTime: RangeFunction = ({ from, to }) => to - from;

export const presentOverTime: RangeFunction = () => 1;

export const lastOverTime: RangeFunction = ({ values, histograms, to }) =>
  histograms?.[to - 1] ?? values[to - 1];

export const firstOverTime: RangeFunction = ({ values, histograms, from }) =>
  histograms?.[from] ?? values[from];

/** Seconds since the epoch. */
export const tsOfLastOverTime: RangeFunction = ({ timesMs, to }) => timesMs[to - 1]! / 1000;

/** Seconds since the epoch. */
export const tsOfFirstOverTime: RangeFunction = ({ timesMs, from }) => timesMs[from]! / 1000;
