import { BUCKET_MS } from "../slo/bucket.ts";
import type { SliCounts } from "../slo/bucket.ts";
import type { CountTimeline } from "../replay/count-timeline.ts";

/** Counts in steps from `startMs` on; every segment begins where the one before ends. */
export interface CountSegment {
  readonly startMs: number;
  readonly stepMs: number;
  readonly good: Float64Array;
  readonly total: Float64Array;
}

/**
 * A timeline of long steps and short ones: a month with ten-minute steps takes some thousand numbers. Within a step events
 * are taken to be spread evenly, which in a picture nobody sees.
 */
export function createSteppedTimeline(segments: readonly CountSegment[]): CountTimeline {
  const bounds = [segments[0]?.startMs ?? 0];
  const good = [0];
  const total = [0];
  let orderly = true;
  for (const segment of segments) {
    for (let i = 0; i < segment.total.length; i += 1) {
      bounds.push(segment.startMs + (i + 1) * segment.stepMs);
      good.push(good.at(-1)! + segment.good[i]!);
      total.push(total.at(-1)! + segment.total[i]!);
      if (segment.good[i]! < 0 || segment.good[i]! > segment.total[i]!) orderly = false;
    }
  }
  const before = (atMs: number): SliCounts => {
    const i = lastAtMost(bounds, atMs);
    const next = bounds[i + 1];
    if (i < 0) return { good: 0, total: 0 };
    if (next === undefined) return { good: good[i]!, total: total[i]! };
    const part = (atMs - bounds[i]!) / (next - bounds[i]!);
    return {
      good: good[i]! + (good[i + 1]! - good[i]!) * part,
      total: total[i]! + (total[i + 1]! - total[i]!) * part,
    };
  };
  const sum = (fromMs: number, toMs: number): SliCounts => {
    const from = before(fromMs);
    const to = before(Math.max(fromMs, toMs));
    return { good: to.good - from.good, total: to.total - from.total };
  };
  return {
    startMs: bounds[0]!,
    endMs: Math.floor(bounds.at(-1)! / BUCKET_MS) * BUCKET_MS,
    orderly,
    sum,
    mostBad: (fromMs, toMs) => {
      const counts = sum(fromMs, toMs);
      return Math.max(0, counts.total - counts.good);
    },
  };
}

/** Index of the last bound that is not after `atMs`; -1 when all are. */
function lastAtMost(bounds: readonly number[], atMs: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
