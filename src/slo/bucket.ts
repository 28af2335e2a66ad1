import { durationMs } from "../model/time.ts";

/** SLI counts are kept per bucket of event time: [start, start + 10 s). */
export const BUCKET_MS = durationMs(10_000);

/** Start of the bucket that holds `atMs`. */
export function bucketStartMs(atMs: number): number {
  return Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
}

/**
 * Events of an indicator; whole where spans are counted. Good is at most total unless the queries of an indicator over
 * metrics do not fit together. Ratios exist only at the edge.
 */
export interface SliCounts {
  readonly good: number;
  readonly total: number;
}

/** Counts that are judged against a target. */
export interface JudgedCounts extends SliCounts {
  /** Share that may be bad, where it is not 1 - target: of a composite of which not every part has events. */
  readonly budgetRatio?: number;
  /** Of `total`: slices without events, which count by the policy for them. */
  readonly missing?: number;
}
