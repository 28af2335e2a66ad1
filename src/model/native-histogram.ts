/** Buckets of one side of a native histogram, those without observations left out. */
export interface HistogramBuckets {
  /** Ascending. */
  readonly indexes: Int32Array;
  /** Absolute counts (no deltas), one for each index. */
  readonly counts: Float64Array;
}

/** What a histogram says about the counter reset before it. */
export type CounterResetHint = "unknown" | "reset" | "not_reset" | "gauge";

/** Schema of histograms with boundaries of their own (`le` buckets stored natively). */
export const CUSTOM_BUCKETS_SCHEMA = -53;

/**
 * A native (exponential) histogram as Prometheus has it; see https://prometheus.io/docs/specs/native_histograms/.
 * Positive bucket i holds (base^(i-1), base^i] with base = 2^(2^-schema); the negative ones mirror that. With
 * CUSTOM_BUCKETS_SCHEMA bucket i holds (customBounds[i-1], customBounds[i]], the last one reaches to +Inf.
 */
export interface NativeHistogram {
  /** -4..8, or CUSTOM_BUCKETS_SCHEMA. */
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: HistogramBuckets;
  readonly negative: HistogramBuckets;
  /** Ascending upper bounds without +Inf; empty unless the schema is CUSTOM_BUCKETS_SCHEMA. */
  readonly customBounds: readonly number[];
  readonly counterReset: CounterResetHint;
}
