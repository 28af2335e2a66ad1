/** A column as ClickHouse's Native format has it: all its values, one after the other. */
export interface NativeColumn {
  readonly name: string;
  readonly type: string;
  /** The values, in pieces. */
  readonly parts: readonly Uint8Array[];
}

/**
 * Rows in ClickHouse's Native format (https://clickhouse.com/docs/interfaces/formats/Native): columns, which the engine takes
 * over nearly as they are, where rows would have to be taken apart.
 */
export function nativeBlock(rowCount: number, columns: readonly NativeColumn[]): Uint8Array {
  const parts: Uint8Array[] = [lengthBytes(columns.length), lengthBytes(rowCount)];
  for (const { name, type, parts: values } of columns)
    parts.push(textBytes(name), textBytes(type), ...values);
  return Buffer.concat(parts);
}

/** The bytes of a typed array. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** LowCardinality(String) while it is filled: each text once, and numbers that stand for them. */
export interface NativeDictionary {
  /** Adds a value after those before it. */
  add(text: string): void;
  /** What precedes the column; inside a Map, it precedes the whole map. */
  prefix(): Uint8Array;
  /** The values. */
  parts(): readonly Uint8Array[];
}

/** Version 1: dictionaries that come with their keys. */
const PREFIX = bytesOf(new BigUint64Array([1n]));
/** The block has keys of its own, they are new, and numbers are UInt32. */
const OWN_KEYS = 0x602n;

/** `count` values will be added. */
export function createNativeDictionary(count: number): NativeDictionary {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  const indexes = new Uint32Array(count);
  /** By number: the number that came after it. Values come in cycles, as the names of labels do. */
  const after: number[] = [];
  let rows = 0;
  let last = 0;
  return {
    add(text) {
      let number = after[last] ?? 0;
      if (texts[number] !== text) {
        number = numbers.get(text) ?? texts.length;
        if (number === texts.length) {
          numbers.set(text, number);
          texts.push(text);
          after.push(number);
        }
        after[last] = number;
      }
      indexes[rows] = number;
      rows += 1;
      last = number;
    },
    prefix: () => PREFIX,
    parts() {
      // Of no values there is no dictionary either.
      if (rows === 0) return [];
      return [
        bytesOf(new BigUint64Array([OWN_KEYS, BigInt(texts.length)])),
        ...texts.map(textBytes),
        bytesOf(new BigUint64Array([BigInt(rows)])),
        bytesOf(indexes.subarray(0, rows)),
      ];
    },
  };
}

function textBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([lengthBytes(bytes.length), bytes]);
}

/** LEB128. */
function lengthBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
