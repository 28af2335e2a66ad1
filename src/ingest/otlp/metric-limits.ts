import { DAY_MS, type DurationMs, durationMs } from "../../model/time.ts";
import type { AttributeLimits } from "./span-limits.ts";

/**
 * What one request of metrics may bring. Nothing of a data point's attributes is cut, because they tell series apart:
 * points with too much are rejected (labels have limits of their own; see SeriesLimits).
 */
export interface MetricLimits extends AttributeLimits {
  /** Data points, buckets, quantiles, exemplars, attributes and nested values of one request together. */
  readonly itemsPerRequest: number;
  /** Bounds of a histogram, quantiles of a summary: each is a series. Points with more are rejected. */
  readonly boundsPerPoint: number;
  /** What is beyond is left out. */
  readonly exemplarsPerPoint: number;
  /** Points that are older are rejected: the store would drop them at once. */
  readonly retentionMs: DurationMs;
  /** Points further ahead of the receiver's clock are rejected. */
  readonly futureMs: DurationMs;
}

export const DEFAULT_METRIC_LIMITS: MetricLimits = {
  attributesPerSet: 128,
  attributeValueLength: Number.POSITIVE_INFINITY,
  nameLength: Number.POSITIVE_INFINITY,
  valueDepth: 32,
  itemsPerRequest: 2_000_000,
  boundsPerPoint: 1_000,
  exemplarsPerPoint: 64,
  retentionMs: durationMs(35 * DAY_MS),
  futureMs: DAY_MS,
};
