/**
 * Reads ClickHouse's RowBinary from one piece of bytes, in the order of the columns. A class for the same reason as
 * RowBinaryWriter: its state is the position. Reading beyond the end throws RangeError.
 */
export class RowBinaryReader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#position >= this.#buffer.length;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  uint8(): number {
    const value = this.#buffer.readUInt8(this.#position);
    this.#position += 1;
    return value;
  }

  int8(): number {
    const value = this.#buffer.readInt8(this.#position);
    this.#position += 1;
    return value;
  }

  uint32(): number {
    const value = this.#buffer.readUInt32LE(this.#position);
    this.#position += 4;
    return value;
  }

  uint64(): bigint {
    const value = this.#buffer.readBigUInt64LE(this.#position);
    this.#position += 8;
    return value;
  }

  /** UInt64 of up to 2^53. */
  uint64AsNumber(): number {
    const low = this.#buffer.readUInt32LE(this.#position);
    const high = this.#buffer.readUInt32LE(this.#position + 4);
    this.#position += 8;
    return high * 0x1_0000_0000 + low;
  }

  /** Int64 of up to ±2^53; also DateTime64 (ticks since the epoch). */
  int64AsNumber(): number {
    const low = this.#buffer.readUInt32LE(this.#position);
    const high = this.#buffer.readInt32LE(this.#position + 4);
    this.#position += 8;
    return high * 0x1_0000_0000 + low;
  }

  /** Int64; also DateTime64 (ticks since the epoch). */
  int64(): bigint {
    const value = this.#buffer.readBigInt64LE(this.#position);
    this.#position += 8;
    return value;
  }

  float64(): number {
    const value = this.#buffer.readDoubleLE(this.#position);
    this.#position += 8;
    return value;
  }

  /** LEB128 of up to 2^32: the length of strings, arrays and maps. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.uint8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  }

  string(): string {
    const start = this.#take(this.varint());
    return this.#buffer.toString("utf8", start, this.#position);
  }

  /** FixedString as lower-case hex digits. */
  hex(bytes: number): string {
    const start = this.#take(bytes);
    return this.#buffer.toString("hex", start, this.#position);
  }

  /** FixedString; a copy. */
  fixed(bytes: number): Uint8Array {
    const start = this.#take(bytes);
    return new Uint8Array(this.#buffer.subarray(start, this.#position));
  }

  /** What was read since `start`, an earlier position, as a text that is the same for the same bytes. */
  keySince(start: number): string {
    return this.#buffer.toString("latin1", start, this.#position);
  }

  /** Array(Float64), bit by bit. */
  float64Array(): Float64Array {
    const length = this.varint();
    const start = this.#take(length * 8);
    const values = new Float64Array(length);
    // The bytes lie anywhere, a Float64Array only at multiples of eight: copied as bytes, NaNs keep their bits.
    new Uint8Array(values.buffer).set(this.#buffer.subarray(start, this.#position));
    return values;
  }

  /** Array(Int32). */
  int32Array(): Int32Array {
    const length = this.varint();
    const start = this.#take(length * 4);
    const values = new Int32Array(length);
    new Uint8Array(values.buffer).set(this.#buffer.subarray(start, this.#position));
    return values;
  }

  #take(bytes: number): number {
    const start = this.#position;
    if (start + bytes > this.#buffer.length) throw new RangeError("the result ends in the middle of a value");
    this.#position = start + bytes;
    return start;
  }
}
