/**
 * Writes Protocol Buffers from the last byte to the first, so that the length of a message is known when it is due: fields, and
 * elements of a list, are given in reverse. What has proto3's default value is left out, as encoders do.
 */
export interface ProtoWriter {
  readonly text: (field: number, value: string) => void;
  readonly bytes: (field: number, value: Uint8Array) => void;
  /** The bytes of hex digits; nothing for "". */
  readonly hex: (field: number, digits: string) => void;
  /** Also enums and unsigned integers; negative ones as int64. */
  readonly int: (field: number, value: number | bigint) => void;
  readonly fixed32: (field: number, value: number) => void;
  readonly fixed64: (field: number, value: bigint) => void;
  /** Written always, also 0: members of a oneof say by being there which one it is. */
  readonly setText: (field: number, value: string) => void;
  readonly setBytes: (field: number, value: Uint8Array) => void;
  readonly setInt: (field: number, value: number | bigint) => void;
  readonly setDouble: (field: number, value: number) => void;
  /** What `write` writes, as one field. */
  readonly message: (field: number, write: () => void) => void;
  /** A copy of everything so far. */
  readonly finish: () => Uint8Array<ArrayBuffer>;
}

const WireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;
const FIRST_SIZE = 65_536;
const LONGEST_VARINT = 10;

export function createProtoWriter(): ProtoWriter {
  let buffer = Buffer.allocUnsafe(FIRST_SIZE);
  let start = buffer.length;

  const reserve = (size: number): void => {
    if (start >= size) return;
    const used = buffer.length - start;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + size));
    buffer.copy(larger, larger.length - used, start);
    start = larger.length - used;
    buffer = larger;
  };
  const smallVarint = (value: number): void => {
    reserve(LONGEST_VARINT);
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
    start -= size;
    let rest = value;
    for (let i = 0; i < size - 1; i += 1) {
      buffer[start + i] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[start + size - 1] = rest;
  };
  const varint = (value: number | bigint): void => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return smallVarint(value);
    const digits: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) digits.push(Number(rest & 0x7fn) | 0x80);
    digits.push(Number(rest));
    reserve(LONGEST_VARINT);
    start -= digits.length;
    buffer.set(digits, start);
    return undefined;
  };
  const tag = (field: number, wireType: number): void => smallVarint(field * 8 + wireType);
  const setBytes = (field: number, value: Uint8Array): void => {
    reserve(value.length);
    start -= value.length;
    buffer.set(value, start);
    smallVarint(value.length);
    tag(field, WireType.length);
  };
  const setText = (field: number, value: string): void => {
    const length = Buffer.byteLength(value);
    reserve(length);
    start -= length;
    buffer.write(value, start);
    smallVarint(length);
    tag(field, WireType.length);
  };
  const setInt = (field: number, value: number | bigint): void => {
    varint(value);
    tag(field, WireType.varint);
  };
  return {
    setText,
    setBytes,
    setInt,
    text: (field, value) => value !== "" && setText(field, value),
    bytes: (field, value) => value.length > 0 && setBytes(field, value),
    hex: (field, digits) => digits !== "" && setBytes(field, Buffer.from(digits, "hex")),
    int: (field, value) => BigInt(value) !== 0n && setInt(field, value),
    fixed32: (field, value) => {
      if (value === 0) return;
      reserve(4);
      start -= 4;
      buffer.writeUInt32LE(value, start);
      tag(field, WireType.fixed32);
    },
    fixed64: (field, value) => {
      if (value === 0n) return;
      reserve(8);
      start -= 8;
      buffer.writeBigUInt64LE(BigInt.asUintN(64, value), start);
      tag(field, WireType.fixed64);
    },
    setDouble: (field, value) => {
      reserve(8);
      start -= 8;
      buffer.writeDoubleLE(value, start);
      tag(field, WireType.fixed64);
    },
    message: (field, write) => {
      const end = buffer.length - start;
      write();
      smallVarint(buffer.length - start - end);
      tag(field, WireType.length);
    },
    finish: () => new Uint8Array(buffer.subarray(start)),
  };
}
