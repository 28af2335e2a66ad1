import { HOUR_MS } from "../model/time.ts";

/** Across a longer time without a sample nothing is counted: nobody can say when it happened. Counting starts anew. */
export const LONGEST_GAP_MS = HOUR_MS;

/** What a counter grew by between two samples that follow one another; after a reset, all that it counted since. */
export function counterIncrease(
  before: { readonly timeMs: number; readonly value: number },
  timeMs: number,
  value: number,
): number {
  if (timeMs - before.timeMs > LONGEST_GAP_MS) return 0;
  return value >= before.value ? value - before.value : value;
}
