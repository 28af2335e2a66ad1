import { BUCKET_MS } from "../slo/bucket.ts";

/** What to add to an indicator's counts in one bucket; whole numbers, negative to take back. */
export interface CountDelta {
  readonly indicator: string;
  /** Start of the 10 s bucket, epoch milliseconds. */
  readonly bucketMs: number;
  readonly good: number;
  readonly total: number;
}

/** A 10-minute stretch of one indicator's counts that changed. */
export interface TouchedChunk {
  readonly indicator: string;
  /** Start of the chunk, epoch milliseconds. */
  readonly chunkMs: number;
}

/** 60 buckets. */
export const CHUNK_MS = 60 * BUCKET_MS;

/** The chunks that hold these buckets, each once. */
export function touchedChunks(
  deltas: readonly { readonly indicator: string; readonly bucketMs: number }[],
): readonly TouchedChunk[] {
  const chunks = new Map<string, Set<number>>();
  for (const { indicator, bucketMs } of deltas) {
    let known = chunks.get(indicator);
    if (known === undefined) chunks.set(indicator, (known = new Set()));
    known.add(Math.floor(bucketMs / CHUNK_MS) * CHUNK_MS);
  }
  return [...chunks].flatMap(([indicator, starts]) => [...starts].map((chunkMs) => ({ indicator, chunkMs })));
}
