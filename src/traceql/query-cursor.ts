import { FilterSyntaxError } from "./filter-error.ts";
import type { QueryScope } from "./query.ts";
import type { Token } from "./tokenize.ts";

export type QueryToken = Token<QueryScope>;

/** Where the recursive descent is in one query. */
export interface QueryCursor {
  readonly tokens: readonly QueryToken[];
  next: number;
  /** Operators and operands so far. */
  nodes: number;
}

const MAX_DEPTH = 64;
const MAX_NODES = 1_000;

export const peekToken = (cursor: QueryCursor): QueryToken =>
  cursor.tokens[Math.min(cursor.next, cursor.tokens.length - 1)]!;

export function takeToken(cursor: QueryCursor): QueryToken {
  const token = peekToken(cursor);
  cursor.next += 1;
  return token;
}

export const isSymbol = (token: QueryToken, text: string): boolean =>
  token.type === "symbol" && token.text === text;

/** The text of the next token where it is one of these symbols, which is then taken. */
export function skipOneOf<T extends string>(cursor: QueryCursor, texts: readonly T[]): T | undefined {
  const token = peekToken(cursor);
  if (token.type !== "symbol") return undefined;
  const found = texts.find((text) => text === token.text);
  if (found !== undefined) cursor.next += 1;
  return found;
}

export const skipSymbol = (cursor: QueryCursor, text: string): boolean =>
  skipOneOf(cursor, [text]) !== undefined;

/** Takes the symbol. Throws FilterSyntaxError where something else stands. */
export function expectSymbol(cursor: QueryCursor, text: string, expected: string): void {
  const token = takeToken(cursor);
  if (!isSymbol(token, text)) throw unexpectedToken(token, expected);
}

/** Keeps hostile texts from using up the stack. */
export function checkSize(cursor: QueryCursor, depth: number): void {
  cursor.nodes += 1;
  const { start } = peekToken(cursor);
  if (depth > MAX_DEPTH) throw new FilterSyntaxError(`nested deeper than ${MAX_DEPTH}`, start);
  if (cursor.nodes > MAX_NODES) throw new FilterSyntaxError(`more than ${MAX_NODES} terms`, start);
}

/** How other query languages join and compare, and what to write here. */
const WORDS_OF_OTHERS: ReadonlyMap<string, string> = new Map([
  ["and", "write &&"],
  ["or", "write ||"],
  ["in", 'write =~ "a|b" for texts, or … = 1 || … = 2'],
  ["is", "write ="],
  ["like", 'write =~ ".*part.*"'],
  ["contains", 'write =~ ".*part.*"'],
  ["matches", 'write =~ "pattern"'],
  ["where", "conditions stand in braces: { … }"],
]);

const SYMBOLS_OF_OTHERS: ReadonlyMap<string, string> = new Map([
  ["==", "write ="],
  ["<>", "write !="],
  ["&", "write &&"],
]);

/** What stands where something else has to. */
export function unexpectedToken(token: QueryToken, expected: string): FilterSyntaxError {
  const hint = `expected ${expected}`;
  switch (token.type) {
    case "end":
      return new FilterSyntaxError("the query ends too early", token.start, hint);
    case "symbol": {
      const other = SYMBOLS_OF_OTHERS.get(token.text);
      if (other !== undefined)
        return new FilterSyntaxError(`${token.text} is not an operator`, token.start, other);
      return new FilterSyntaxError(`${token.text} is not expected here`, token.start, hint);
    }
    case "word": {
      const other = WORDS_OF_OTHERS.get(token.text.toLowerCase());
      return new FilterSyntaxError(`${token.text} is not expected here`, token.start, other ?? hint);
    }
    case "attribute":
      return new FilterSyntaxError("an attribute is not expected here", token.start, hint);
    case "literal":
      return new FilterSyntaxError("a value is not expected here", token.start, hint);
  }
}
