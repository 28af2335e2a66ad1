import { SKETCH_SIZE, type ValueCounts } from "./attribution-ports.ts";

/** So many of the events of either are events of both. */
const SAME = 0.9;

type Sketched = Pick<ValueCounts, "bad" | "good" | "badSketch" | "goodSketch">;

/** Whether two values are on the same events, the bad ones and the good ones each, but for a tenth of them. */
export function sameEvents(a: Sketched, b: Sketched): boolean {
  return (
    nearlyEqual(a.bad, b.bad) &&
    nearlyEqual(a.good, b.good) &&
    overlap(a.badSketch, b.badSketch) >= SAME &&
    overlap(a.goodSketch, b.goodSketch) >= SAME
  );
}

/** Sets of which one has a tenth more members overlap less than that. */
function nearlyEqual(a: number, b: number): boolean {
  return Math.min(a, b) >= SAME * Math.max(a, b);
}

/**
 * How much two sets overlap, 0..1 (Jaccard), from the smallest hashes of each (Broder 1997): of the smallest of both together,
 * the share that both have. Exact for sets no larger than a sketch. Two empty sets are the same.
 */
export function overlap(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 && b.length === 0) return 1;
  const inA = new Set(a);
  const inB = new Set(b);
  const all = [...new Set([...a, ...b])].sort(compareHashes);
  // Of a full sketch, hashes beyond its last are not known.
  const isFull = Math.max(a.length, b.length) >= SKETCH_SIZE;
  const smallest = isFull ? all.slice(0, SKETCH_SIZE) : all;
  return smallest.filter((hash) => inA.has(hash) && inB.has(hash)).length / smallest.length;
}

/** Hashes are numbers without leading zeros. */
function compareHashes(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
