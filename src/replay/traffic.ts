import { BUCKET_MS } from "../slo/bucket.ts";
import { createCountTimeline, type CountTimeline } from "./count-timeline.ts";

/** A value that moves evenly from one to another while a step lasts. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
}

export interface TrafficFlow {
  /** Events a second; 0 in a gap. */
  readonly total: Ramp;
  /** Share of bad events among them, 0..1. */
  readonly errors: Ramp;
}

/** A stretch of traffic. */
export interface TrafficStep extends TrafficFlow {
  /** A multiple of 10 s. */
  readonly durationMs: number;
  /** What is otherwise for some parts of a composite, by their names. */
  readonly parts?: ReadonlyMap<string, TrafficFlow>;
}

/** How long a script may be: 400 days, for a year and the window before it. */
export const LONGEST_SCRIPT_MS = 400 * 86_400_000;

/**
 * The counts of a script of traffic that begins at `startMs`. Events are whole, as spans are: they come as evenly as they can,
 * and what a bucket's rate leaves over is carried into the next one.
 */
export function trafficCounts(startMs: number, steps: readonly TrafficStep[]): CountTimeline {
  const lengths = steps.map(({ durationMs }) => durationMs / BUCKET_MS);
  const buckets = lengths.reduce((sum, length) => sum + length, 0);
  const good = new Float64Array(buckets);
  const total = new Float64Array(buckets);
  const due = { total: 0, bad: 0 };
  let i = 0;
  for (const [index, step] of steps.entries()) {
    const length = lengths[index]!;
    for (let k = 0; k < length; k += 1, i += 1) {
      const middle = (k + 0.5) / length;
      const rate = valueAt(step.total, middle);
      total[i] = take(due, "total", rate, Number.POSITIVE_INFINITY);
      // Of the events that are there: a bad one waits for an event to be.
      good[i] = total[i]! - take(due, "bad", rate * valueAt(step.errors, middle), total[i]!);
    }
  }
  return createCountTimeline(startMs, good, total);
}

function valueAt({ from, to }: Ramp, part: number): number {
  return from + (to - from) * part;
}

/** Against sums of fractions that come out just below a whole number. */
const ALMOST = 1e-6;

function take(
  due: { total: number; bad: number },
  kind: "total" | "bad",
  rate: number,
  most: number,
): number {
  due[kind] += (rate * BUCKET_MS) / 1_000;
  const events = Math.min(most, Math.floor(due[kind] + ALMOST));
  due[kind] -= events;
  return events;
}
