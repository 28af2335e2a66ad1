import type { HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import type { Point } from "./print-value.ts";
import type { ScriptValue } from "./script.ts";

/** How far a result may be from what is expected, as a share of both. */
const RELATIVE_TOLERANCE = 1e-6;

/** NaN is NaN; 0 is 0 alone; other numbers within the tolerance. */
export function sameNumber(expected: number, got: number): boolean {
  if (expected === got || (Number.isNaN(expected) && Number.isNaN(got))) return true;
  if (expected === 0 || got === 0) return Math.abs(expected - got) < Number.MIN_VALUE;
  const size = Math.min(Math.abs(expected) + Math.abs(got), Number.MAX_VALUE);
  return Math.abs(expected - got) / size < RELATIVE_TOLERANCE;
}

/** Histograms have the same layout and nearly the same counts; the hint counts where the script writes one. */
export function samePoint(expected: ScriptValue, got: Point): boolean {
  if (expected === undefined || expected === "stale") return got === undefined;
  if (typeof expected === "number") return typeof got === "number" && sameNumber(expected, got);
  if (got === undefined || typeof got === "number") return false;
  if (expected.hintWritten && expected.histogram.counterReset !== got.counterReset) return false;
  return sameHistogram(expected.histogram, got);
}

function sameHistogram(expected: NativeHistogram, got: NativeHistogram): boolean {
  return (
    expected.schema === got.schema &&
    expected.zeroThreshold === got.zeroThreshold &&
    sameNumber(expected.count, got.count) &&
    sameNumber(expected.sum, got.sum) &&
    sameNumber(expected.zeroCount, got.zeroCount) &&
    expected.customBounds.length === got.customBounds.length &&
    expected.customBounds.every((bound, i) => bound === got.customBounds[i]) &&
    sameBuckets(expected.positive, got.positive) &&
    sameBuckets(expected.negative, got.negative)
  );
}

function sameBuckets(expected: HistogramBuckets, got: HistogramBuckets): boolean {
  return (
    expected.indexes.length === got.indexes.length &&
    expected.indexes.every((index, i) => index === got.indexes[i]) &&
    expected.counts.every((count, i) => sameNumber(count, got.counts[i]!))
  );
}
