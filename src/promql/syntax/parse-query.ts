import type { Expr, Matcher } from "../ast.ts";
import { checkTypes } from "./check-types.ts";
import {
  binaryOf,
  binaryOperatorOf,
  parseBinaryModifiers,
  POWER_PRECEDENCE,
  PRECEDENCE,
} from "./parse-binary.ts";
import { ParseFailure } from "./parse-failure.ts";
import { parseModifiers } from "./parse-modifiers.ts";
import { parsePrimary } from "./parse-primary.ts";
import { parseSelector } from "./parse-selector.ts";
import type { ParseError } from "../query-error.ts";
import { createTokenCursor } from "./token-cursor.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { tokenize } from "./tokenize.ts";

export type ParsedQuery =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly error: ParseError };

/** More would make a tree too deep for what works on it. */
const MAX_OPERATORS = 2_000;

/** Reads a PromQL query and checks its types; experimental functions and aggregations are known too. Never throws. */
export function parseQuery(text: string): ParsedQuery {
  const result = attempt(() => {
    const cursor = createCursor(text);
    if (cursor.peek().type === "end") {
      throw new ParseFailure("no expression found in input", { start: 0, end: 0 });
    }
    const expr = cursor.expression();
    if (cursor.peek().type !== "end") throw cursor.unexpected("");
    checkTypes(expr);
    return expr;
  });
  return result.ok ? { ok: true, expr: result.value } : result;
}

/** Reads a selector alone, as in `match[]`: `up`, `{job="api"}`; no range, offset or @. It may match everything. Never throws. */
export function parseMatchers(
  text: string,
):
  | { readonly ok: true; readonly matchers: readonly Matcher[] }
  | { readonly ok: false; readonly error: ParseError } {
  const result = attempt(() => {
    const cursor = createCursor(text);
    const first = cursor.peek();
    if (first.type !== "word" && first.type !== "metric" && first.text !== "{")
      throw cursor.unexpected("", "a selector");
    const selector = parseSelector(cursor);
    if (cursor.peek().type !== "end") throw cursor.unexpected("");
    return selector.matchers;
  });
  return result.ok ? { ok: true, matchers: result.value } : result;
}

function attempt<T>(
  parse: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ParseError } {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    return {
      ok: false,
      error: { message: error.message, range: { start: error.range.start, end: error.range.end } },
    };
  }
}

function createCursor(text: string): TokenCursor {
  let operators = 0;
  return createTokenCursor(tokenize(text), (cursor) => {
    const countOperator = (): void => {
      operators += 1;
      if (operators <= MAX_OPERATORS) return;
      const { start, end } = cursor.peek();
      throw new ParseFailure(`more than ${MAX_OPERATORS} operators in one query`, { start, end });
    };
    return parseBinary(cursor, 1, countOperator);
  });
}

/** Reads operands and operators that bind at least as tightly as `lowest`. */
function parseBinary(cursor: TokenCursor, lowest: number, countOperator: () => void): Expr {
  let left = parseUnary(cursor, countOperator);
  for (;;) {
    const token = cursor.peek();
    const operator = binaryOperatorOf(token);
    const precedence = operator === undefined ? 0 : PRECEDENCE.get(operator)!;
    if (operator === undefined || precedence < lowest) return left;
    countOperator();
    cursor.next();
    const modifiers = parseBinaryModifiers(cursor);
    const right = parseBinary(cursor, operator === "^" ? precedence : precedence + 1, countOperator);
    left = binaryOf(operator, { start: token.start, end: token.end }, left, right, modifiers);
  }
}

/** A sign before an operand takes in powers: `-1 ^ 2` is -(1 ^ 2). Before a number it is part of the number. */
function parseUnary(cursor: TokenCursor, countOperator: () => void): Expr {
  const sign = cursor.accept("-") ?? cursor.accept("+");
  if (sign === undefined) return parseModifiers(cursor, parsePrimary(cursor));
  countOperator();
  const operator = sign.text as "+" | "-";
  const operand = parseBinary(cursor, POWER_PRECEDENCE, countOperator);
  const range = { start: sign.start, end: operand.range.end };
  if (operand.type === "number") {
    return { type: "number", value: operator === "-" ? -operand.value : operand.value, range };
  }
  return { type: "unary", operator, operand, range };
}
