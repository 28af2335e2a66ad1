import { ParseFailure } from "./parse-failure.ts";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** Digits that follow \x, \u and \U. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Whether a literal's value is text: it has no byte that is not UTF-8. */
export function isText(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}

interface Piece {
  readonly value: string;
  readonly end: number;
}

/**
 * Reads the string that opens at `start` with ", ' (escapes as in Go) or a backquote (taken as it stands). A byte written
 * as \xNN or \NNN that makes no UTF-8 with its neighbours becomes the lone surrogate U+DC00 + byte, so that the value
 * is not well-formed and still says what was written. Throws ParseFailure.
 */
export function readString(text: string, start: number): Piece {
  return text[start] === "`" ? readRaw(text, start) : readQuoted(text, start, text[start]!);
}

function readRaw(text: string, start: number): Piece {
  const end = text.indexOf("`", start + 1);
  if (end < 0) throw new ParseFailure("unterminated raw string", { start, end: text.length });
  return { value: text.slice(start + 1, end), end: end + 1 };
}

function readQuoted(text: string, start: number, quote: string): Piece {
  let value = "";
  let bytes: number[] = [];
  let at = start + 1;
  for (;;) {
    const character = text[at];
    if (character === undefined || character === "\n") {
      throw new ParseFailure("unterminated quoted string", { start, end: at });
    }
    const escaped = character === "\\" ? readEscape(text, at, quote) : undefined;
    if (escaped !== undefined && "byte" in escaped) {
      bytes.push(escaped.byte);
      at = escaped.end;
      continue;
    }
    value += decodeBytes(bytes);
    bytes = [];
    if (character === quote) return { value, end: at + 1 };
    value += escaped?.value ?? character;
    at = escaped?.end ?? at + 1;
  }
}

function readEscape(text: string, at: number, quote: string): Piece | { byte: number; end: number } {
  const letter = text[at + 1] ?? "";
  if (letter === quote) return { value: quote, end: at + 2 };
  const simple = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
  if (simple !== undefined) return { value: simple, end: at + 2 };
  if (letter >= "0" && letter <= "7") return readByte(text, at, at + 1, 3, 8);
  if (letter === "x") return readByte(text, at, at + 2, 2, 16);
  const digits = Object.hasOwn(HEX_DIGITS, letter) ? HEX_DIGITS[letter]! : undefined;
  if (digits === undefined) {
    const range = { start: at, end: Math.min(at + 2, text.length) };
    if (letter === "") throw new ParseFailure("escape sequence not terminated", range);
    throw new ParseFailure(`unknown escape sequence \\${letter}`, range);
  }
  const code = readDigits(text, at, at + 2, digits, 16);
  if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) {
    const range = { start: at, end: at + 2 + digits };
    throw new ParseFailure("escape sequence is an invalid Unicode code point", range);
  }
  return { value: String.fromCodePoint(code), end: at + 2 + digits };
}

function readByte(text: string, at: number, from: number, digits: number, base: number) {
  const byte = readDigits(text, at, from, digits, base);
  const end = from + digits;
  if (byte > 0xff) throw new ParseFailure("escape sequence is above \\377", { start: at, end });
  return { byte, end };
}

function readDigits(text: string, at: number, from: number, digits: number, base: number): number {
  const written = text.slice(from, from + digits);
  if (written.length === digits && (base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(written)) {
    return Number.parseInt(written, base);
  }
  throw new ParseFailure(`\\${text.slice(at + 1, from + digits)} is not a whole escape sequence`, {
    start: at,
    end: Math.min(from + digits, text.length),
  });
}

/** UTF-8, each byte that is not part of it as a lone surrogate. */
function decodeBytes(bytes: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const length = utf8Length(bytes[i]!);
    const character = length === 0 ? undefined : decodeWhole(bytes.slice(i, i + length), length);
    text += character ?? String.fromCharCode(0xdc00 + bytes[i]!);
    i += character === undefined ? 1 : length;
  }
  return text;
}

function utf8Length(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

function decodeWhole(bytes: readonly number[], length: number): string | undefined {
  if (bytes.length !== length) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
