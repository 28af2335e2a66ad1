import { durationOfSeconds, parseDurationText } from "./duration-text.ts";
import { goQuote } from "./go-quote.ts";
import { ParseFailure } from "./parse-failure.ts";
import type { TokenCursor } from "./token-cursor.ts";
import type { Token } from "./tokenize.ts";

const MAX_INTEGER = 2n ** 63n - 1n;

/** The value of a number or, in seconds, of a duration. Throws ParseFailure. */
export function numberOf(token: Token): number {
  if (token.type === "duration") return durationOf(token) / 1_000;
  const lower = token.text.toLowerCase();
  if (lower === "inf") return Infinity;
  if (lower === "nan") return Number.NaN;
  const digits = lower.replaceAll("_", "");
  // A leading zero makes it octal where it can be, as in Go.
  const isOctal = /^0[0-7]+$/.test(digits) && BigInt(`0o${digits.slice(1)}`) <= MAX_INTEGER;
  if (isOctal) return Number.parseInt(digits, 8);
  const isHex = digits.startsWith("0x");
  const value = Number(digits);
  if (Number.isFinite(value) && !(isHex && BigInt(digits) > MAX_INTEGER)) return value;
  throw new ParseFailure(`error parsing number: ${goQuote(token.text)} is out of range`, token);
}

/** The length of a duration in milliseconds. Throws ParseFailure. */
function durationOf(token: Token): number {
  const ms = parseDurationText(token.text);
  if (ms === undefined) throw new ParseFailure(`not a valid duration string: ${goQuote(token.text)}`, token);
  return ms;
}

/** Whether a number or a duration comes next. */
export function isNumberNext(cursor: TokenCursor): boolean {
  const { type } = cursor.peek();
  return type === "number" || type === "duration";
}

/** Reads a duration, or a number of seconds, of at least a millisecond; in milliseconds. */
export function parsePositiveDuration(cursor: TokenCursor, context: string, expected = "duration"): number {
  if (!isNumberNext(cursor)) throw cursor.unexpected(context, expected);
  const token = cursor.next();
  const ms = durationMsOf(token);
  if (ms <= 0) throw new ParseFailure("duration must be greater than 0", token);
  return ms;
}

/** Reads a duration, or a number of seconds, with or without a sign; in milliseconds. */
export function parseSignedDuration(cursor: TokenCursor, context: string): number {
  const negative = readSign(cursor);
  if (!isNumberNext(cursor)) throw cursor.unexpected(context, "number or duration");
  const ms = durationMsOf(cursor.next());
  return negative && ms !== 0 ? -ms : ms;
}

/** Reads a number, or a duration as seconds, with or without a sign. */
export function parseSignedNumber(cursor: TokenCursor, context: string, expected: string): number {
  const negative = readSign(cursor);
  if (!isNumberNext(cursor)) throw cursor.unexpected(context, expected);
  const value = numberOf(cursor.next());
  return negative ? -value : value;
}

function readSign(cursor: TokenCursor): boolean {
  if (cursor.accept("-") !== undefined) return true;
  cursor.accept("+");
  return false;
}

function durationMsOf(token: Token): number {
  const ms = token.type === "duration" ? durationOf(token) : durationOfSeconds(numberOf(token));
  if (ms === undefined) throw new ParseFailure("duration out of range", token);
  return ms;
}
