import type { NativeHistogram } from "../../model/native-histogram.ts";
import { finished, gridDraft, place } from "./grid-series.ts";
import type { GridSeries } from "../value.ts";

type Stream = AsyncIterable<GridSeries>;

/** Applies a function to every float; histograms are left out, and so is the name. */
export async function* mapFloats(
  vector: Stream,
  compute: (value: number) => number,
): AsyncGenerator<GridSeries> {
  for await (const series of vector) {
    const floats = onlyFloats(series);
    if (floats === undefined) continue;
    yield {
      labels: floats.labels,
      values: floats.values.map(compute),
      present: floats.present,
      dropName: true,
    };
  }
}

/** As mapFloats, with scalar arguments and for functions that may have no result. */
export async function* mapFloatsWith(
  vector: Stream,
  parameters: readonly Float64Array[],
  compute: (value: number, parameters: readonly number[]) => number | undefined,
): AsyncGenerator<GridSeries> {
  const arguments_ = parameters.map(() => 0);
  for await (const series of vector) {
    const draft = gridDraft(series.present.length);
    for (let step = 0; step < series.present.length; step++) {
      if (series.present[step] === 0 || series.histograms?.[step] !== undefined) continue;
      for (let i = 0; i < arguments_.length; i++) arguments_[i] = parameters[i]![step]!;
      const result = compute(series.values[step]!, arguments_);
      if (result !== undefined) place(draft, step, result);
    }
    const result = finished(draft, series.labels, true);
    if (result !== undefined) yield result;
  }
}

/** Applies a function to every histogram; floats are left out, and so is the name. */
export async function* mapHistograms(
  vector: Stream,
  compute: (histogram: NativeHistogram, step: number) => number,
): AsyncGenerator<GridSeries> {
  for await (const series of vector) {
    const result = overHistograms(series, compute);
    if (result !== undefined) yield result;
  }
}

/** The numbers that a function makes of the histograms of a series; undefined when it has none. */
function overHistograms(
  { labels, present, histograms }: GridSeries,
  compute: (histogram: NativeHistogram, step: number) => number,
): GridSeries | undefined {
  if (histograms === undefined) return undefined;
  const draft = gridDraft(present.length);
  for (let step = 0; step < present.length; step++) {
    const histogram = histograms[step];
    if (present[step] === 1 && histogram !== undefined) place(draft, step, compute(histogram, step));
  }
  return finished(draft, labels, true);
}

/** The series without its histograms; undefined when nothing else is there. */
export function onlyFloats(series: GridSeries): GridSeries | undefined {
  const { labels, values, histograms, dropName } = series;
  if (histograms === undefined) return series;
  const present = series.present.map((own, step) => (histograms[step] === undefined ? own : 0));
  return present.includes(1) ? { labels, values, present, dropName: dropName === true } : undefined;
}
