/** Sums over the requests among some spans: those of kind server or consumer. Durations are those of the spans. */
export interface RequestStats {
  readonly requests: number;
  /** Those with status error, and server spans with an HTTP status of 500 or more. */
  readonly errors: number;
  /** Not failed, and no slower than the threshold T of the apdex. */
  readonly satisfied: number;
  /** Not failed, slower than T and no slower than 4 T. */
  readonly tolerating: number;
  /** All durations together, milliseconds. */
  readonly totalMs: number;
  /** Milliseconds, within 0.4 %; 0 without requests. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** When the first and the last span of something ended, epoch milliseconds. */
export interface SeenRange {
  readonly firstMs: number;
  readonly lastMs: number;
}
