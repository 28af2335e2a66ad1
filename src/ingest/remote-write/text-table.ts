import { isUtf8 } from "node:buffer";

/** Texts seen before, so that names and values are decoded once and share memory. Bounded. */
export interface TextTable {
  /**
   * The text in bytes[start, end). What is no UTF-8 becomes U+FFFF, which no label may hold: the series table refuses it
   * as invalid text.
   */
  read(bytes: Buffer, start: number, end: number): string;
}

/** Node's own decoders; `toString(encoding, …)` would look the encoding up each time. */
type SlicingBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
};

const SLOTS = 8_192;
const LONGEST = 64;
const INVALID_TEXT = "\uffff";

/**
 * A direct-mapped table: each short ASCII text has one slot, found from its length and some of its bytes, and whoever comes
 * last keeps it. Compares bytes with bytes: reading a string by characters takes three times as long.
 */
export function createTextTable(): TextTable {
  const texts = Array.from<string>({ length: SLOTS }).fill("");
  const kept = Buffer.alloc(SLOTS * LONGEST);
  return {
    read(bytes, start, end) {
      const length = end - start;
      if (length === 0) return "";
      if (length > LONGEST) return decoded(bytes, start, end);
      const slot = slotOf(bytes, start, end);
      const known = texts[slot]!;
      const base = slot * LONGEST;
      if (known.length === length) {
        let i = 0;
        while (i < length && kept[base + i] === bytes[start + i]) i += 1;
        if (i === length) return known;
      }
      let seen = 0;
      for (let i = start; i < end; i += 1) seen |= bytes[i]!;
      // Only ASCII is kept: there, the length in characters is that in bytes.
      if (seen >= 0x80) return decoded(bytes, start, end);
      const text = (bytes as SlicingBuffer).latin1Slice(start, end);
      texts[slot] = text;
      for (let i = 0; i < length; i += 1) kept[base + i] = bytes[start + i]!;
      return text;
    },
  };
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  hash = Math.imul(hash ^ bytes[start]!, 0x0100_0193);
  hash = Math.imul(hash ^ bytes[start + (length >> 2)]!, 0x0100_0193);
  hash = Math.imul(hash ^ bytes[start + (length >> 1)]!, 0x0100_0193);
  hash = Math.imul(hash ^ bytes[end - 1 - (length >> 2)]!, 0x0100_0193);
  if (length > 3) hash = Math.imul(hash ^ (bytes[end - 3]! | (bytes[end - 2]! << 8)), 0x0100_0193);
  hash = Math.imul(hash ^ bytes[end - 1]!, 0x0100_0193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function decoded(bytes: Buffer, start: number, end: number): string {
  const text = (bytes as SlicingBuffer).utf8Slice(start, end);
  // Only then is it worth looking whether that is what the sender wrote.
  return text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end)) ? INVALID_TEXT : text;
}
