import type { Expr } from "../ast.ts";
import { goQuote } from "./go-quote.ts";
import { ParseFailure } from "./parse-failure.ts";
import { describeToken } from "./tokenize.ts";
import type { Token } from "./tokenize.ts";

/** Where a parse stands in its tokens. */
export interface TokenCursor {
  peek(): Token;
  /** The one after the next. */
  peekSecond(): Token;
  /** Where the token taken last ends. */
  lastEnd(): number;
  /** Takes the next token; the last one again and again. */
  next(): Token;
  /** Takes the next token if it is this symbol. */
  accept(symbol: string): Token | undefined;
  /** Takes the next token if it is this keyword. */
  acceptKeyword(keyword: string): Token | undefined;
  /** Takes the next token, which must be this symbol; `context` is what is being read. */
  expect(symbol: string, context: string): Token;
  /** The next token has no place here. */
  unexpected(context: string, expected?: string): ParseFailure;
  /** Reads an inner expression; fails where they nest too deeply. */
  expression(): Expr;
}

/** Deeper nesting would exhaust the stack of the parser or of what works on its result. */
const MAX_DEPTH = 200;

export function createTokenCursor(
  tokens: readonly Token[],
  parseExpression: (cursor: TokenCursor) => Expr,
): TokenCursor {
  let at = 0;
  let depth = 0;
  let lastEnd = 0;
  const last = tokens.length - 1;
  const isSymbol = (symbol: string): boolean => tokens[at]!.type === "symbol" && tokens[at]!.text === symbol;
  const cursor: TokenCursor = {
    peek: () => tokens[at]!,
    peekSecond: () => tokens[Math.min(at + 1, last)]!,
    lastEnd: () => lastEnd,
    next() {
      const token = tokens[at]!;
      if (token.type === "error") throw new ParseFailure(token.text, token);
      lastEnd = token.end;
      at = Math.min(at + 1, last);
      return token;
    },
    accept: (symbol) => (isSymbol(symbol) ? cursor.next() : undefined),
    acceptKeyword: (keyword) => (tokens[at]!.keyword === keyword ? cursor.next() : undefined),
    expect(symbol, context) {
      if (!isSymbol(symbol)) throw cursor.unexpected(context, goQuote(symbol));
      return cursor.next();
    },
    unexpected(context, expected) {
      const token = tokens[at]!;
      const range = { start: token.start, end: token.end };
      if (token.type === "error") return new ParseFailure(token.text, range);
      const place = context === "" ? "" : ` in ${context}`;
      const wanted = expected === undefined ? "" : `, expected ${expected}`;
      return new ParseFailure(`unexpected ${describeToken(token)}${place}${wanted}`, range);
    },
    expression() {
      depth += 1;
      if (depth > MAX_DEPTH) {
        const { start, end } = tokens[at]!;
        throw new ParseFailure(`expressions are nested more than ${MAX_DEPTH} deep`, { start, end });
      }
      const expr = parseExpression(cursor);
      depth -= 1;
      return expr;
    },
  };
  return cursor;
}
