const WireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;
const FIRST_SIZE = 65_536;
const LONGEST_VARINT = 10;

/**
 * Writes Protocol Buffers from the last byte to the first, so that the length of a message is known when it is due: fields, and
 * elements of a list, are given in reverse. What has proto3's default value is left out, as encoders do, but by the methods
 * `set…`: members of a oneof say by being there which one it is. A class because its state is the position.
 */
export class ProtoWriter {
  #buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #start = FIRST_SIZE;

  text(field: number, value: string): void {
    if (value !== "") this.setText(field, value);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.setBytes(field, value);
  }

  /** The bytes of hex digits. */
  hex(field: number, digits: string): void {
    if (digits !== "") this.setBytes(field, Buffer.from(digits, "hex"));
  }

  /** Also enums and unsigned integers; negative ones as int64. */
  int(field: number, value: number | bigint): void {
    if (BigInt(value) !== 0n) this.setInt(field, value);
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return;
    const at = this.#take(4);
    this.#buffer.writeUInt32LE(value, at);
    this.#tag(field, WireType.fixed32);
  }

  fixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    const at = this.#take(8);
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    this.#tag(field, WireType.fixed64);
  }

  setText(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    const at = this.#take(length);
    this.#buffer.write(value, at);
    this.#varint(length);
    this.#tag(field, WireType.length);
  }

  setBytes(field: number, value: Uint8Array): void {
    const at = this.#take(value.length);
    this.#buffer.set(value, at);
    this.#varint(value.length);
    this.#tag(field, WireType.length);
  }

  setInt(field: number, value: number | bigint): void {
    if (typeof value === "number" && value >= 0) this.#varint(value);
    else this.#longVarint(BigInt.asUintN(64, BigInt(value)));
    this.#tag(field, WireType.varint);
  }

  setDouble(field: number, value: number): void {
    const at = this.#take(8);
    this.#buffer.writeDoubleLE(value, at);
    this.#tag(field, WireType.fixed64);
  }

  /** What `write` writes, as one field; also when that is nothing. */
  message(field: number, write: () => void): void {
    const after = this.#buffer.length - this.#start;
    write();
    this.#varint(this.#buffer.length - this.#start - after);
    this.#tag(field, WireType.length);
  }

  /** A copy of everything so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.subarray(this.#start));
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  /** Up to 2^53. */
  #varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
    let at = this.#take(size);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#buffer[at] = (rest % 0x80) + 0x80;
      at += 1;
    }
    this.#buffer[at] = rest;
  }

  #longVarint(value: bigint): void {
    const digits: number[] = [];
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) digits.push(Number(rest & 0x7fn) + 0x80);
    digits.push(Number(rest));
    const at = this.#take(digits.length);
    this.#buffer.set(digits, at);
  }

  /** The new start, so many bytes before the old one. The buffer may be another one afterwards. */
  #take(size: number): number {
    if (this.#start < size) this.#grow(size + LONGEST_VARINT);
    this.#start -= size;
    return this.#start;
  }

  #grow(size: number): void {
    const used = this.#buffer.length - this.#start;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + size));
    this.#start = larger.length - used;
    this.#buffer.copy(larger, this.#start, this.#buffer.length - used);
    this.#buffer = larger;
  }
}
