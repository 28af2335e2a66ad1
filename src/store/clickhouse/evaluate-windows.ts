import { createAnnotations } from "../../promql/annotations.ts";
import type { RangeFunction } from "../../promql/range-function.ts";
import type { RangeRequest } from "../../promql/series-reader.ts";
import type { RawSeries } from "../../promql/value.ts";
import type { GridValues } from "./read-grid-chunk.ts";

/** A function over ranges of one series of floats, as the engine would have computed it. */
export function evaluateWindows(
  raw: RawSeries,
  evaluate: RangeFunction,
  { grid, windowMs }: RangeRequest,
): GridValues {
  const { timesMs, values: samples } = withoutStale(raw);
  const values = new Float64Array(grid.steps);
  const present = new Uint8Array(grid.steps);
  // What is worth telling, the evaluator tells by the metric's name.
  const context = {
    scalars: [],
    atMs: 0,
    metric: "",
    annotations: createAnnotations(),
    range: { start: 0, end: 0 },
  };
  let from = 0;
  let to = 0;
  for (let step = 0; step < grid.steps; step += 1) {
    const endMs = grid.startMs + step * grid.stepMs;
    const startMs = endMs - windowMs;
    while (to < timesMs.length && timesMs[to]! <= endMs) to += 1;
    while (from < to && timesMs[from]! <= startMs) from += 1;
    if (from === to) continue;
    const value = evaluate(
      { timesMs, values: samples, histograms: undefined, from, to, startMs, endMs },
      context,
    );
    if (typeof value !== "number") continue;
    values[step] = value;
    present[step] = 1;
  }
  return { labels: raw.labels, values, present };
}

function withoutStale(raw: RawSeries): Pick<RawSeries, "timesMs" | "values"> {
  const { stale } = raw;
  if (stale === undefined) return raw;
  const kept = (_: number, i: number): boolean => stale[i] !== 1;
  return { timesMs: raw.timesMs.filter(kept), values: raw.values.filter(kept) };
}
