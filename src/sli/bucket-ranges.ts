import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";

/** Buckets whose starts lie in [fromMs, toMs); both are bucket starts. */
export interface BucketRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Buckets of several indicators that are to be counted again. Close ones are joined: counting too many is harmless. */
export interface BucketRanges {
  /** Adds the buckets of the times [fromMs, toMs], both inclusive. */
  add(indicator: string, fromMs: number, toMs: number): void;
  /** Takes out the buckets of a range. */
  remove(indicator: string, range: BucketRange): void;
  /** Takes out an indicator. */
  forget(indicator: string): void;
  /** Ascending and disjoint; empty when there are none. */
  of(indicator: string): readonly BucketRange[];
  /** Indicators that have any. */
  indicators(): readonly string[];
  /** Adds everything of another set and empties that. */
  absorb(other: BucketRanges): void;
}

/** Ranges closer than this become one. */
const NEAR_MS = 60_000;
/** Above this many ranges of one indicator, those closer than a day become one. */
const MOST_RANGES = 200;
const WIDE_MS = 86_400_000;

export function createBucketRanges(): BucketRanges {
  const all = new Map<string, BucketRange[]>();
  const addRange = (indicator: string, range: BucketRange) => {
    const ranges = all.get(indicator);
    if (ranges === undefined) {
      all.set(indicator, [range]);
      return;
    }
    // Mostly what comes is where the last one was.
    if (ranges.some(({ fromMs, toMs }) => fromMs <= range.fromMs && toMs >= range.toMs)) return;
    all.set(indicator, join([...ranges, range], ranges.length < MOST_RANGES ? NEAR_MS : WIDE_MS));
  };
  return {
    add: (indicator, fromMs, toMs) =>
      addRange(indicator, { fromMs: bucketStartMs(fromMs), toMs: bucketStartMs(toMs) + BUCKET_MS }),
    remove(indicator, { fromMs, toMs }) {
      const left = (all.get(indicator) ?? []).flatMap((range): BucketRange[] => {
        if (range.toMs <= fromMs || range.fromMs >= toMs) return [range];
        const parts: BucketRange[] = [];
        if (range.fromMs < fromMs) parts.push({ fromMs: range.fromMs, toMs: fromMs });
        if (range.toMs > toMs) parts.push({ fromMs: toMs, toMs: range.toMs });
        return parts;
      });
      if (left.length === 0) all.delete(indicator);
      else all.set(indicator, left);
    },
    forget: (indicator) => void all.delete(indicator),
    of: (indicator) => all.get(indicator) ?? [],
    indicators: () => [...all.keys()],
    absorb(other) {
      for (const indicator of other.indicators()) {
        for (const range of other.of(indicator)) addRange(indicator, range);
        other.forget(indicator);
      }
    },
  };
}

function join(ranges: BucketRange[], nearMs: number): BucketRange[] {
  const joined: BucketRange[] = [];
  for (const range of ranges.sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last === undefined || range.fromMs - last.toMs > nearMs) joined.push(range);
    else joined[joined.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, range.toMs) };
  }
  return joined;
}
