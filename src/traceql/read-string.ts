import { FilterSyntaxError } from "./filter-error.ts";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** Digits that follow \x, \u and \U. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads the string that opens at `start` with a double quote (escapes as in Go) or a backquote (taken as it stands). */
export function readString(text: string, start: number): { readonly value: string; readonly end: number } {
  return text[start] === "`" ? readRaw(text, start) : readQuoted(text, start);
}

function readRaw(text: string, start: number): { readonly value: string; readonly end: number } {
  const end = text.indexOf("`", start + 1);
  if (end < 0) throw new FilterSyntaxError("this string is never closed", start, "end it with a backquote");
  return { value: text.slice(start + 1, end), end: end + 1 };
}

function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  let at = start + 1;
  for (;;) {
    const character = text[at];
    if (character === undefined || character === "\n") {
      throw new FilterSyntaxError("this string is never closed", start, 'end it with " on the same line');
    }
    if (character === '"') return { value, end: at + 1 };
    if (character === "\\") {
      const escape = readEscape(text, at);
      value += escape.value;
      at = escape.end;
    } else {
      value += character;
      at += 1;
    }
  }
}

function readEscape(text: string, at: number): { readonly value: string; readonly end: number } {
  const letter = text[at + 1] ?? "";
  const simple = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
  if (simple !== undefined) return { value: simple, end: at + 2 };
  const digits = Object.hasOwn(HEX_DIGITS, letter) ? HEX_DIGITS[letter] : undefined;
  if (digits !== undefined) {
    const hex = text.slice(at + 2, at + 2 + digits);
    const codePoint = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
    const highest = letter === "x" ? 0x7f : 0x10_ffff;
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    if (codePoint >= 0 && codePoint <= highest && !isSurrogate) {
      return { value: String.fromCodePoint(codePoint), end: at + 2 + digits };
    }
    throw new FilterSyntaxError(
      `\\${letter}${hex} is not a character`,
      at,
      "write the character itself or \\uXXXX",
    );
  }
  throw new FilterSyntaxError(
    `\\${letter} is not an escape that strings know`,
    at,
    `write \\\\${letter}, or put the whole string in backquotes, where a backslash is a backslash`,
  );
}
