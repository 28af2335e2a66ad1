/** A block of a result. */
interface NativeBlock {
  readonly rows: number;
  /** The bytes of each column, 8 a row, little-endian. They lie anywhere, not only at multiples of eight. */
  readonly columns: readonly Uint8Array[];
}

const TYPES: ReadonlySet<string> = new Set(["UInt64", "Float64"]);

/**
 * Reads ClickHouse's Native format as far as results of UInt64 and Float64 need it. There a column lies in one piece, so
 * that it is copied instead of read value by value; nothing is copied yet. Throws RangeError for other types and for a result that is cut off.
 */
export function readNativeBlocks(bytes: Uint8Array): readonly NativeBlock[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: NativeBlock[] = [];
  let position = 0;

  const take = (length: number): number => {
    const start = position;
    position += length;
    if (position > buffer.length) throw new RangeError("the result ends in the middle of a block");
    return start;
  };
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = buffer[take(1)]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const text = (): string => {
    const length = varint();
    const start = take(length);
    return buffer.toString("latin1", start, start + length);
  };
  const column = (rows: number): Uint8Array => {
    text();
    const type = text();
    if (!TYPES.has(type)) throw new RangeError(`a column has the type ${type}`);
    const start = take(rows * 8);
    return buffer.subarray(start, position);
  };
  while (position < buffer.length) {
    const width = varint();
    const rows = varint();
    blocks.push({ rows, columns: Array.from({ length: width }, () => column(rows)) });
  }
  return blocks;
}
