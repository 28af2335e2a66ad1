/** Writes ClickHouse's RowBinary into one growing buffer that can be used again. Little-endian throughout. */
export interface RowBinaryWriter {
  /** Bytes written since the last reset. */
  readonly length: () => number;
  /** The bytes written; a view that is valid until the next write or reset. */
  readonly bytes: () => Uint8Array;
  readonly reset: () => void;
  /** 0..255; also Bool (0 or 1). */
  readonly uint8: (value: number) => void;
  /** 0..2^32-1; also DateTime (epoch seconds). */
  readonly uint32: (value: number) => void;
  /** 0..2^64-1. */
  readonly uint64: (value: bigint) => void;
  /** A whole number 0..2^64-2048 as UInt64, without the cost of a bigint. */
  readonly uint64FromNumber: (value: number) => void;
  /** A whole number -2^53..2^53 as Int64; also DateTime64 (ticks since the epoch). */
  readonly int64FromNumber: (value: number) => void;
  /** -2^63..2^63-1; also DateTime64 (ticks since the epoch). */
  readonly int64: (value: bigint) => void;
  readonly float64: (value: number) => void;
  /** LEB128: the length of strings, arrays and maps; 0..2^32-1. */
  readonly varint: (value: number) => void;
  /** String and LowCardinality(String): length in UTF-8 bytes, then the bytes. Lone surrogates become U+FFFD. */
  readonly string: (value: string) => void;
  /** FixedString(end - start): bytes [start, end) of `source`. */
  readonly fixed: (source: Uint8Array, start: number, end: number) => void;
  /** Repeats bytes [start, end) of what was written before: values that rows share are encoded once. */
  readonly repeat: (start: number, end: number) => void;
}

const SMALLEST_BYTES = 64;

/** A new writer; `initialBytes` is what it allocates at once, it doubles when full. */
export function createRowBinaryWriter(initialBytes = 64 * 1024): RowBinaryWriter {
  let buffer = Buffer.allocUnsafe(Math.max(initialBytes, SMALLEST_BYTES));
  let position = 0;

  const reserve = (bytes: number): void => {
    if (position + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, position + bytes));
    buffer.copy(larger, 0, 0, position);
    buffer = larger;
  };
  const varint = (value: number): void => {
    reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      buffer[position] = (rest & 0x7f) | 0x80;
      position += 1;
      rest >>>= 7;
    }
    buffer[position] = rest;
    position += 1;
  };
  const string = (value: string): void => {
    // At most 3 UTF-8 bytes for each UTF-16 unit: below 128 bytes the length is known to fit one byte beforehand.
    if (value.length <= 42) {
      reserve(127);
      const start = position + 1;
      const written = buffer.write(value, start, "utf8");
      buffer[position] = written;
      position = start + written;
      return;
    }
    const bytes = Buffer.byteLength(value, "utf8");
    varint(bytes);
    reserve(bytes);
    position += buffer.write(value, position, "utf8");
  };
  return {
    length: () => position,
    bytes: () => buffer.subarray(0, position),
    reset: () => {
      position = 0;
    },
    uint8: (value) => {
      reserve(1);
      buffer[position] = value;
      position += 1;
    },
    uint32: (value) => {
      reserve(4);
      position = buffer.writeUInt32LE(value, position);
    },
    uint64: (value) => {
      reserve(8);
      position = buffer.writeBigUInt64LE(value, position);
    },
    uint64FromNumber: (value) => {
      reserve(8);
      position = buffer.writeUInt32LE(value % 0x1_0000_0000, position);
      position = buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), position);
    },
    int64FromNumber: (value) => {
      reserve(8);
      const high = Math.floor(value / 0x1_0000_0000);
      position = buffer.writeUInt32LE(value - high * 0x1_0000_0000, position);
      position = buffer.writeInt32LE(high, position);
    },
    int64: (value) => {
      reserve(8);
      position = buffer.writeBigInt64LE(value, position);
    },
    float64: (value) => {
      reserve(8);
      position = buffer.writeDoubleLE(value, position);
    },
    varint,
    string,
    fixed: (source, start, end) => {
      reserve(end - start);
      // Byte by byte: ids are 8 or 16 bytes, and a subarray would cost more than the copy.
      for (let i = start; i < end; i += 1) {
        buffer[position] = source[i] ?? 0;
        position += 1;
      }
    },
    repeat: (start, end) => {
      reserve(end - start);
      buffer.copyWithin(position, start, end);
      position += end - start;
    },
  };
}
