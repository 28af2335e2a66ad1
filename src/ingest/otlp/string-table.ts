/** Strings seen before, so that attribute keys, names and the like are decoded once and share memory. Bounded. */
export interface StringTable {
  readonly slots: (string | undefined)[];
}

/** Node's own decoders; `toString(encoding, …)` would look the encoding up each time. */
type SlicingBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
};

const SLOTS = 8_192;
const LONGEST = 64;

export function createStringTable(): StringTable {
  return { slots: Array.from<string | undefined>({ length: SLOTS }).fill(undefined) };
}

/** The bytes [start, end), one character each. */
export function rawText(bytes: Buffer, start: number, end: number): string {
  return start === end ? "" : (bytes as SlicingBuffer).latin1Slice(start, end);
}

/**
 * The UTF-8 text in bytes[start, end); invalid sequences become U+FFFD. A direct-mapped table: each short ASCII string
 * has one slot, found from its length and seven of its bytes, and whoever comes last keeps it.
 */
export function readText(table: StringTable, bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return "";
  if (length > LONGEST) return (bytes as SlicingBuffer).utf8Slice(start, end);
  let hash = length;
  hash = (hash * 31 + bytes[start]!) | 0;
  hash = (hash * 31 + bytes[start + (length >> 2)]!) | 0;
  hash = (hash * 31 + bytes[start + (length >> 1)]!) | 0;
  hash = (hash * 31 + bytes[start + length - (length >> 2) - 1]!) | 0;
  if (length > 3) {
    hash = (hash * 31 + bytes[end - 3]!) | 0;
    hash = (hash * 31 + bytes[end - 2]!) | 0;
  }
  hash = (hash * 31 + bytes[end - 1]!) | 0;
  const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
  const known = table.slots[slot];
  if (known !== undefined && known.length === length && isText(known, bytes, start)) return known;
  return addText(table, slot, bytes, start, end);
}

function isText(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function addText(table: StringTable, slot: number, bytes: Buffer, start: number, end: number): string {
  let seen = 0;
  for (let i = start; i < end; i += 1) seen |= bytes[i]!;
  // Only ASCII is kept: there, char codes are bytes and can be compared without decoding.
  if (seen >= 0x80) return (bytes as SlicingBuffer).utf8Slice(start, end);
  const text = (bytes as SlicingBuffer).latin1Slice(start, end);
  table.slots[slot] = text;
  return text;
}
