/** Ids of ingest groups: microseconds since the epoch, or one more than the last where the clock has not moved on. */
export interface GroupIds {
  next(): bigint;
  /** The last id given out; at first the one it was created with. */
  last(): bigint;
}

/** `above`: the highest id in the store, of any group. `nowMicros` may stand still or go backwards. */
export function createGroupIds(above: bigint, nowMicros: () => bigint): GroupIds {
  let last = above;
  return {
    next() {
      const now = nowMicros();
      last = now > last ? now : last + 1n;
      return last;
    },
    last: () => last,
  };
}
