/** Ids of series, by number. */
export interface SeriesIds {
  /** Takes the first 8 bytes, as a big-endian number, of a digest that has one character a byte. */
  set(ref: number, digest: string): void;
  get(ref: number): bigint;
}

const FIRST_ROWS = 1_024;

export function createSeriesIds(): SeriesIds {
  let ids = new BigUint64Array(FIRST_ROWS);
  /** The same memory: making a bigint of every id would cost more. */
  let words = new Uint32Array(ids.buffer);
  return {
    set(ref, digest) {
      if (ref >= ids.length) {
        const larger = new BigUint64Array(ids.length * 2);
        larger.set(ids);
        ids = larger;
        words = new Uint32Array(ids.buffer);
      }
      words[2 * ref] = wordAt(digest, 4);
      words[2 * ref + 1] = wordAt(digest, 0);
    },
    get: (ref) => ids[ref] ?? 0n,
  };
}

function wordAt(text: string, at: number): number {
  const upper = (text.charCodeAt(at) << 8) | text.charCodeAt(at + 1);
  return (upper << 16) | (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3);
}
