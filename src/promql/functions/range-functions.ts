import { changes, resets, slidingChanges, slidingResets } from "./change-functions.ts";
import {
  madOverTime,
  maxOverTime,
  minOverTime,
  quantileOverTime,
  stddevOverTime,
  stdvarOverTime,
  tsOfMaxOverTime,
  tsOfMinOverTime,
} from "./float-functions.ts";
import { idelta, irate } from "./instant-rate-functions.ts";
import {
  avgOverTime,
  countOverTime,
  firstOverTime,
  lastOverTime,
  presentOverTime,
  sumOverTime,
  tsOfFirstOverTime,
  tsOfLastOverTime,
} from "./over-time-functions.ts";
import type { RangeFunction, RangeFunctionDefinition, SlidingFunction } from "../range-function.ts";
import { delta, increase, rate } from "./rate-functions.ts";
import { increaseOnGrid, rateOnGrid } from "./rate-on-grid.ts";
import { slidingMax, slidingMin } from "./sliding-extreme.ts";
import { slidingQuantile } from "./sliding-quantile.ts";
import { slidingMean, slidingSum } from "./sliding-sums.ts";
import { deriv, doubleExponentialSmoothing, predictLinear } from "./trend-functions.ts";

const definition = (evaluate: RangeFunction, keepsName = false): RangeFunctionDefinition => ({
  evaluate,
  keepsName,
});

const sliding = (evaluate: RangeFunction, slide: SlidingFunction): RangeFunctionDefinition => ({
  evaluate,
  sliding: slide,
  keepsName: false,
});

/** The functions that take a range and work on one series, by name; absent_over_time, which takes all series, is none. */
export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunctionDefinition>> = {
  avg_over_time: sliding(avgOverTime, slidingMean),
  changes: sliding(changes, slidingChanges),
  count_over_time: definition(countOverTime),
  delta: definition(delta),
  deriv: definition(deriv),
  double_exponential_smoothing: definition(doubleExponentialSmoothing),
  first_over_time: definition(firstOverTime, true),
  idelta: definition(idelta),
  increase: { evaluate: increase, onGrid: increaseOnGrid, keepsName: false },
  irate: definition(irate),
  last_over_time: definition(lastOverTime, true),
  mad_over_time: definition(madOverTime),
  max_over_time: sliding(maxOverTime, slidingMax),
  min_over_time: sliding(minOverTime, slidingMin),
  predict_linear: definition(predictLinear),
  present_over_time: definition(presentOverTime),
  quantile_over_time: sliding(quantileOverTime, slidingQuantile),
  rate: { evaluate: rate, onGrid: rateOnGrid, keepsName: false },
  resets: sliding(resets, slidingResets),
  stddev_over_time: definition(stddevOverTime),
  stdvar_over_time: definition(stdvarOverTime),
  sum_over_time: sliding(sumOverTime, slidingSum),
  ts_of_first_over_time: definition(tsOfFirstOverTime),
  ts_of_last_over_time: definition(tsOfLastOverTime),
  ts_of_max_over_time: definition(tsOfMaxOverTime),
  ts_of_min_over_time: definition(tsOfMinOverTime),
};
