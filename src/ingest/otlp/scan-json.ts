/** What a look over JSON text tells before anything is built from it. */
export interface JsonScan {
  /** Objects and arrays, one in the other. */
  readonly depth: number;
  /** Objects, arrays and commas: a measure of what JSON.parse would allocate. */
  readonly tokens: number;
  /** Offsets where integers of 16 digits and more begin and end, in pairs: JSON.parse would round them. */
  readonly longIntegers: readonly number[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LONG_INTEGER_DIGITS = 16;

/** Looks over UTF-8 JSON text without judging whether it is valid. Stops early beyond `maxDepth` or `maxTokens`. */
export function scanJson(bytes: Uint8Array, maxDepth: number, maxTokens: number): JsonScan {
  const longIntegers: number[] = [];
  let depth = 0;
  let deepest = 0;
  let tokens = 0;
  let i = 0;
  while (i < bytes.length && deepest <= maxDepth && tokens <= maxTokens) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i = endOfString(bytes, i + 1);
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) {
      tokens += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === 0x2c) tokens += 1;
    else if (byte === 0x2d || isDigit(byte)) {
      i = endOfNumber(bytes, i, longIntegers);
      continue;
    }
    i += 1;
  }
  return { depth: deepest, tokens, longIntegers };
}

function endOfString(bytes: Uint8Array, from: number): number {
  let i = from;
  while (i < bytes.length) {
    const byte = bytes[i]!;
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return i;
}

function endOfNumber(bytes: Uint8Array, from: number, longIntegers: number[]): number {
  let i = from + 1;
  while (i < bytes.length && isDigit(bytes[i]!)) i += 1;
  const next = bytes[i];
  const isInteger = next !== 0x2e && next !== 0x65 && next !== 0x45;
  if (isInteger && i - from >= LONG_INTEGER_DIGITS) longIntegers.push(from, i);
  while (i < bytes.length && isNumberByte(bytes[i]!)) i += 1;
  return i;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isNumberByte(byte: number): boolean {
  return isDigit(byte) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d;
}

/** The text with its long integers in quotes, so that they survive JSON.parse to the last digit. */
export function quoteLongIntegers(bytes: Buffer, longIntegers: readonly number[]): string {
  if (longIntegers.length === 0) return bytes.toString("utf8");
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < longIntegers.length; i += 2) {
    const start = longIntegers[i]!;
    const end = longIntegers[i + 1]!;
    parts.push(bytes.toString("utf8", from, start), '"', bytes.toString("latin1", start, end), '"');
    from = end;
  }
  parts.push(bytes.toString("utf8", from));
  return parts.join("");
}
