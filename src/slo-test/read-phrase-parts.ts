import { suggestName } from "../model/nearest-name.ts";
import { readLength } from "./read-length.ts";
import type { Marks, TimeRange } from "./test-case.ts";
import type { Token, TokenReader } from "./tokens.ts";

export interface PhraseContext {
  readonly tokens: TokenReader;
  readonly marks: Marks;
  /** When the traffic ends, from time 0. */
  readonly endMs: number;
}

/** `between 12m and 14m`, `before 2h`, `after outage`, `at 3h`, `within 2m of outage`; all of the case where nothing is written. */
export function readRange(context: PhraseContext): TimeRange {
  const { tokens, endMs } = context;
  const ever = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  if (tokens.peek() === undefined) return ever;
  if (tokens.takes("between")) {
    const fromMs = readTime(context);
    if (!tokens.takes("and")) tokens.fail('expected "and"', 'write "between 12m and 14m"');
    const toMs = readTime(context);
    if (toMs < fromMs) tokens.fail("the second time is before the first", "write the earlier time first");
    return { fromMs, toMs };
  }
  if (tokens.takes("within")) {
    const lengthMs = readLengthTokens(tokens);
    if (!tokens.takes("of")) tokens.fail('expected "of"', 'write "within 2m of outage"');
    const fromMs = readTime(context);
    return { fromMs, toMs: Math.min(fromMs + lengthMs, endMs) };
  }
  if (tokens.takes("before")) return { ...ever, toMs: readTime(context) };
  if (tokens.takes("after")) return { ...ever, fromMs: readTime(context) };
  if (tokens.takes("at")) {
    const atMs = readTime(context);
    return { fromMs: atMs, toMs: atMs };
  }
  const word = tokens.peek()!;
  return tokens.fail(
    `"${word}" is not understood here`,
    suggestName(word, ["between", "before", "after", "within", "at", "once", "twice"]),
  );
}

/** `12m`, `1d 2h`, `outage`, `outage + 5m`, `end`: milliseconds from time 0. */
export function readTime(context: PhraseContext): number {
  const { tokens, marks, endMs } = context;
  const start = tokens.here();
  const token = tokens.peek();
  if (token === undefined) return tokens.fail("a time is missing", "write a time, e.g. 12m or 1h30m");
  if (/^-?\d/.test(token)) return inTraffic(context, readSignedLength(tokens), start);
  const mark = token === "end" ? endMs : marks.get(token);
  const word = tokens.next()!;
  if (mark === undefined) {
    const known = [...marks.keys(), "end"];
    const hint = `${suggestName(token, known)}; a time is written as 12m or 1h30m, a mark by mark: name in a step`;
    return tokens.fail(`nothing is marked as "${token}"`, hint, word);
  }
  if (tokens.takes("+")) return inTraffic(context, mark + readLengthTokens(tokens), start);
  if (tokens.takes("-")) return inTraffic(context, mark - readLengthTokens(tokens), start);
  return mark;
}

function inTraffic({ tokens, endMs }: PhraseContext, atMs: number, written: Token): number {
  if (atMs <= endMs) return atMs;
  const hint = "add a step to the traffic, or write an earlier time";
  return tokens.fail("the time lies behind the end of the traffic", hint, written);
}

function readSignedLength(tokens: TokenReader): number {
  const negative = tokens.peek()!.startsWith("-");
  return negative ? -readLengthTokens(tokens) : readLengthTokens(tokens);
}

/** One length or several in a row: `1d 2h`. */
function readLengthTokens(tokens: TokenReader): number {
  let sumMs: number | undefined;
  while (/^-?\d/.test(tokens.peek() ?? "")) {
    const token = tokens.next()!;
    const length = readLength(token.text.replace(/^-/, ""));
    if (!("ms" in length)) return tokens.fail(length.message, length.hint, token);
    sumMs = (sumMs ?? 0) + length.ms;
  }
  return sumMs ?? tokens.fail("a length of time is missing", "write one, e.g. 2m or 1h30m");
}

/** `0.95`, `95%`, `95 %`. */
export function readRatio(tokens: TokenReader): number {
  const token = tokens.next();
  const [, digits, sign] = /^(-?\d+(?:\.\d+)?)(%?)$/.exec(token?.text ?? "") ?? [];
  if (digits === undefined) {
    const found = token === undefined ? "nothing" : `"${token.text}"`;
    return tokens.fail(`expected a share of the budget, found ${found}`, "write 0.95 or 95%", token);
  }
  const percent = sign === "%" || tokens.takes("%");
  return Number(digits) / (percent ? 100 : 1);
}
