import type { Labels } from "../../model/labels.ts";

const MASK = 0xffff_ffff_ffff_ffffn;
const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

/** The hash that Prometheus has for a label set: XXH64 of its names and values, each with its length in bytes before it. */
export function labelHash(labels: Labels): bigint {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const text of labels) {
    const encoded = encoder.encode(text);
    const { length } = encoded;
    if (length < 255) bytes.push(length);
    else bytes.push(255, length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff);
    bytes.push(...encoded);
  }
  return xxHash64(Uint8Array.from(bytes));
}

/** XXH64 with seed 0; see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. */
function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash = PRIME_5;
  if (bytes.length >= 32) {
    let lanes: [bigint, bigint, bigint, bigint] = [PRIME_1 + PRIME_2, PRIME_2, 0n, -PRIME_1];
    for (; at + 32 <= bytes.length; at += 32) {
      const from = at;
      lanes = lanes.map((lane, i) =>
        round(lane & MASK, view.getBigUint64(from + 8 * i, true)),
      ) as typeof lanes;
    }
    const [a, b, c, d] = lanes;
    hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & MASK;
    for (const lane of lanes) hash = (times(hash ^ round(0n, lane), PRIME_1) + PRIME_4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) {
    hash ^= round(0n, view.getBigUint64(at, true));
    hash = (times(rotate(hash, 27n), PRIME_1) + PRIME_4) & MASK;
  }
  if (at + 4 <= bytes.length) {
    hash ^= times(BigInt(view.getUint32(at, true)), PRIME_1);
    hash = (times(rotate(hash, 23n), PRIME_2) + PRIME_3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash ^= times(BigInt(bytes[at]!), PRIME_5);
    hash = times(rotate(hash, 11n), PRIME_1);
  }
  return avalanche(hash);
}

function avalanche(hash: bigint): bigint {
  const once = times(hash ^ (hash >> 33n), PRIME_2);
  const twice = times(once ^ (once >> 29n), PRIME_3);
  return twice ^ (twice >> 32n);
}

function round(lane: bigint, input: bigint): bigint {
  return times(rotate((lane + times(input, PRIME_2)) & MASK, 31n), PRIME_1);
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function times(a: bigint, b: bigint): bigint {
  return (a * b) & MASK;
}
