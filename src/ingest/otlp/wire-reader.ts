/** A cursor over a protobuf message; see https://protobuf.dev/programming-guides/encoding/. */
export interface WireReader {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Offset of the next byte. */
  position: number;
  /** Upper 32 bits of the last varint, unsigned. */
  high: number;
}

/** Thrown while decoding and turned into a DecodeError value by the decoder: unwinding by hand would cost every span. */
export class WireError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = "WireError";
    this.offset = offset;
  }
}

/** Groups inside unknown fields, one in the other. */
const MAX_GROUP_DEPTH = 32;

export function createWireReader(body: Uint8Array): WireReader {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return { bytes, view: new DataView(body.buffer, body.byteOffset, body.byteLength), position: 0, high: 0 };
}

/** Lower 32 bits, unsigned; the upper ones are in `reader.high`. Throws WireError past `end` or beyond 64 bits. */
export function readVarint(reader: WireReader, end: number): number {
  const position = reader.position;
  if (position < end) {
    const byte = reader.bytes[position]!;
    if (byte < 0x80) {
      reader.position = position + 1;
      reader.high = 0;
      return byte;
    }
  }
  return readLongVarint(reader, end);
}

function readLongVarint(reader: WireReader, end: number): number {
  const start = reader.position;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i += 1) {
    if (start + i >= end) throw new WireError("the number is cut short", start);
    const byte = reader.bytes[start + i]!;
    const bits = byte & 0x7f;
    if (i < 4) low |= bits << (7 * i);
    else if (i === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else if (i === 9 && byte > 1) break;
    else high |= bits << (7 * i - 32);
    if (byte < 0x80) {
      reader.position = start + i + 1;
      reader.high = high >>> 0;
      return low >>> 0;
    }
  }
  throw new WireError("the number is longer than 64 bits", start);
}

/** Reads a length and gives the offset where the field ends. Throws WireError if that is outside the message. */
export function readLength(reader: WireReader, end: number): number {
  const start = reader.position;
  const length = readVarint(reader, end);
  const fieldEnd = reader.position + length;
  if (reader.high !== 0 || fieldEnd > end) {
    const given = reader.high === 0 ? `${length} bytes` : "more than 4 GiB (or a negative number)";
    throw new WireError(`the length says ${given}, but ${end - reader.position} are left`, start);
  }
  return fieldEnd;
}

/** Moves past a value of `width` bytes and gives the offset where it starts. Throws WireError past `end`. */
export function readFixed(reader: WireReader, end: number, width: 4 | 8): number {
  const start = reader.position;
  if (start + width > end) throw new WireError(`${width} bytes are needed, ${end - start} are left`, start);
  reader.position = start + width;
  return start;
}

/** An int64: a number when that is exact, else a bigint. */
export function readInt64(reader: WireReader, end: number): number | bigint {
  const low = readVarint(reader, end);
  const high = reader.high | 0;
  if (high === 0) return low;
  const value = high * 4_294_967_296 + low;
  if (Number.isSafeInteger(value)) return value;
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Reads a field's tag (number << 3 | wire type). Throws WireError for field number 0 and beyond 32 bits. */
export function readTag(reader: WireReader, end: number): number {
  const start = reader.position;
  const tag = readVarint(reader, end);
  if (reader.high !== 0 || tag >>> 3 === 0) throw new WireError("this is not a field", start);
  return tag;
}

/**
 * Moves past a field that the message does not know. `known` has bit n set for each field number n (< 32) that it does
 * know: one of those gets here only with a wrong wire type, which is an error.
 */
export function skipField(reader: WireReader, tag: number, end: number, known: number): void {
  const field = tag >>> 3;
  if (field < 32 && (known >>> field) & 1) {
    throw new WireError(`field ${field} has the wrong wire type ${tag & 7}`, reader.position - 1);
  }
  skipValue(reader, tag, end);
}

function skipValue(reader: WireReader, tag: number, end: number): void {
  switch (tag & 7) {
    case 0:
      readVarint(reader, end);
      return;
    case 1:
      readFixed(reader, end, 8);
      return;
    case 2:
      reader.position = readLength(reader, end);
      return;
    case 3:
      skipGroup(reader, tag >>> 3, end);
      return;
    case 5:
      readFixed(reader, end, 4);
      return;
    default:
      throw new WireError(`wire type ${tag & 7} cannot stand here`, reader.position - 1);
  }
}

function skipGroup(reader: WireReader, field: number, end: number): void {
  const open = [field];
  while (open.length > 0) {
    if (reader.position >= end) throw new WireError("the group has no end", reader.position);
    const tag = readTag(reader, end);
    const wireType = tag & 7;
    if (wireType === 3) {
      open.push(tag >>> 3);
      if (open.length > MAX_GROUP_DEPTH) throw new WireError("groups are nested too deeply", reader.position);
    } else if (wireType === 4) {
      if (open.pop() !== tag >>> 3) throw new WireError("the group ends as another one", reader.position - 1);
    } else skipValue(reader, tag, end);
  }
}
