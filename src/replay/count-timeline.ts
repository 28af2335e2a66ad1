import { BUCKET_MS, type SliCounts } from "../slo/bucket.ts";

/** Counts of one indicator over a stretch of time, in buckets of 10 s; any window of them costs two look-ups. */
export interface CountTimeline {
  /** Start of the first bucket. */
  readonly startMs: number;
  /** End of the last one. */
  readonly endMs: number;
  /** The events of the buckets in [fromMs, toMs), which begin and end with buckets. There are none outside the timeline. */
  sum(fromMs: number, toMs: number): SliCounts;
  /** No window in [fromMs, toMs) has more bad events than this. */
  mostBad(fromMs: number, toMs: number): number;
  /** False where a bucket holds fewer than no events, or more good ones than events: sums then say nothing of their parts. */
  readonly orderly: boolean;
}

/** The finest part of an event that is told apart. */
const FINEST = 2 ** -40;

/**
 * A timeline of these counts, one pair for each bucket from `startMs` on. Counts are rounded to a power of two that
 * keeps every sum exact (whole events up to 2^52 in all, and a millionth of one up to 2^32), so a window is the same
 * however it is summed.
 */
export function createCountTimeline(startMs: number, good: Float64Array, total: Float64Array): CountTimeline {
  const buckets = total.length;
  const unit = unitFor(good, total);
  const goodBefore = new Float64Array(buckets + 1);
  const totalBefore = new Float64Array(buckets + 1);
  const badBefore = new Float64Array(buckets + 1);
  let orderly = true;
  for (let i = 0; i < buckets; i += 1) {
    const bucketGood = Math.round(good[i]! / unit) * unit;
    const bucketTotal = Math.round(total[i]! / unit) * unit;
    if (bucketGood < 0 || bucketGood > bucketTotal) orderly = false;
    goodBefore[i + 1] = goodBefore[i]! + bucketGood;
    totalBefore[i + 1] = totalBefore[i]! + bucketTotal;
    badBefore[i + 1] = badBefore[i]! + Math.max(0, bucketTotal - bucketGood);
  }
  const indexOf = (atMs: number): number =>
    Math.min(buckets, Math.max(0, Math.round((atMs - startMs) / BUCKET_MS)));
  return {
    startMs,
    endMs: startMs + buckets * BUCKET_MS,
    orderly,
    sum: (fromMs, toMs) => {
      const from = indexOf(fromMs);
      const to = Math.max(from, indexOf(toMs));
      return { good: goodBefore[to]! - goodBefore[from]!, total: totalBefore[to]! - totalBefore[from]! };
    },
    mostBad: (fromMs, toMs) => {
      const from = indexOf(fromMs);
      return badBefore[Math.max(from, indexOf(toMs))]! - badBefore[from]!;
    },
  };
}

function unitFor(good: Float64Array, total: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < total.length; i += 1) sum += Math.max(Math.abs(good[i]!), Math.abs(total[i]!));
  return sum === 0 ? FINEST : Math.max(FINEST, 2 ** (Math.ceil(Math.log2(sum)) - 52));
}
