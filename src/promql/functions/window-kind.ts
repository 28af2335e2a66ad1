import type { NativeHistogram } from "../../model/native-histogram.ts";
import type { Window } from "../value.ts";

/** How many of a window's samples are histograms. */
export function histogramCount({ histograms, from, to }: Window): number {
  if (histograms === undefined) return 0;
  let count = 0;
  for (let i = from; i < to; i++) if (histograms[i] !== undefined) count++;
  return count;
}

/** The floats of a window; the window's own values, not copied, where there is nothing else. */
export function floatsOf(window: Window): { readonly timesMs: Float64Array; readonly values: Float64Array } {
  const { timesMs, values, histograms, from, to } = window;
  if (histogramCount(window) === 0)
    return { timesMs: timesMs.subarray(from, to), values: values.subarray(from, to) };
  const rows: number[] = [];
  for (let i = from; i < to; i++) if (histograms?.[i] === undefined) rows.push(i);
  return {
    timesMs: Float64Array.from(rows, (row) => timesMs[row]!),
    values: Float64Array.from(rows, (row) => values[row]!),
  };
}

/** The histograms of a window, in order. */
export function histogramsOf({ histograms, from, to }: Window): readonly NativeHistogram[] {
  const found: NativeHistogram[] = [];
  for (let i = from; i < to; i++) {
    const histogram = histograms?.[i];
    if (histogram !== undefined) found.push(histogram);
  }
  return found;
}
