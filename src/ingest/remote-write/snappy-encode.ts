const TABLE_BITS = 14;
const MAX_OFFSET = 65_535;

/** Snappy's block format, for tests and measurements: finds matches as the reference encoder does, but without its speed. */
export function snappyEncode(input: Uint8Array): Buffer {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const out = Buffer.alloc(bytes.length + Math.ceil(bytes.length / 6) + 32);
  let to = 0;
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    out[to++] = rest > 127 ? (rest % 128) | 128 : rest;
    if (rest <= 127) break;
  }
  const literal = (start: number, end: number) => {
    const length = end - start;
    if (length === 0) return;
    const last = length - 1;
    if (last < 60) out[to++] = last << 2;
    else {
      const width = last < 0x100 ? 1 : last < 0x1_0000 ? 2 : last < 0x100_0000 ? 3 : 4;
      out[to++] = (59 + width) << 2;
      out.writeUIntLE(last, to, width);
      to += width;
    }
    bytes.copy(out, to, start, end);
    to += length;
  };
  const copy = (offset: number, length: number) => {
    for (let left = length; left > 0;) {
      const now = left >= 68 ? 64 : left > 64 ? 60 : left;
      if (now >= 4 && now < 12 && offset < 2_048) {
        out[to++] = 1 | ((now - 4) << 2) | ((offset >>> 8) << 5);
        out[to++] = offset & 0xff;
      } else {
        out[to++] = 2 | ((now - 1) << 2);
        out.writeUInt16LE(offset, to);
        to += 2;
      }
      left -= now;
    }
  };
  const table = new Int32Array(1 << TABLE_BITS).fill(-1);
  let from = 0;
  let at = 0;
  while (at + 4 <= bytes.length) {
    const slot = Math.imul(bytes.readInt32LE(at), 0x1e35_a7bd) >>> (32 - TABLE_BITS);
    const match = table[slot]!;
    table[slot] = at;
    if (match < 0 || at - match > MAX_OFFSET || bytes.readInt32LE(match) !== bytes.readInt32LE(at)) {
      at += 1;
      continue;
    }
    let length = 4;
    while (at + length < bytes.length && bytes[match + length] === bytes[at + length]) length += 1;
    literal(from, at);
    copy(at - match, length);
    at += length;
    from = at;
  }
  literal(from, bytes.length);
  return out.subarray(0, to);
}
