import { mergeBuckets, NO_BUCKETS } from "./histogram-buckets.ts";
import { reduceResolution, widenZeroBuckets } from "./histogram-layout.ts";
import type { NativeHistogram } from "./native-histogram.ts";

/**
 * The sum of two exponential histograms: exact as long as counts are below 2^53. The coarser schema and the wider zero
 * bucket of the two hold for it. Not for custom bounds.
 */
export function addHistograms(a: NativeHistogram, b: NativeHistogram): NativeHistogram {
  const schema = Math.min(a.schema, b.schema);
  const [left, right] = widenZeroBuckets(reduceResolution(a, schema), reduceResolution(b, schema));
  return {
    schema,
    count: left.count + right.count,
    sum: left.sum + right.sum,
    zeroThreshold: left.zeroThreshold,
    zeroCount: left.zeroCount + right.zeroCount,
    positive: mergeBuckets(left.positive, right.positive, 1),
    negative: mergeBuckets(left.negative, right.negative, 1),
    customBounds: [],
    counterReset: "unknown",
  };
}

/** The histogram of no observations, in the shape of another. */
export function emptyHistogram({ schema, zeroThreshold, customBounds }: NativeHistogram): NativeHistogram {
  return {
    schema,
    count: 0,
    sum: 0,
    zeroThreshold,
    zeroCount: 0,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
    customBounds,
    counterReset: "unknown",
  };
}
