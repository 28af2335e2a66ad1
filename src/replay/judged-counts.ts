import { BUCKET_MS } from "../slo/bucket.ts";
import { sliceCounts, type BudgetingMethod } from "../slo/budgeting-method.ts";
import { createCountTimeline, type CountTimeline } from "./count-timeline.ts";

/** What is counted against a target: the events themselves or, by slices of time, a slice in the bucket that it ends with. */
export function judgedCounts(method: BudgetingMethod, events: CountTimeline): CountTimeline {
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
    const slice = sliceCounts(method, events.sum(fromMs, toMs));
    good[last] = slice.good;
    total[last] = slice.total;
  }
  return createCountTimeline(startMs, good, total);
}
