import { BUCKET_MS } from "../slo/bucket.ts";
import { sliceCounts, type BudgetingMethod } from "../slo/budgeting-method.ts";
import { addMissing, type NoDataPolicy } from "../slo/no-data-policy.ts";
import { createCountTimeline, type CountTimeline } from "./count-timeline.ts";

/** What slices without events count as. */
export interface MissingSlices {
  readonly policy: NoDataPolicy;
  /** Nothing is known of slices that began before. */
  readonly coveredFromMs: number;
}

/**
 * What is counted against a target: the events themselves or, by slices of time, a slice in the bucket that it ends with. In a
 * replay no event is late, so an empty slice counts as soon as it is over.
 */
export function judgedCounts(
  method: BudgetingMethod,
  events: CountTimeline,
  missing?: MissingSlices,
): CountTimeline {
  if (method.kind === "occurrences") return events;
  const { startMs, endMs } = events;
  const buckets = (endMs - startMs) / BUCKET_MS;
  const good = new Float64Array(buckets);
  const total = new Float64Array(buckets);
  const { sliceMs } = method;
  for (let fromMs = Math.floor(startMs / sliceMs) * sliceMs; fromMs + sliceMs <= endMs; fromMs += sliceMs) {
    const toMs = fromMs + sliceMs;
    const last = (toMs - BUCKET_MS - startMs) / BUCKET_MS;
    if (last < 0) continue;
    const counted = sliceCounts(method, events.sum(fromMs, toMs));
    const isMissing = missing !== undefined && counted.total === 0 && fromMs >= missing.coveredFromMs;
    const slice = isMissing ? addMissing(missing.policy, counted, 1) : counted;
    good[last] = slice.good;
    total[last] = slice.total;
  }
  return createCountTimeline(startMs, good, total);
}
