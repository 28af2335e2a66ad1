import { scaleHistogram } from "../histogram/histogram-arithmetic.ts";
import type { GridSeries } from "../value.ts";

/** Unary minus. */
export async function* negated(vector: AsyncIterable<GridSeries>): AsyncGenerator<GridSeries> {
  for await (const { labels, values, present, histograms } of vector) {
    const series = { labels, values: values.map((value) => -value), present, dropName: true };
    yield histograms === undefined
      ? series
      : {
          ...series,
          histograms: histograms.map((histogram) =>
            histogram === undefined ? undefined : scaleHistogram(histogram, -1),
          ),
        };
  }
}
