/**
 * Snappy's block format; see https://github.com/google/snappy/blob/main/format_description.txt. In plain JavaScript, into
 * one buffer that is used again: a native decoder would allocate for every body.
 */
export type SnappyResult =
  /** `bytes` are valid until the next call. */
  | { readonly kind: "decoded"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "too_large"; readonly declaredBytes: number };

export interface SnappyDecoder {
  /** Nothing is allocated for a body that declares more than `limitBytes`. */
  decode(compressed: Uint8Array, limitBytes: number): SnappyResult;
}

/** Copies write up to so many bytes beyond their end. */
const SLACK_BYTES = 8;
/** From here on one native call is cheaper than words. */
const LONG_BYTES = 256;
/** A larger buffer is not kept. */
const KEPT_BYTES = 16 * 1024 * 1024;
const FIRST_BYTES = 1024 * 1024;

/** The length that a body declares, or undefined where it does not begin with one (32 bits at most). */
function declaredLength(compressed: Uint8Array): { bytes: number; headerBytes: number } | undefined {
  let bytes = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = compressed[i];
    if (byte === undefined) return undefined;
    bytes += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return bytes < 2 ** 32 ? { bytes, headerBytes: i + 1 } : undefined;
  }
  return undefined;
}

export function createSnappyDecoder(): SnappyDecoder {
  let kept = new Uint8Array(FIRST_BYTES);
  const bufferOf = (bytes: number) => {
    const neededBytes = bytes + SLACK_BYTES;
    if (neededBytes <= kept.length) return kept;
    if (neededBytes > KEPT_BYTES) return new Uint8Array(neededBytes);
    kept = new Uint8Array(Math.min(KEPT_BYTES, 2 ** Math.ceil(Math.log2(neededBytes))));
    return kept;
  };
  return {
    decode(compressed, limitBytes) {
      const declared = declaredLength(compressed);
      if (declared === undefined) return { kind: "malformed", message: "the length is missing" };
      if (declared.bytes > limitBytes) return { kind: "too_large", declaredBytes: declared.bytes };
      // A copy makes at most 64 bytes of 3, so that a short body cannot ask for much memory.
      if (declared.bytes > compressed.length * 32) {
        return { kind: "malformed", message: "the length is more than the body can hold" };
      }
      const out = bufferOf(declared.bytes);
      const fault = decodeInto(out, declared.bytes, compressed, declared.headerBytes);
      if (fault !== undefined) return { kind: "malformed", message: fault };
      return { kind: "decoded", bytes: out.subarray(0, declared.bytes) };
    },
  };
}

/** Fills out[0, size). Gives what is wrong, or undefined. */
function decodeInto(out: Uint8Array, size: number, input: Uint8Array, start: number): string | undefined {
  const inView = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const outView = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const end = input.length;
  let at = start;
  let to = 0;
  while (at < end) {
    const tag = input[at]!;
    const kind = tag & 3;
    at += 1;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const width = length - 60;
        if (at + width > end) return `a literal at byte ${at - 1} has no length`;
        length = literalLength(input, at, width);
        at += width;
      }
      if (length > end - at || length > size - to) return `a literal at byte ${at} is too long`;
      if (length >= LONG_BYTES) out.set(input.subarray(at, at + length), to);
      else copyLiteral(inView, at, outView, to, length);
      at += length;
      to += length;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    if (at + width > end) return `a copy at byte ${at - 1} is cut short`;
    let length = (tag >>> 2) + 1;
    let offset: number;
    if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | input[at]!;
    } else offset = kind === 2 ? inView.getUint16(at, true) : inView.getUint32(at, true);
    if (offset === 0 || offset > to) return `a copy at byte ${at - 1} refers to what is not there`;
    if (length > size - to) return `a copy at byte ${at - 1} is too long`;
    at += width;
    copyBack(outView, to, offset, length);
    to += length;
  }
  return to === size ? undefined : `the body ends after ${to} of ${size} bytes`;
}

function literalLength(input: Uint8Array, at: number, width: number): number {
  let length = 0;
  for (let i = width - 1; i >= 0; i -= 1) length = length * 256 + input[at + i]!;
  return length + 1;
}

/** In words of 4 bytes as far as the input reaches; `out` has room beyond the end. */
function copyLiteral(input: DataView, at: number, out: DataView, to: number, length: number): void {
  let i = 0;
  const safe = Math.min(length, input.byteLength - at - 3);
  for (; i < safe; i += 4) out.setInt32(to + i, input.getInt32(at + i, true), true);
  for (; i < length; i += 1) out.setUint8(to + i, input.getUint8(at + i));
}

/** Two words at a time; a copy may repeat what it has just written: then the words must not overlap. */
function copyBack(out: DataView, to: number, offset: number, length: number): void {
  const from = to - offset;
  if (offset < 4) {
    for (let i = 0; i < length; i += 1) out.setUint8(to + i, out.getUint8(from + i));
    return;
  }
  for (let i = 0; i < length; i += 8) {
    out.setInt32(to + i, out.getInt32(from + i, true), true);
    out.setInt32(to + i + 4, out.getInt32(from + i + 4, true), true);
  }
}
