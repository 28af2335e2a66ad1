import type { Labels } from "../../model/labels.ts";
import type { MetricType } from "../../model/sample-batch.ts";

/** Hears what an exposition says, in its order. */
export interface ExpositionSink {
  /**
   * A sample of the series that is written as `series` (name and labels as they stand; a slice that keeps the whole
   * exposition in memory). `timeMs` is undefined where the line has no timestamp.
   */
  sample(series: string, value: number, timeMs: number | undefined): void;
  /** Belongs to the last sample. */
  exemplar(labels: Labels, value: number, timeMs: number | undefined): void;
  type(metric: string, type: MetricType): void;
  help(metric: string, text: string): void;
  unit(metric: string, unit: string): void;
}
