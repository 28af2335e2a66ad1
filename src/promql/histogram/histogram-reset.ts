import type { HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import { sameBounds } from "./histogram-arithmetic.ts";
import { hasCustomBounds } from "../../model/histogram-buckets.ts";
import {
  commonBounds,
  mapToBounds,
  reduceResolution,
  widenZeroBucket,
} from "../../model/histogram-layout.ts";

/**
 * True when a counter began anew between two samples: its hint says so, or, where that is unknown (or the sample calls
 * itself a gauge), any of its counts went down or its resolution went up.
 */
export function isHistogramReset(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (current.counterReset === "reset") return true;
  if (current.counterReset === "not_reset") return false;
  return anyCountDecreased(current, previous);
}

/** The comparison of counts alone, whatever the hints say. */
export function anyCountDecreased(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (current.count < previous.count) return true;
  if (hasCustomBounds(current) !== hasCustomBounds(previous)) return true;
  if (hasCustomBounds(current)) {
    if (sameBounds(current.customBounds, previous.customBounds)) {
      return decreased(current.positive, previous.positive);
    }
    const bounds = commonBounds(current.customBounds, previous.customBounds);
    return decreased(mapToBounds(current, bounds).positive, mapToBounds(previous, bounds).positive);
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  const wide =
    current.zeroThreshold === previous.zeroThreshold
      ? previous
      : widenZeroBucket(previous, current.zeroThreshold);
  // A zero bucket that grew would not have cut a populated bucket.
  if (wide.zeroThreshold !== current.zeroThreshold) return true;
  if (current.zeroCount < wide.zeroCount) return true;
  const before = reduceResolution(wide, current.schema);
  return decreased(current.positive, before.positive) || decreased(current.negative, before.negative);
}

function decreased(current: HistogramBuckets, previous: HistogramBuckets): boolean {
  let i = 0;
  for (let j = 0; j < previous.indexes.length; j++) {
    const index = previous.indexes[j]!;
    while (i < current.indexes.length && current.indexes[i]! < index) {
      // A bucket that was not there counts from 0.
      if (current.counts[i]! < 0) return true;
      i++;
    }
    const count = i < current.indexes.length && current.indexes[i] === index ? current.counts[i]! : 0;
    if (count < previous.counts[j]!) return true;
  }
  return false;
}
