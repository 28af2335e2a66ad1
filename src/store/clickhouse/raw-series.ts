import type { Labels } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";
import { bitsOf, isStaleAt } from "../../model/stale.ts";
import type { RawSeries } from "../../promql/value.ts";
import type { HistogramRow } from "./histogram-result.ts";
import type { SampleColumns } from "./order-samples.ts";

/** A series without histograms, from samples in time order. */
export function floatSeries(labels: Labels, { timesMs, values }: SampleColumns): RawSeries {
  const stale = staleFlags(values);
  return stale === undefined ? { labels, timesMs, values } : { labels, timesMs, values, stale };
}

function staleFlags(values: Float64Array): Uint8Array | undefined {
  let flags: Uint8Array | undefined;
  const bits = bitsOf(values);
  for (let i = 0; i < values.length; i += 1) {
    // The cheap test first: few samples are NaN.
    if (!Number.isNaN(values[i]!) || !isStaleAt(bits, i)) continue;
    flags ??= new Uint8Array(values.length);
    flags[i] = 1;
  }
  return flags;
}

/**
 * A series of both kinds, each in time order. Where both have a sample at one time, the histogram counts, but a
 * staleness marker only beside another.
 */
export function mixedSeries(
  labels: Labels,
  floats: SampleColumns,
  histograms: readonly HistogramRow[],
): RawSeries {
  const size = floats.timesMs.length + histograms.length;
  const timesMs = new Float64Array(size);
  const values = new Float64Array(size);
  const stale = new Uint8Array(size);
  const found: (NativeHistogram | undefined)[] = [];
  const floatStale = staleFlags(floats.values);
  let count = 0;
  let f = 0;
  let h = 0;
  while (f < floats.timesMs.length || h < histograms.length) {
    const floatTime = floats.timesMs[f] ?? Infinity;
    const row = histograms[h];
    const histogramTime = row?.timeMs ?? Infinity;
    const time = Math.min(floatTime, histogramTime);
    const isFloatStale = floatStale?.[f] === 1;
    const takeHistogram = histogramTime === time && row?.histogram !== undefined;
    timesMs[count] = time;
    if (takeHistogram) found[count] = row.histogram;
    else {
      found[count] = undefined;
      const isStale = floatTime === time ? isFloatStale : true;
      if (isStale) stale[count] = 1;
      else values[count] = floats.values[f]!;
    }
    if (floatTime === time) f += 1;
    if (histogramTime === time) h += 1;
    count += 1;
  }
  return {
    labels,
    timesMs: timesMs.subarray(0, count),
    values: values.subarray(0, count),
    ...(stale.includes(1) ? { stale: stale.subarray(0, count) } : {}),
    ...(found.some((histogram) => histogram !== undefined) ? { histograms: found } : {}),
  };
}
