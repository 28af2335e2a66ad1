import { MINUTE_MS } from "../model/time.ts";
import { BUCKET_MS, bucketStartMs, type JudgedCounts, type SliCounts } from "./bucket.ts";
import type { SliceMethod } from "./budgeting-method.ts";
import type { Interval } from "./intervals.ts";

/** What a slice of time without events counts as. Where it is left out it counts as nothing. */
export type NoDataPolicy = "bad" | "good";

/** A slice is called empty this long after it ended: until then its events may be on their way. */
export const NO_DATA_GRACE_MS = 2 * MINUTE_MS;

/** What `withMissingSlices` asks for, besides the window itself. */
export const NO_DATA_WINDOWS_MS: readonly number[] = [NO_DATA_GRACE_MS];

/** Where counts of slices come from, and how they are judged. */
export interface SlicedCounts {
  readonly policy: NoDataPolicy;
  readonly method: SliceMethod;
  /** Slices with events that ended in a window up to now. */
  readonly counts: (windowMs: number) => SliCounts;
  /** Nothing is known of slices that began before. */
  readonly coveredFromMs: number;
  /** What of a stretch of time `counts` leave out, in whole slices. */
  readonly excluded?: ((fromMs: number, toMs: number) => readonly Interval[]) | undefined;
}

/** The counts of a window that ends with the bucket of `atMs`, with the slices in it that had no event. */
export function withMissingSlices(
  { policy, method, counts, coveredFromMs, excluded }: SlicedCounts,
  windowMs: number,
  atMs: number,
): JudgedCounts {
  const events = counts(windowMs);
  if (windowMs <= NO_DATA_GRACE_MS) return events;
  const endMs = bucketStartMs(atMs) + BUCKET_MS;
  const [fromMs, toMs] = [endMs - windowMs, endMs - NO_DATA_GRACE_MS];
  const left = countSlices(method, excluded?.(fromMs, toMs) ?? [], fromMs, toMs, coveredFromMs);
  const due = slicesBetween(method, fromMs, toMs, coveredFromMs) - left;
  // The slice in which counting began is not due, and may be present: then one empty slice is forgiven while it is in the window.
  const present = Math.round(events.total - counts(NO_DATA_GRACE_MS).total);
  return addMissing(policy, events, due - present);
}

/** `missing` slices more, which count as the policy says. */
export function addMissing(policy: NoDataPolicy, events: SliCounts, missing: number): JudgedCounts {
  if (missing <= 0) return events;
  return {
    good: events.good + (policy === "good" ? missing : 0),
    total: events.total + missing,
    missing,
  };
}

/** How many slices of these intervals, which hold whole slices, end in (fromMs, toMs] and begin at `coveredFromMs` or later. */
export function countSlices(
  method: SliceMethod,
  intervals: readonly Interval[],
  fromMs: number,
  toMs: number,
  coveredFromMs = Number.NEGATIVE_INFINITY,
): number {
  return intervals.reduce((sum, { startMs, endMs }) => {
    const [from, to] = [Math.max(fromMs, startMs), Math.min(toMs, endMs)];
    return sum + slicesBetween(method, from, to, coveredFromMs);
  }, 0);
}

/** How many slices end in (fromMs, toMs] and begin at `coveredFromMs` or later. */
function slicesBetween(
  { sliceMs }: SliceMethod,
  fromMs: number,
  toMs: number,
  coveredFromMs: number,
): number {
  // The last end that does not count, in slices since the epoch.
  const before = Math.max(Math.floor(fromMs / sliceMs), Math.ceil(coveredFromMs / sliceMs));
  return Math.max(0, Math.floor(toMs / sliceMs) - before);
}
