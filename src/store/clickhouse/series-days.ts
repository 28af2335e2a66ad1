import type { SeriesRef } from "../../model/sample-batch.ts";

/**
 * Remembers which series have a row for which day (UTC), so that each row is written once in the life of a process. By
 * ref, since that makes it a few array reads for a sample; the id beside it notices when a ref stands for another series.
 */
export interface SeriesDays {
  /** True when the row is not known to be there, which from now on it is: write it, or `forget` it. `day` is days since the epoch. */
  note(ref: SeriesRef, id: bigint, day: number): boolean;
  /** The row could not be written after all. */
  forget(ref: SeriesRef, id: bigint, day: number): void;
}

/** Days that one word of bits remembers, ending with the newest seen. */
const DAYS = 32;
const SMALLEST = 1_024;

/** 20 bytes a series. */
export function createSeriesDays(): SeriesDays {
  let ids = new BigUint64Array(SMALLEST);
  let newest = new Int32Array(SMALLEST);
  /** Bit i: the row of day `newest - i` is there. 0: nothing is known of this ref. */
  let days = new Uint32Array(SMALLEST);
  /** Of days further back only the one seen last is remembered: old samples come day by day. */
  let older = new Int32Array(SMALLEST);

  const grow = (ref: SeriesRef): void => {
    const size = Math.max(ids.length * 2, ref + 1);
    const larger = <T extends { set(from: T): void }>(made: T, from: T): T => {
      made.set(from);
      return made;
    };
    ids = larger(new BigUint64Array(size), ids);
    newest = larger(new Int32Array(size), newest);
    days = larger(new Uint32Array(size), days);
    older = larger(new Int32Array(size), older);
  };

  const noteOlder = (ref: SeriesRef, day: number): boolean => {
    if (older[ref] === day) return false;
    older[ref] = day;
    return true;
  };

  const note = (ref: SeriesRef, id: bigint, day: number): boolean => {
    if (ref >= ids.length) grow(ref);
    const known = days[ref]!;
    if (known === 0 || ids[ref] !== id) {
      ids[ref] = id;
      newest[ref] = day;
      days[ref] = 1;
      older[ref] = -1;
      return true;
    }
    const back = newest[ref]! - day;
    if (back >= DAYS) return noteOlder(ref, day);
    if (back < 0) {
      newest[ref] = day;
      days[ref] = -back >= DAYS ? 1 : (known << -back) | 1;
      return true;
    }
    const bit = 1 << back;
    if ((known & bit) !== 0) return false;
    days[ref] = known | bit;
    return true;
  };

  const forget = (ref: SeriesRef, id: bigint, day: number): void => {
    if (ref >= ids.length || ids[ref] !== id) return;
    const back = newest[ref]! - day;
    if (back >= 0 && back < DAYS) days[ref] = days[ref]! & ~(1 << back);
    if (older[ref] === day) older[ref] = -1;
  };

  return { note, forget };
}
