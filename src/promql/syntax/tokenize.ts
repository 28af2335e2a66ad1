import { goQuote } from "./go-quote.ts";
import { AGGREGATES, KEYWORDS, WORD_OPERATORS } from "./keywords.ts";
import { ParseFailure } from "./parse-failure.ts";
import { readString } from "./read-string.ts";

/** A piece of a query; UTF-16 offsets, `end` exclusive. */
export interface Token {
  /**
   * word: a name, keywords included (`keyword` is then set) · metric: a name with colons · symbol: operators and
   * brackets · error: what cannot be read, `text` being the message; nothing follows it.
   */
  readonly type: "word" | "metric" | "number" | "duration" | "string" | "symbol" | "end" | "error";
  /** As written; of a string, its value. */
  readonly text: string;
  /** In lower case; undefined where the word has no meaning of its own. */
  readonly keyword?: string;
  readonly start: number;
  readonly end: number;
}

interface Place {
  inBraces: boolean;
  inBrackets: boolean;
}

const SPACE = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const NUMBER =
  /(?:0[xX](?:_?[0-9a-fA-F])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)(?![A-Za-z0-9_])/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_])/y;
const BAD_NUMBER = /[A-Za-z0-9_.]+/y;
const SYMBOL = /==|!=|=~|!~|<=|>=|[-+*/%^=<>(){}[\],@:]/y;

/** Cuts a query into tokens; the last one is of type `end` or `error`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const place: Place = { inBraces: false, inBrackets: false };
  let at = skipSpace(text, 0);
  try {
    while (at < text.length) {
      const token = readToken(text, at, place);
      tokens.push(token);
      at = skipSpace(text, token.end);
    }
    tokens.push({ type: "end", text: "", start: text.length, end: text.length });
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    tokens.push({ type: "error", text: error.message, ...error.range });
  }
  return tokens;
}

function skipSpace(text: string, at: number): number {
  return at + (match(SPACE, text, at)?.length ?? 0);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function readToken(text: string, start: number, place: Place): Token {
  const character = text[start]!;
  if (character === '"' || character === "'" || character === "`") {
    const { value, end } = readString(text, start);
    return { type: "string", text: value, start, end };
  }
  const word = match(place.inBraces || place.inBrackets ? WORD : NAME, text, start);
  if (word !== undefined) return wordToken(word, start, place);
  if (/^\.?\d/.test(text.slice(start, start + 2))) return numberToken(text, start);
  const symbol = match(SYMBOL, text, start);
  if (symbol === undefined) throw unreadable(text, start);
  if (symbol === "{" || symbol === "}") place.inBraces = symbol === "{";
  if (symbol === "[" || symbol === "]") place.inBrackets = symbol === "[";
  return { type: "symbol", text: symbol, start, end: start + symbol.length };
}

function wordToken(word: string, start: number, place: Place): Token {
  const end = start + word.length;
  if (place.inBraces) return { type: "word", text: word, start, end };
  const lower = word.toLowerCase();
  if (lower === "inf" || lower === "nan") return { type: "number", text: word, start, end };
  if (KEYWORDS.has(lower)) return { type: "word", text: word, keyword: lower, start, end };
  return { type: word.includes(":") ? "metric" : "word", text: word, start, end };
}

function numberToken(text: string, start: number): Token {
  const number = match(NUMBER, text, start);
  if (number !== undefined) return { type: "number", text: number, start, end: start + number.length };
  const duration = match(DURATION, text, start);
  if (duration !== undefined)
    return { type: "duration", text: duration, start, end: start + duration.length };
  const bad = match(BAD_NUMBER, text, start)!;
  throw new ParseFailure(`bad number or duration syntax: ${goQuote(bad)}`, {
    start,
    end: start + bad.length,
  });
}

function unreadable(text: string, start: number): ParseFailure {
  const character = String.fromCodePoint(text.codePointAt(start)!);
  const range = { start, end: start + character.length };
  const hint = "“”„‟«»‘’".includes(character) ? ", a typographic quotation mark; use straight ones" : "";
  return new ParseFailure(`unexpected character: '${character}'${hint}`, range);
}

/** As messages name a token: `number "1"`, `<op:and>`, `end of input`. */
export function describeToken(token: Token): string {
  switch (token.type) {
    case "end":
      return "end of input";
    case "error":
      return token.text;
    case "symbol":
      return /^[-+*/%^<>@]|^[=!]=$|~$/.test(token.text) ? `<op:${token.text}>` : goQuote(token.text);
    case "metric":
      return `metric identifier ${goQuote(token.text)}`;
    case "word":
      if (token.keyword === undefined) return `identifier ${goQuote(token.text)}`;
      if (WORD_OPERATORS.has(token.keyword)) return `<op:${token.text}>`;
      return AGGREGATES.has(token.keyword) ? `<aggr:${token.text}>` : `<${token.text}>`;
    case "string":
    case "number":
    case "duration": {
      const shown = token.text.length > 40 ? `${goQuote(token.text.slice(0, 40))}...` : goQuote(token.text);
      return `${token.type} ${shown}`;
    }
  }
}
