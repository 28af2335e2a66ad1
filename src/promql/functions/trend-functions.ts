import { floatsAlone } from "./float-functions.ts";
import { kahanAdd, kahanSum } from "./kahan-sum.ts";
import { QueryError } from "../query-error.ts";
import type { RangeContext, RangeFunction } from "../range-function.ts";
import type { Window } from "../value.ts";

interface Line {
  /** Per second. */
  readonly slope: number;
  /** At the time given. */
  readonly intercept: number;
}

/** The slope of the floats, per second, by least squares. Two floats at least. */
export const deriv: RangeFunction = (window, context) => {
  const floats = twoFloats(window, context);
  return floats && regression(floats.timesMs, floats.values, floats.timesMs[0]!).slope;
};

/** Where the line through the floats will be so many seconds after the time of the step. */
export const predictLinear: RangeFunction = (window, context) => {
  const floats = twoFloats(window, context);
  if (floats === undefined) return undefined;
  const { slope, intercept } = regression(floats.timesMs, floats.values, context.atMs);
  return slope * context.scalars[0]! + intercept;
};

function twoFloats(window: Window, context: RangeContext): ReturnType<typeof floatsAlone> | undefined {
  const floats = floatsAlone(window, context);
  return floats.values.length < 2 ? undefined : floats;
}

function regression(timesMs: Float64Array, values: Float64Array, interceptMs: number): Line {
  const first = values[0]!;
  // Rounding would give a constant a slope.
  if (values.every((value) => value === first)) {
    return Number.isFinite(first) ? { slope: 0, intercept: first } : { slope: NaN, intercept: NaN };
  }
  const [x, y, xy, x2] = [kahanSum(), kahanSum(), kahanSum(), kahanSum()];
  for (let i = 0; i < values.length; i++) {
    const seconds = (timesMs[i]! - interceptMs) / 1000;
    kahanAdd(x, seconds);
    kahanAdd(y, values[i]!);
    kahanAdd(xy, seconds * values[i]!);
    kahanAdd(x2, seconds * seconds);
  }
  const count = values.length;
  const [sumX, sumY] = [x.sum + x.compensation, y.sum + y.compensation];
  const covariance = xy.sum + xy.compensation - (sumX * sumY) / count;
  const variance = x2.sum + x2.compensation - (sumX * sumX) / count;
  const slope = covariance / variance;
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}

/**
 * The last of the floats smoothed twice, for the level and for the trend; two floats at least. Throws QueryError when a
 * factor is not between 0 and 1.
 */
export const doubleExponentialSmoothing: RangeFunction = (window, context) => {
  const [levelFactor, trendFactor] = context.scalars as readonly [number, number];
  checkFactor("smoothing", "sf", levelFactor);
  checkFactor("trend", "tf", trendFactor);
  const floats = twoFloats(window, context);
  if (floats === undefined) return undefined;
  const { values } = floats;
  let before = 0;
  let level = values[0]!;
  let trend = values[1]! - values[0]!;
  for (let i = 1; i < values.length; i++) {
    if (i > 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    const next = levelFactor * values[i]! + (1 - levelFactor) * (level + trend);
    before = level;
    level = next;
  }
  return level;
};

function checkFactor(what: string, name: string, factor: number): void {
  if (factor > 0 && factor < 1) return;
  const message = `invalid ${what} factor. Expected: 0 < ${name} < 1, got: ${factor.toFixed(6)}`;
  throw new QueryError("execution", message);
}
