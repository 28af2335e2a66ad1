import { type Labels, METRIC_NAME, withLabel } from "../../model/labels.ts";
import type { SeriesRef } from "../../model/sample-batch.ts";
import type { SeriesRefusal } from "../series-refusal.ts";
import type { SeriesTable } from "../series-table.ts";
import type { FamilySeries, FoundSeries, PointSeries } from "./metric-series.ts";
import { plainDecimal } from "./metric-labels.ts";
import { MetricKind, NO_RECORDED_VALUE, type NumberList, type PointDraft } from "./point-draft.ts";

/** Where the series of a histogram's or a summary's point are in `refs`; buckets or quantiles follow. */
export const COUNT_AT = 0;
export const SUM_AT = 1;
export const INF_AT = 2;
export const FIRST_BUCKET_AT = 3;
export const FIRST_QUANTILE_AT = 2;
/** In the place of a sum that was not sent. */
const NO_SERIES = -1;

/** Whether these are the series that the point has values for. */
export function fitsPoint(kind: MetricKind, { refs, bounds }: PointSeries, draft: PointDraft): boolean {
  if (kind === MetricKind.histogram) {
    const isEnd = (draft.flags & NO_RECORDED_VALUE) !== 0;
    if (isEnd && draft.bounds.length === 0) return true;
    return (!draft.hasSum || refs[SUM_AT] !== NO_SERIES) && isEqual(bounds, draft.bounds);
  }
  if (kind !== MetricKind.summary) return true;
  const isEnd = (draft.flags & NO_RECORDED_VALUE) !== 0;
  return (isEnd && draft.quantiles.length === 0) || isEqual(bounds, draft.quantiles);
}

function isEqual(bounds: readonly number[], list: NumberList): boolean {
  if (bounds.length !== list.length) return false;
  for (let i = 0; i < bounds.length; i += 1) if (bounds[i] !== list.values[i]) return false;
  return true;
}

/** Looks up the series of a point; `base` are its labels without a name. */
export function findPointSeries(
  table: SeriesTable,
  { name, kind }: FamilySeries,
  base: Labels,
  draft: PointDraft,
  atMs: number,
): FoundSeries | SeriesRefusal {
  const refs: SeriesRef[] = [];
  let refusal: SeriesRefusal | undefined;
  const find = (suffix: string, label = "", value = ""): boolean => {
    const named = withLabel(base, METRIC_NAME, name + suffix);
    const labels = label === "" ? named : withLabel(named, label, value);
    const ref = table.refOf(labels, atMs);
    refs.push(ref);
    if (ref < 0) refusal = table.refusal(ref, labels);
    return ref >= 0;
  };
  const bounds: number[] = [];
  if (kind === MetricKind.histogram) {
    bounds.push(...draft.bounds.values.subarray(0, draft.bounds.length));
    const withSum = (): boolean => (draft.hasSum ? find("_sum") : refs.push(NO_SERIES) > 0);
    if (find("_count") && withSum() && find("_bucket", "le", "+Inf")) {
      bounds.every((bound) => find("_bucket", "le", plainDecimal(bound)));
    }
  } else if (kind === MetricKind.summary) {
    bounds.push(...draft.quantiles.values.subarray(0, draft.quantiles.length));
    if (find("_count") && find("_sum")) {
      bounds.every((quantile) => find("", "quantile", plainDecimal(quantile)));
    }
  } else find("");
  return refusal ?? { refs, bounds };
}
