import { BUCKET_MS } from "../slo/bucket.ts";
import { createCountTimeline, type CountTimeline } from "./count-timeline.ts";

/** All events of several timelines, one at least, over the time that the first one covers. */
export function sumTimelines(timelines: readonly CountTimeline[]): CountTimeline {
  const [first] = timelines;
  if (first === undefined) throw new RangeError("there is no timeline");
  if (timelines.length === 1) return first;
  const buckets = Math.round((first.endMs - first.startMs) / BUCKET_MS);
  const good = new Float64Array(buckets);
  const total = new Float64Array(buckets);
  for (const timeline of timelines) {
    for (let i = 0; i < buckets; i += 1) {
      const fromMs = first.startMs + i * BUCKET_MS;
      const counts = timeline.sum(fromMs, fromMs + BUCKET_MS);
      good[i]! += counts.good;
      total[i]! += counts.total;
    }
  }
  return createCountTimeline(first.startMs, good, total);
}
