import type { HrTime } from "@opentelemetry/api";

/**
 * The time inside one trace: it begins at the simulated present, and from then on every piece of work moves it by its
 * duration in plain milliseconds. So spans always lie inside their parents, and how long they take does not depend on
 * how busy the machine that runs the demo is.
 */
export interface TraceTime {
  /** Unix time in milliseconds, with fractions. */
  nowMs: number;
}

/** Carries the time of the trace from one service to the next and back. */
export const TRACE_TIME_HEADER = "x-demo-trace-time";

/** What a span's start and end take; keeps the order of any two times. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.min(999_999_999, Math.floor((ms - seconds * 1_000) * 1_000_000))];
}

/** The time in a header's value, or `fallbackMs` when there is none. */
export function readTraceTime(header: string | null | undefined, fallbackMs: number): number {
  const value = Number(header ?? Number.NaN);
  return Number.isFinite(value) ? value : fallbackMs;
}
