import type { CounterResetHint, NativeHistogram } from "../../model/native-histogram.ts";
import { hasCustomBounds, mergeBuckets, NO_BUCKETS, scaleBuckets } from "../../model/histogram-buckets.ts";
import {
  commonBounds,
  mapToBounds,
  reduceResolution,
  widenZeroBuckets,
} from "../../model/histogram-layout.ts";

/** What adding or subtracting two histograms comes to. */
export type CombinedHistogram =
  | {
      readonly kind: "combined";
      readonly histogram: NativeHistogram;
      /** One says that there was a counter reset before it, the other that there was none: worth a warning. */
      readonly resetCollision: boolean;
      /** Their custom bounds differ; only the common ones are left: worth an info. */
      readonly boundsReconciled: boolean;
    }
  /** One has exponential buckets, the other custom ones. */
  | { readonly kind: "incompatible" };

/** a + b, at the lower resolution of the two. */
export function addHistograms(a: NativeHistogram, b: NativeHistogram): CombinedHistogram {
  return combine(a, b, 1);
}

/** a - b, at the lower resolution of the two; counts may become negative. The hint is as for a sum: callers make it "gauge". */
export function subtractHistograms(a: NativeHistogram, b: NativeHistogram): CombinedHistogram {
  return combine(a, b, -1);
}

function combine(a: NativeHistogram, b: NativeHistogram, factor: 1 | -1): CombinedHistogram {
  if (hasCustomBounds(a) !== hasCustomBounds(b)) return { kind: "incompatible" };
  const boundsReconciled = hasCustomBounds(a) && !sameBounds(a.customBounds, b.customBounds);
  const [left, right] = boundsReconciled ? onCommonBounds(a, b) : onCommonResolution(a, b);
  const { hint, collision } = combinedHint(a.counterReset, b.counterReset);
  const histogram: NativeHistogram = {
    schema: left.schema,
    count: left.count + factor * right.count,
    sum: left.sum + factor * right.sum,
    zeroThreshold: left.zeroThreshold,
    zeroCount: left.zeroCount + factor * right.zeroCount,
    positive: mergeBuckets(left.positive, right.positive, factor),
    negative: mergeBuckets(left.negative, right.negative, factor),
    customBounds: left.customBounds,
    counterReset: hint,
  };
  return { kind: "combined", histogram, resetCollision: collision, boundsReconciled };
}

function onCommonBounds(a: NativeHistogram, b: NativeHistogram): [NativeHistogram, NativeHistogram] {
  const bounds = commonBounds(a.customBounds, b.customBounds);
  return [mapToBounds(a, bounds), mapToBounds(b, bounds)];
}

function onCommonResolution(a: NativeHistogram, b: NativeHistogram): [NativeHistogram, NativeHistogram] {
  if (hasCustomBounds(a)) return [a, b];
  const [left, right] = widenZeroBuckets(a, b);
  const schema = Math.min(left.schema, right.schema);
  return [reduceResolution(left, schema), reduceResolution(right, schema)];
}

/** What is known of the counter reset before a combination: a gauge stays one, and one unknown makes it unknown. */
function combinedHint(
  a: CounterResetHint,
  b: CounterResetHint,
): { hint: CounterResetHint; collision: boolean } {
  if (a === b) return { hint: a, collision: false };
  if (a === "gauge" || b === "gauge") return { hint: "gauge", collision: false };
  return { hint: "unknown", collision: a !== "unknown" && b !== "unknown" };
}

/** Times a number; a negative one makes a gauge of it. */
export function scaleHistogram(histogram: NativeHistogram, factor: number): NativeHistogram {
  return {
    ...histogram,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    zeroCount: histogram.zeroCount * factor,
    positive: scaleBuckets(histogram.positive, (count) => count * factor),
    negative: scaleBuckets(histogram.negative, (count) => count * factor),
    counterReset: factor < 0 ? "gauge" : histogram.counterReset,
  };
}

/** Through a number. Through 0, count and sum become infinite (or NaN), and the buckets are gone. */
export function divideHistogram(histogram: NativeHistogram, divisor: number): NativeHistogram {
  return {
    ...histogram,
    count: histogram.count / divisor,
    sum: histogram.sum / divisor,
    zeroCount: histogram.zeroCount / divisor,
    positive: divisor === 0 ? NO_BUCKETS : scaleBuckets(histogram.positive, (count) => count / divisor),
    negative: divisor === 0 ? NO_BUCKETS : scaleBuckets(histogram.negative, (count) => count / divisor),
    counterReset: divisor < 0 ? "gauge" : histogram.counterReset,
  };
}

/** With another hint. */
export function withHint(histogram: NativeHistogram, counterReset: CounterResetHint): NativeHistogram {
  return { ...histogram, counterReset };
}

/** The same observations in the same layout; a NaN sum equals a NaN sum. Hints are not compared. */
export function equalHistograms(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.count === b.count &&
    (a.sum === b.sum || (Number.isNaN(a.sum) && Number.isNaN(b.sum))) &&
    a.zeroThreshold === b.zeroThreshold &&
    a.zeroCount === b.zeroCount &&
    sameBounds(a.customBounds, b.customBounds) &&
    sameNumbers(a.positive.indexes, b.positive.indexes) &&
    sameNumbers(a.positive.counts, b.positive.counts) &&
    sameNumbers(a.negative.indexes, b.negative.indexes) &&
    sameNumbers(a.negative.counts, b.negative.counts)
  );
}

/** The same custom bounds. */
export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]));
}

function sameNumbers(a: Int32Array | Float64Array, b: Int32Array | Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
