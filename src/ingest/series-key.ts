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
const PRIME = 0x0100_0193;

export function createSeriesKey(): SeriesKey {
  const bytes = Buffer.alloc(KEY_BYTES);
  let length = 0;
  let ascii = true;

  const append = (text: string, hash: number): number => {
    const at = length;
    let seen = 0;
    let next = hash;
    for (let k = 0; k < text.length; k += 1) {
      const code = text.charCodeAt(k);
      seen |= code;
      // Beyond the end nothing is written; then the bytes are not used.
      bytes[at + k] = code;
      next = Math.imul(next ^ code, PRIME);
    }
    if (seen >= 0x80) ascii = false;
    length = at + text.length;
    return Math.imul(next ^ 0xffff, PRIME);
  };
  return {
    write(labels) {
      let hash = labels.length;
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
        hash = append(labels[i]!, hash);
      }
      // Slots are chosen by the low bits: mixes the high ones in.
      hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b);
      return (hash ^ (hash >>> 13)) | 0;
    },
    isAscii: () => ascii,
    digest(labels) {
      const fits = ascii && length <= KEY_BYTES;
      return digestOf("sha256", fits ? bytes.subarray(0, length) : labelsKey(labels), "binary");
    },
  };
}
