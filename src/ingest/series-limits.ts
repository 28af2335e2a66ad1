import { type DurationMs, durationMs, HOUR_MS } from "../model/time.ts";

/** How many series there may be, and how large their labels. What goes beyond is refused; what is known goes on. */
export interface SeriesLimits {
  /** Series that are known at a time, of all metrics together. */
  readonly maxSeries: number;
  /** Series of one metric name. Keeps a metric that floods from taking the room of the others. */
  readonly maxSeriesPerMetric: number;
  /** Labels of a series, its name among them. */
  readonly maxLabels: number;
  /** UTF-8 bytes. */
  readonly maxLabelNameBytes: number;
  /** UTF-8 bytes; the limit of metric names as well. */
  readonly maxLabelValueBytes: number;
  /** A series that was not seen for so long is forgotten, and counts no more. */
  readonly idleMs: DurationMs;
}

export const DEFAULT_SERIES_LIMITS: SeriesLimits = {
  maxSeries: 2_000_000,
  maxSeriesPerMetric: 200_000,
  maxLabels: 64,
  maxLabelNameBytes: 512,
  maxLabelValueBytes: 4_096,
  idleMs: durationMs(2 * HOUR_MS),
};
