import type { Labels } from "../../model/labels.ts";
import { labelHash } from "./label-hash.ts";
import type { GridSeries } from "../value.ts";

/** limitk(): any k series of a group at each step, the first that come. `taken` counts those of the series' group. */
export function withinLimit(
  series: GridSeries,
  limits: Float64Array,
  taken: Float64Array,
): GridSeries | undefined {
  return where(series, (step) => {
    // A limit of 1.9 is one of 1.
    if (taken[step]! + 1 > limits[step]!) return false;
    taken[step]!++;
    return true;
  });
}

/**
 * limit_ratio(): the same share of all series whenever it is asked, chosen by their labels; a negative ratio chooses
 * exactly those that 1 + ratio does not.
 */
export function withinRatio(series: GridSeries, ratios: Float64Array): GridSeries | undefined {
  const position = positionOf(series.labels);
  return where(series, (step) => {
    const ratio = ratios[step]!;
    return ratio >= 0 ? position < ratio : position >= 1 + ratio;
  });
}

function where(series: GridSeries, kept: (step: number) => boolean): GridSeries | undefined {
  let any = false;
  const present = series.present.map((own, step) => {
    const keep = own === 1 && kept(step);
    any ||= keep;
    return keep ? 1 : 0;
  });
  return any ? { ...series, present } : undefined;
}

/** 0..1, evenly spread over label sets; where Prometheus sees them. */
function positionOf(labels: Labels): number {
  return Number(labelHash(labels)) / 2 ** 64;
}
