import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKET_MS } from "./bucket.ts";
import { CHUNK_MS, chunkStartMs, createCountHistory, edgeChunks } from "./history.ts";

const HOUR = 3_600_000;
const WINDOWS = [5 * 60_000, 30 * 60_000, HOUR, 2 * HOUR, 6 * HOUR, 24 * HOUR];
const T0 = 1_800_000_000_000;

type Event = { bucketMs: number; good: number; total: number };

/** Buckets within two days around T0. */
const events = fc.array(
  fc.record({
    bucketMs: fc.integer({ min: -17_280, max: 60 }).map((i) => T0 + i * BUCKET_MS),
    good: fc.nat(50),
    bad: fc.nat(50),
  }),
  { maxLength: 200 },
);

function bruteForce(list: readonly Event[], windowMs: number, atMs: number) {
  const end = Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
  const inside = list.filter((e) => e.bucketMs <= end && e.bucketMs > end - windowMs);
  return {
    good: inside.reduce((sum, e) => sum + e.good, 0),
    total: inside.reduce((sum, e) => sum + e.total, 0),
  };
}

describe("count history", () => {
  it("sums every window exactly to a bucket, however chunks and buckets arrive", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 600_000 }), (raw, offset) => {
        const list = raw.map((e) => ({ bucketMs: e.bucketMs, good: e.good, total: e.good + e.bad }));
        const at = T0 + offset;
        const history = createCountHistory(24 * HOUR);
        const edges = edgeChunks(WINDOWS, at);
        const byChunk = new Map<number, Event[]>();
        for (const event of list) {
          const chunk = chunkStartMs(event.bucketMs);
          byChunk.set(chunk, [...(byChunk.get(chunk) ?? []), event]);
        }
        for (const [chunk, members] of byChunk) {
          if (chunk > chunkStartMs(at)) continue;
          if (edges.has(chunk))
            history.setBuckets(
              chunk,
              members.map((e) => [e.bucketMs, e.good, e.total]),
            );
          else {
            history.setChunk(chunk, {
              good: members.reduce((sum, e) => sum + e.good, 0),
              total: members.reduce((sum, e) => sum + e.total, 0),
            });
          }
        }
        for (const window of WINDOWS) expect(history.sum(window, at)).toEqual(bruteForce(list, window, at));
      }),
    );
  });

  it("replaces a chunk rather than adding to it", () => {
    const history = createCountHistory(HOUR);
    history.setChunk(T0 - CHUNK_MS, { good: 1, total: 2 });
    history.setChunk(T0 - CHUNK_MS, { good: 5, total: 9 });
    history.setBuckets(T0, [[T0, 1, 1]]);
    history.setBuckets(T0, [[T0, 3, 4]]);
    expect(history.sum(20 * 60_000, T0 + CHUNK_MS - 1)).toEqual({ good: 8, total: 13 });
  });

  it("refuses to guess when the buckets at a window's edge are unknown", () => {
    const history = createCountHistory(HOUR);
    history.setChunk(T0, { good: 1, total: 2 });
    expect(history.hasBuckets(T0)).toBe(false);
    expect(() => history.sum(300_000, T0 + 100_000)).toThrow(RangeError);
  });

  it("forgets chunks that have left its longest window, also after a long silence", () => {
    const history = createCountHistory(HOUR);
    history.setBuckets(T0, [[T0, 1, 2]]);
    const later = T0 + 100 * HOUR;
    history.setBuckets(later, [[later, 7, 7]]);
    expect(history.sum(HOUR, later)).toEqual({ good: 7, total: 7 });
    history.setChunk(T0, { good: 1, total: 2 });
    expect(history.sum(HOUR, later)).toEqual({ good: 7, total: 7 });
  });
});
