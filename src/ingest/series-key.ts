import { hash as digestOf } from "node:crypto";
import { labelsKey, type Labels } from "../model/labels.ts";

/** The key of one set of labels (see labelsKey), as bytes in a buffer that is used again. */
export interface SeriesKey {
  /** Writes the key of labels and gives 32 bits of hash. */
  write(labels: Labels): number;
  /** Whether the labels written last are ASCII throughout. */
  isAscii(): boolean;
  /** The SHA-256 of the key of the labels written last, one character a byte: cheaper than a buffer. */
  digest(labels: Labels): string;
}

const KEY_BYTES = 16_384;

export function createSeriesKey(): SeriesKey {
  // Zeros after the key complete its last word.
  const bytes = Buffer.alloc(KEY_BYTES + 4);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let length = 0;
  let ascii = true;

  const append = (text: string): void => {
    const at = length;
    let seen = 0;
    for (let k = 0; k < text.length; k += 1) {
      const code = text.charCodeAt(k);
      seen |= code;
      // Beyond the end nothing is written, and of a larger code a part: then the bytes do for a hash alone.
      bytes[at + k] = code;
    }
    if (seen >= 0x80) ascii = false;
    length = at + text.length;
  };
  return {
    write(labels) {
      length = 0;
      ascii = true;
      for (let i = 0; i < labels.length; i += 1) {
        if (i > 0) {
          // U+FFFF in UTF-8.
          bytes[length] = 0xef;
          bytes[length + 1] = 0xbf;
          bytes[length + 2] = 0xbf;
          length += 3;
        }
        append(labels[i]!);
      }
      for (let i = 0; i < 3; i += 1) bytes[length + i] = 0;
      return hashWords(words, Math.min(length, KEY_BYTES));
    },
    isAscii: () => ascii,
    digest(labels) {
      const fits = ascii && length <= KEY_BYTES;
      return digestOf("sha256", fits ? bytes.subarray(0, length) : labelsKey(labels), "binary");
    },
  };
}

function hashWords(words: Int32Array, length: number): number {
  let hash = length;
  for (let i = 0; i < (length + 3) >>> 2; i += 1) {
    hash = Math.imul(hash ^ words[i]!, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  // Slots are chosen by the low bits: mixes the high ones in.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b);
  return (hash ^ (hash >>> 13)) | 0;
}
