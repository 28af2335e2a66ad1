import type { FloatColumns } from "../../model/float-columns.ts";
import type { SeriesRef } from "../../model/sample-batch.ts";
import type { FamilySeries, PointSeries } from "./metric-series.ts";
import { MetricKind, type PointDraft } from "./point-draft.ts";
import { COUNT_AT, FIRST_BUCKET_AT, FIRST_QUANTILE_AT, INF_AT, SUM_AT } from "./point-series.ts";

/** When a point is, epoch milliseconds. */
export interface PointTime {
  readonly timeMs: number;
  /** 0 where it is not known, or says nothing. */
  readonly startMs: number;
}

/** Says of all series of a point that they have ended. */
export function addEnds(columns: FloatColumns, { refs }: PointSeries, timeMs: number): void {
  for (let i = 0; i < refs.length; i += 1) if (refs[i]! >= 0) columns.addStale(refs[i]!, timeMs);
}

/** Adds the floats of a point, one for each of its series. */
export function addValues(
  columns: FloatColumns,
  { kind, isDelta }: FamilySeries,
  point: PointSeries,
  draft: PointDraft,
  time: PointTime,
): void {
  switch (kind) {
    case MetricKind.histogram:
      return addHistogram(columns, point, draft, time, isDelta);
    case MetricKind.summary:
      return addSummary(columns, point.refs, draft, time);
    case MetricKind.gauge:
    case MetricKind.sum:
      return columns.add(point.refs[0]!, time.timeMs, draft.value, time.startMs, isDelta);
    case MetricKind.exponential:
    case MetricKind.none:
  }
}

function addHistogram(
  columns: FloatColumns,
  { refs, bounds }: PointSeries,
  draft: PointDraft,
  { timeMs, startMs }: PointTime,
  isDelta: boolean,
): void {
  columns.add(refs[COUNT_AT]!, timeMs, draft.count, startMs, isDelta);
  if (draft.hasSum) columns.add(refs[SUM_AT]!, timeMs, draft.sum, startMs, isDelta);
  columns.add(refs[INF_AT]!, timeMs, draft.count, startMs, isDelta);
  let below = 0;
  for (let i = 0; i < bounds.length; i += 1) {
    below += draft.bucketCounts.values[i]!;
    columns.add(refs[FIRST_BUCKET_AT + i]!, timeMs, below, startMs, isDelta);
  }
}

function addSummary(
  columns: FloatColumns,
  refs: readonly SeriesRef[],
  draft: PointDraft,
  { timeMs, startMs }: PointTime,
): void {
  columns.add(refs[COUNT_AT]!, timeMs, draft.count, startMs);
  columns.add(refs[SUM_AT]!, timeMs, draft.sum, startMs);
  for (let i = 0; i < draft.quantiles.length; i += 1) {
    columns.add(refs[FIRST_QUANTILE_AT + i]!, timeMs, draft.quantileValues.values[i]!);
  }
}

/** The series that an exemplar of this value belongs to: of a histogram the smallest bucket that holds it. */
export function exemplarSeriesOf(kind: MetricKind, { refs, bounds }: PointSeries, value: number): SeriesRef {
  if (kind !== MetricKind.histogram) return refs[0]!;
  const index = bounds.findIndex((bound) => value <= bound);
  return refs[index < 0 ? INF_AT : FIRST_BUCKET_AT + index]!;
}
