import { METRIC_NAME, withLabel } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";

/** What is recorded about a scrape itself. */
export interface ScrapeReport {
  readonly up: boolean;
  readonly durationSeconds: number;
  /** Samples in the exposition. */
  readonly scraped: number;
  /** Those of them that are kept. */
  readonly kept: number;
  /** Series that the scrape before did not have. */
  readonly added: number;
}

const REPORT_METRICS = [
  "up",
  "scrape_duration_seconds",
  "scrape_samples_scraped",
  "scrape_samples_post_metric_relabeling",
  "scrape_series_added",
] as const;

/** The labels of the series that every target has, in the order of `reportValues`. */
export function reportSeries(targetLabels: Labels): readonly Labels[] {
  return REPORT_METRICS.map((name) => withLabel(targetLabels, METRIC_NAME, name));
}

export function reportValues({ up, durationSeconds, scraped, kept, added }: ScrapeReport): readonly number[] {
  return [up ? 1 : 0, durationSeconds, scraped, kept, added];
}
