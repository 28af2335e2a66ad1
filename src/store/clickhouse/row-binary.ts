const SMALLEST_BYTES = 64;

/**
 * Writes ClickHouse's RowBinary into one growing buffer that is used again after `reset`. Little-endian throughout. A
 * class because every byte of every span passes through it and its state is the buffer.
 */
export class RowBinaryWriter {
  #buffer: Buffer;
  #position = 0;

  /** `initialBytes` are allocated at once; the buffer doubles when it is full. */
  constructor(initialBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(Math.max(initialBytes, SMALLEST_BYTES));
  }

  /** Bytes written since the last reset. */
  get length(): number {
    return this.#position;
  }

  /** The bytes written; a view that is valid until the next write or reset. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#position);
  }

  reset(): void {
    this.#position = 0;
  }

  /** 0..255; also Bool (0 or 1). */
  uint8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#position] = value;
    this.#position += 1;
  }

  /** 0..2^16-1; also Date (days since the epoch). */
  uint16(value: number): void {
    this.#reserve(2);
    this.#position = this.#buffer.writeUInt16LE(value, this.#position);
  }

  /** 0..2^32-1; also DateTime (epoch seconds). */
  uint32(value: number): void {
    this.#reserve(4);
    this.#position = this.#buffer.writeUInt32LE(value, this.#position);
  }

  /** 0..2^64-1. */
  uint64(value: bigint): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeBigUInt64LE(value, this.#position);
  }

  /** A whole number 0..2^64-2048 as UInt64, without the cost of a bigint. */
  uint64FromNumber(value: number): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeUInt32LE(value % 0x1_0000_0000, this.#position);
    this.#position = this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#position);
  }

  /** -2^63..2^63-1; also DateTime64 (ticks since the epoch). */
  int64(value: bigint): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeBigInt64LE(value, this.#position);
  }

  /** A whole number -2^53..2^53 as Int64; also DateTime64 (ticks since the epoch). */
  int64FromNumber(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#position = this.#buffer.writeUInt32LE(value - high * 0x1_0000_0000, this.#position);
    this.#position = this.#buffer.writeInt32LE(high, this.#position);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeDoubleLE(value, this.#position);
  }

  /** LEB128, 0..2^32-1: the length of strings, arrays and maps. */
  varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#position] = (rest & 0x7f) | 0x80;
      this.#position += 1;
      rest >>>= 7;
    }
    this.#buffer[this.#position] = rest;
    this.#position += 1;
  }

  /** String and LowCardinality(String): length in UTF-8 bytes, then the bytes. Lone surrogates become U+FFFD. */
  string(value: string): void {
    // At most 3 UTF-8 bytes for each UTF-16 unit: below 128 bytes the length is known to fit one byte beforehand.
    if (value.length <= 42) {
      this.#reserve(127);
      const start = this.#position + 1;
      const written = this.#buffer.write(value, start, "utf8");
      this.#buffer[this.#position] = written;
      this.#position = start + written;
      return;
    }
    const bytes = Buffer.byteLength(value, "utf8");
    this.varint(bytes);
    this.#reserve(bytes);
    this.#position += this.#buffer.write(value, this.#position, "utf8");
  }

  /** FixedString(end - start): bytes [start, end) of `source`. */
  fixed(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    // Byte by byte: ids are 8 or 16 bytes, and a subarray would cost more than the copy.
    for (let i = start; i < end; i += 1) {
      this.#buffer[this.#position] = source[i] ?? 0;
      this.#position += 1;
    }
  }

  /** Repeats bytes [start, end) of what was written before: values that rows share are encoded once. */
  repeat(start: number, end: number): void {
    this.#reserve(end - start);
    this.#buffer.copyWithin(this.#position, start, end);
    this.#position += end - start;
  }

  #reserve(bytes: number): void {
    const needed = this.#position + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }
}
