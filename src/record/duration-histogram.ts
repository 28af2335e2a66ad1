import type { Labels } from "../model/labels.ts";
import type { RecordedRow } from "./record-ports.ts";

/** Durations in buckets. */
export interface DurationHistogram {
  /** Upper bounds in seconds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** How many lie in each bucket and in none below it; one more than there are bounds. */
  readonly counts: Float64Array;
  count: number;
  /** Seconds. */
  sum: number;
}

export function createDurationHistogram(bounds: readonly number[]): DurationHistogram {
  return { bounds, counts: new Float64Array(bounds.length + 1), count: 0, sum: 0 };
}

export function observeDuration(histogram: DurationHistogram, seconds: number): void {
  const { bounds, counts } = histogram;
  let i = 0;
  while (i < bounds.length && seconds > bounds[i]!) i += 1;
  counts[i]! += 1;
  histogram.count += 1;
  histogram.sum += seconds;
}

/** Labels of the series `metric`, with the bucket's bound for those that are buckets. */
export type HistogramLabels = (metric: string, le: string) => Labels;

/** The series of a histogram as they are now, or their ends. */
export function histogramRows(
  metric: string,
  histogram: DurationHistogram,
  { labelsOf, startMs, ended }: HistogramRowsOptions,
): RecordedRow[] {
  const rows: RecordedRow[] = [];
  const add = (name: string, le: string, value: number): void =>
    void rows.push({ labels: labelsOf(name, le), value: ended ? undefined : value, startMs });
  let below = 0;
  for (const [i, count] of histogram.counts.entries()) {
    below += count;
    const bound = histogram.bounds[i];
    add(`${metric}_bucket`, bound === undefined ? "+Inf" : String(bound), below);
  }
  add(`${metric}_sum`, "", histogram.sum);
  add(`${metric}_count`, "", histogram.count);
  return rows;
}

export interface HistogramRowsOptions {
  readonly labelsOf: HistogramLabels;
  readonly startMs: number;
  readonly ended: boolean;
}

/** `count` bounds from `first`, each twice the one before. */
export function doublingBounds(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first * 2 ** i);
}
