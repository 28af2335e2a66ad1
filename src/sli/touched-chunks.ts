import type { IndicatorChunk } from "../model/sli-counts.ts";
import { chunkStartMs } from "../slo/history.ts";

/** The chunks that hold these buckets, each once. */
export function touchedChunks(
  deltas: readonly { readonly indicator: string; readonly bucketMs: number }[],
): readonly IndicatorChunk[] {
  const chunks = new Map<string, Set<number>>();
  for (const { indicator, bucketMs } of deltas) {
    let known = chunks.get(indicator);
    if (known === undefined) chunks.set(indicator, (known = new Set()));
    known.add(chunkStartMs(bucketMs));
  }
  return [...chunks].flatMap(([indicator, starts]) => [...starts].map((chunkMs) => ({ indicator, chunkMs })));
}
