import type { CounterResetHint, NativeHistogram } from "../../model/native-histogram.ts";
import { sameBounds, withHint } from "../histogram/histogram-arithmetic.ts";
import { anyCountDecreased } from "../histogram/histogram-reset.ts";

/**
 * The histograms of a series with the hints that they have after they were stored: within a run of one layout every
 * histogram but the first is known to follow without a reset; a run that a reset began says so. Anything else between
 * histograms (a float, a staleness marker) ends the run.
 */
export function storedHints(
  samples: readonly (number | NativeHistogram | "stale" | undefined)[],
): (NativeHistogram | undefined)[] {
  let previous: NativeHistogram | undefined;
  return samples.map((sample) => {
    const current = typeof sample === "object" ? sample : undefined;
    const stored = current === undefined ? undefined : withHint(current, hintAfter(current, previous));
    previous = stored;
    return stored;
  });
}

function hintAfter(current: NativeHistogram, previous: NativeHistogram | undefined): CounterResetHint {
  if (current.counterReset === "gauge" || current.counterReset === "reset") return current.counterReset;
  if (previous === undefined || previous.counterReset === "gauge") return "unknown";
  if (current.schema !== previous.schema || current.zeroThreshold !== previous.zeroThreshold) {
    return current.count < previous.count ? "reset" : "unknown";
  }
  if (!sameBounds(current.customBounds, previous.customBounds)) return "unknown";
  return anyCountDecreased(current, previous) ? "reset" : "not_reset";
}
