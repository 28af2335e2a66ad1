import type { HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import type { BucketsDraft, PointDraft } from "./point-draft.ts";

/** What Prometheus takes where no threshold is given: values below are counted as zero. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;

const FINEST_SCHEMA = 8;
const COARSEST_SCHEMA = -4;
/** OpenTelemetry SDKs begin at 20; above 31 there would be no bucket left to tell apart. */
const FINEST_SCALE = 31;
const INT32 = 2 ** 31;
/** Sums of counts beyond 2^53 are not exact. */
const COUNT_TOLERANCE = 1e-9;

/** The histogram of a data point, or why there is none. */
export function nativeHistogramOf(draft: PointDraft): NativeHistogram | "bad_scale" | "bad_buckets" {
  if (draft.scale < COARSEST_SCHEMA || draft.scale > FINEST_SCALE) return "bad_scale";
  const schema = Math.min(draft.scale, FINEST_SCHEMA);
  const merged = 2 ** (draft.scale - schema);
  const positive = bucketsOf(draft.positive, merged);
  const negative = bucketsOf(draft.negative, merged);
  if (positive === undefined || negative === undefined) return "bad_buckets";
  const { count, zeroCount } = draft;
  const counted = zeroCount + totalOf(positive) + totalOf(negative);
  // Observations of NaN are in no bucket; the sum is NaN then.
  const isShort = Number.isNaN(draft.sum) ? counted > count : counted !== count;
  if (isShort && Math.abs(counted - count) > COUNT_TOLERANCE * count) return "bad_buckets";
  const isThreshold = draft.zeroThreshold > 0 && Number.isFinite(draft.zeroThreshold);
  return {
    schema,
    count,
    sum: draft.hasSum ? draft.sum : 0,
    zeroThreshold: isThreshold ? draft.zeroThreshold : DEFAULT_ZERO_THRESHOLD,
    zeroCount,
    positive,
    negative,
    customBounds: [],
    counterReset: "unknown",
  };
}

/**
 * `merged` neighbours become one bucket. OpenTelemetry's bucket i begins at base^i, Prometheus's bucket i ends there.
 * undefined when an index is beyond 32 bits.
 */
function bucketsOf({ offset, counts }: BucketsDraft, merged: number): HistogramBuckets | undefined {
  const indexes = new Int32Array(counts.length);
  const sums = new Float64Array(counts.length);
  let used = 0;
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts.values[i]!;
    if (count === 0) continue;
    const index = Math.floor((offset + i) / merged) + 1;
    if (index >= INT32 || index < -INT32) return undefined;
    if (used > 0 && indexes[used - 1] === index) sums[used - 1]! += count;
    else {
      indexes[used] = index;
      sums[used] = count;
      used += 1;
    }
  }
  return { indexes: indexes.slice(0, used), counts: sums.slice(0, used) };
}

function totalOf({ counts }: HistogramBuckets): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
