import { BUCKET_MS, bucketStartMs } from "./bucket.ts";
import type { SliCounts } from "./bucket.ts";

/** Buckets are summed per chunk of ten minutes: [start, start + 600 s). */
export const CHUNK_MS = 600_000;
const BUCKETS_PER_CHUNK = CHUNK_MS / BUCKET_MS;

/** Start of the chunk that holds `atMs`. */
export function chunkStartMs(atMs: number): number {
  return Math.floor(atMs / CHUNK_MS) * CHUNK_MS;
}

/** First bucket of a window of `windowMs` that ends with the bucket holding `atMs`. */
export function windowStartMs(windowMs: number, atMs: number): number {
  return bucketStartMs(atMs) + BUCKET_MS - windowMs;
}

/** The chunks whose single buckets are needed to sum these windows exactly at `atMs`: where each begins, and the present. */
export function edgeChunks(windowsMs: Iterable<number>, atMs: number): Set<number> {
  const chunks = new Set([chunkStartMs(atMs)]);
  for (const windowMs of windowsMs) {
    const startMs = windowStartMs(windowMs, atMs);
    if (startMs % CHUNK_MS !== 0) chunks.add(chunkStartMs(startMs));
  }
  return chunks;
}

interface ChunkBuckets {
  readonly good: Float64Array;
  readonly total: Float64Array;
}

/**
 * Counts of one indicator over its longest window, small enough to hold thousands: a sum for each ten minutes (69 KB for
 * 30 days), and single buckets only for the few chunks where a window begins or the present is.
 */
export interface CountHistory {
  /** Replaces the sum of a chunk; its buckets are forgotten. Chunks older than the capacity are ignored. */
  setChunk(chunkMs: number, counts: SliCounts): void;
  /** Replaces the buckets of a chunk and, with them, its sum. Each list is [bucket start, good, total]. */
  setBuckets(
    chunkMs: number,
    buckets: Iterable<readonly [bucketMs: number, good: number, total: number]>,
  ): void;
  /** False when the chunk has events whose buckets are not known. */
  hasBuckets(chunkMs: number): boolean;
  /** Forgets the buckets of every other chunk. */
  keepBuckets(chunks: ReadonlySet<number>): void;
  /** Exact to a bucket. Throws RangeError when the buckets of an edge chunk were not given (see edgeChunks). */
  sum(windowMs: number, atMs: number): SliCounts;
}

/** Sums of the newest chunks, in two rings of numbers. */
interface ChunkRing {
  /** False when the chunk is older than the ring holds. */
  set(chunkMs: number, counts: SliCounts): boolean;
  /** Nothing for a chunk that is not held. */
  get(chunkMs: number): SliCounts;
}

function createChunkRing(capacity: number): ChunkRing {
  const good = new Float64Array(capacity);
  const total = new Float64Array(capacity);
  /** Index of the newest chunk given so far; the ring holds `capacity` chunks up to it. */
  let newest = Number.NEGATIVE_INFINITY;
  const slotOf = (index: number): number => ((index % capacity) + capacity) % capacity;
  const isHeld = (index: number): boolean => index <= newest && index > newest - capacity;
  const advanceTo = (index: number): void => {
    if (index <= newest) return;
    for (let i = Math.max(newest + 1, index - capacity + 1); i <= index; i += 1) {
      good[slotOf(i)] = 0;
      total[slotOf(i)] = 0;
    }
    newest = index;
  };
  return {
    set: (chunkMs, counts) => {
      const index = chunkMs / CHUNK_MS;
      advanceTo(index);
      if (!isHeld(index)) return false;
      good[slotOf(index)] = counts.good;
      total[slotOf(index)] = counts.total;
      return true;
    },
    get: (chunkMs) => {
      const index = chunkMs / CHUNK_MS;
      if (!isHeld(index)) return { good: 0, total: 0 };
      return { good: good[slotOf(index)]!, total: total[slotOf(index)]! };
    },
  };
}

/** `maxWindowMs`: the longest window that will be summed. */
export function createCountHistory(maxWindowMs: number): CountHistory {
  const ring = createChunkRing(Math.ceil(maxWindowMs / CHUNK_MS) + 2);
  const buckets = new Map<number, ChunkBuckets>();

  /** The buckets of one chunk within [fromMs, toMs). */
  const partOf = (chunkMs: number, fromMs: number, toMs: number): SliCounts => {
    const sum = { good: 0, total: 0 };
    if (ring.get(chunkMs).total === 0) return sum;
    const chunk = buckets.get(chunkMs);
    if (chunk === undefined) throw new RangeError(`buckets of the chunk at ${chunkMs} are not loaded`);
    const last = Math.min(BUCKETS_PER_CHUNK, (toMs - chunkMs) / BUCKET_MS);
    for (let i = Math.max(0, (fromMs - chunkMs) / BUCKET_MS); i < last; i += 1) {
      sum.good += chunk.good[i]!;
      sum.total += chunk.total[i]!;
    }
    return sum;
  };

  return {
    setChunk: (chunkMs, counts) => {
      buckets.delete(chunkMs);
      ring.set(chunkMs, counts);
    },
    setBuckets: (chunkMs, list) => {
      const chunk = { good: new Float64Array(BUCKETS_PER_CHUNK), total: new Float64Array(BUCKETS_PER_CHUNK) };
      const sum = { good: 0, total: 0 };
      for (const [bucketMs, good, total] of list) {
        const i = (bucketMs - chunkMs) / BUCKET_MS;
        chunk.good[i]! += good;
        chunk.total[i]! += total;
        sum.good += good;
        sum.total += total;
      }
      if (ring.set(chunkMs, sum)) buckets.set(chunkMs, chunk);
    },
    hasBuckets: (chunkMs) => ring.get(chunkMs).total === 0 || buckets.has(chunkMs),
    keepBuckets: (chunks) => {
      for (const chunkMs of buckets.keys()) if (!chunks.has(chunkMs)) buckets.delete(chunkMs);
    },
    sum: (windowMs, atMs) => {
      const fromMs = windowStartMs(windowMs, atMs);
      const toMs = bucketStartMs(atMs) + BUCKET_MS;
      const result = { good: 0, total: 0 };
      for (let chunkMs = chunkStartMs(fromMs); chunkMs < toMs; chunkMs += CHUNK_MS) {
        const isWhole = chunkMs >= fromMs && chunkMs + CHUNK_MS <= toMs;
        const counts = isWhole ? ring.get(chunkMs) : partOf(chunkMs, fromMs, toMs);
        result.good += counts.good;
        result.total += counts.total;
      }
      return result;
    },
  };
}
