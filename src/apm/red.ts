import type { RequestStats } from "../model/request-stats.ts";

/** Rate, errors and duration of some requests. */
export interface Red {
  requests: number;
  requestsPerSecond: number;
  errors: number;
  /** 0..1; null without requests, as what follows. */
  errorShare: number | null;
  durationMs: { mean: number; p50: number; p90: number; p95: number; p99: number } | null;
  /** 0..1 */
  apdex: number | null;
}

/** Of requests in a time of `lengthMs`. Apdex: (satisfied + tolerating / 2) / all; a failed request satisfies nobody. */
export function redOf(stats: RequestStats, lengthMs: number): Red {
  const { requests, errors, p50Ms: p50, p90Ms: p90, p95Ms: p95, p99Ms: p99 } = stats;
  const none = requests === 0;
  return {
    requests,
    requestsPerSecond: round(requests / (lengthMs / 1_000)),
    errors,
    errorShare: none ? null : errors / requests,
    durationMs: none ? null : { mean: round(stats.totalMs / requests), p50, p90, p95, p99 },
    apdex: none ? null : round((stats.satisfied + stats.tolerating / 2) / requests),
  };
}

/** As many digits as people read. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** RFC 3339. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
