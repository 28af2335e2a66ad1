/** Finds the place of a 64-bit id in a list. */
interface IdIndex {
  /** -1 when it is not there. The id comes as its two halves: no bigint is made for a look-up. */
  placeOf(low: number, high: number): number;
}

/** Ids are evenly distributed already (they are hashes): a few bits of them are enough to place them. */
export function createIdIndex(ids: readonly bigint[]): IdIndex {
  const words = new Uint32Array(BigUint64Array.from(ids).buffer);
  let size = 4;
  while (size < ids.length * 2) size *= 2;
  const mask = size - 1;
  /** Place + 1; 0 where nothing is. */
  const slots = new Int32Array(size);
  const slotOf = (low: number, high: number): number => {
    let slot = (low ^ high) & mask;
    for (;;) {
      const place = slots[slot]! - 1;
      if (place < 0 || (words[2 * place] === low && words[2 * place + 1] === high)) return slot;
      slot = (slot + 1) & mask;
    }
  };
  for (let place = 0; place < ids.length; place += 1) {
    slots[slotOf(words[2 * place]!, words[2 * place + 1]!)] = place + 1;
  }
  return { placeOf: (low, high) => slots[slotOf(low, high)]! - 1 };
}
