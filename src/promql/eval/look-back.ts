import type { NativeHistogram } from "../../model/native-histogram.ts";
import { timeAt, type Times } from "./evaluation.ts";
import type { GridSeries, RawSeries } from "../value.ts";

/**
 * What an instant selector sees of a series at each time: its last sample in (time - lookbackMs, time], nothing where
 * that is a staleness marker. With `timestamps` the sample's time in seconds stands for its value. undefined when the
 * series is nowhere there.
 */
export function lookBack(
  raw: RawSeries,
  times: Times,
  lookbackMs: number,
  timestamps: boolean,
): GridSeries | undefined {
  const { timesMs, values: samples, stale } = raw;
  const values = new Float64Array(times.steps);
  const present = new Uint8Array(times.steps);
  const histograms = timestamps ? undefined : raw.histograms;
  let seen: (NativeHistogram | undefined)[] | undefined;
  let any = false;
  let next = 0;
  for (let step = 0; step < times.steps; step++) {
    const at = timeAt(times, step);
    while (next < timesMs.length && timesMs[next]! <= at) next++;
    const last = next - 1;
    if (last < 0 || timesMs[last]! <= at - lookbackMs || stale?.[last] === 1) continue;
    any = true;
    present[step] = 1;
    const histogram = histograms?.[last];
    if (histogram !== undefined) {
      seen ??= Array.from({ length: times.steps });
      seen[step] = histogram;
    } else values[step] = timestamps ? timesMs[last]! / 1000 : samples[last]!;
  }
  if (!any) return undefined;
  const series = { labels: raw.labels, values, present };
  return seen === undefined ? series : { ...series, histograms: seen };
}
