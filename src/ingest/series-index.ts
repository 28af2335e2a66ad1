import type { Labels } from "../model/labels.ts";
import type { SeriesRef } from "../model/sample-batch.ts";

/** Finds series by their labels: a hash table with chains, which keeps no copy of the labels and makes no garbage. */
export interface SeriesIndex {
  /** The series with these labels, whose hash (see SeriesKey) is `hash`; -1 when there is none. */
  find(labels: Labels, hash: number): SeriesRef;
  add(ref: SeriesRef, hash: number): void;
  remove(ref: SeriesRef): void;
}

const FIRST_SLOTS = 1_024;

/** `labelsOf` gives the labels of a series that was added. */
export function createSeriesIndex(labelsOf: (ref: SeriesRef) => Labels): SeriesIndex {
  let heads = new Int32Array(FIRST_SLOTS).fill(-1);
  let next = new Int32Array(FIRST_SLOTS);
  let hashes = new Int32Array(FIRST_SLOTS);
  let count = 0;

  const link = (ref: SeriesRef, hash: number) => {
    const slot = hash & (heads.length - 1);
    next[ref] = heads[slot]!;
    heads[slot] = ref;
  };
  const grow = () => {
    const chains = heads;
    heads = new Int32Array(chains.length * 2).fill(-1);
    for (const head of chains) {
      for (let ref = head, after: number; ref >= 0; ref = after) {
        after = next[ref]!;
        link(ref, hashes[ref]!);
      }
    }
  };
  return {
    find(labels, hash) {
      for (let ref = heads[hash & (heads.length - 1)]!; ref >= 0; ref = next[ref]!) {
        if (hashes[ref] === hash && areSame(labelsOf(ref), labels)) return ref;
      }
      return -1;
    },
    add(ref, hash) {
      if (ref >= next.length) {
        next = enlarged(next);
        hashes = enlarged(hashes);
      }
      if (count >= heads.length) grow();
      hashes[ref] = hash;
      link(ref, hash);
      count += 1;
    },
    remove(ref) {
      const slot = hashes[ref]! & (heads.length - 1);
      let before = -1;
      for (let at = heads[slot]!; at !== ref; at = next[at]!) before = at;
      if (before < 0) heads[slot] = next[ref]!;
      else next[before] = next[ref]!;
      count -= 1;
    },
  };
}

function enlarged(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}

function areSame(a: Labels, b: Labels): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
