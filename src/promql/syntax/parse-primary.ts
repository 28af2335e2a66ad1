import type { Aggregate, AggregateOperator, Call, Expr } from "../ast.ts";
import { FUNCTION_SIGNATURES } from "./function-signatures.ts";
import { goQuote } from "./go-quote.ts";
import { AGGREGATES, PARAMETER_AGGREGATES } from "./keywords.ts";
import { nearestName } from "../../model/nearest-name.ts";
import { numberOf } from "./number-literal.ts";
import { parseLabelList } from "./parse-label-list.ts";
import { ParseFailure } from "./parse-failure.ts";
import { isMetricName, parseSelector } from "./parse-selector.ts";
import type { TokenCursor } from "./token-cursor.ts";
import type { Token } from "./tokenize.ts";

/** Reads an operand without sign and modifiers. */
export function parsePrimary(cursor: TokenCursor): Expr {
  const token = cursor.peek();
  if (token.type === "number" || token.type === "duration") {
    cursor.next();
    return { type: "number", value: numberOf(token), range: rangeOf(token) };
  }
  if (token.type === "string") {
    cursor.next();
    return { type: "string", value: token.text, range: rangeOf(token) };
  }
  if (token.type === "symbol" && token.text === "(") return parseParen(cursor);
  if (token.type === "word" && isAggregation(cursor)) return parseAggregate(cursor);
  const called = cursor.peekSecond();
  if (
    token.type === "word" &&
    called.type === "symbol" &&
    called.text === "(" &&
    token.keyword === undefined
  ) {
    return parseCall(cursor);
  }
  if (isMetricName(token) || (token.type === "symbol" && token.text === "{")) return parseSelector(cursor);
  throw cursor.unexpected("", token.type === "end" ? "an expression" : undefined);
}

function rangeOf(token: Token): { start: number; end: number } {
  return { start: token.start, end: token.end };
}

function parseParen(cursor: TokenCursor): Expr {
  const open = cursor.next();
  const operand = cursor.expression();
  const close = closeParen(cursor, open, "paren expression", '")"');
  return { type: "paren", operand, range: { start: open.start, end: close.end } };
}

function closeParen(cursor: TokenCursor, open: Token, context: string, expected: string): Token {
  const close = cursor.accept(")");
  if (close !== undefined) return close;
  if (cursor.peek().type === "end") throw new ParseFailure("unclosed left parenthesis", rangeOf(open));
  throw cursor.unexpected(context, expected);
}

function parseCall(cursor: TokenCursor): Call {
  const name = cursor.next();
  const { args, end } = parseArguments(cursor, "function call");
  if (!FUNCTION_SIGNATURES.has(name.text)) {
    const near = nearestName(name.text, [...FUNCTION_SIGNATURES.keys(), ...AGGREGATES]);
    const hint = near === undefined ? "" : `, did you mean ${goQuote(near)}?`;
    throw new ParseFailure(`unknown function with name ${goQuote(name.text)}${hint}`, rangeOf(name));
  }
  return { type: "call", name: name.text, args, range: { start: name.start, end } };
}

function parseArguments(
  cursor: TokenCursor,
  context: string,
): { readonly args: readonly Expr[]; readonly end: number } {
  const open = cursor.expect("(", context);
  const args: Expr[] = [];
  const empty = cursor.accept(")");
  if (empty !== undefined) return { args, end: empty.end };
  for (;;) {
    args.push(cursor.expression());
    const comma = cursor.accept(",");
    if (comma === undefined) return { args, end: closeParen(cursor, open, context, '"," or ")"').end };
    const next = cursor.peek();
    if (next.type === "symbol" && next.text === ")") {
      throw new ParseFailure("trailing commas not allowed in function call args", rangeOf(comma));
    }
  }
}

/** `sum(…)`, `sum by (…)`; `sum` alone is a metric of that name. */
function isAggregation(cursor: TokenCursor): boolean {
  const second = cursor.peekSecond();
  return (
    AGGREGATES.has(cursor.peek().keyword ?? "") &&
    (second.keyword === "by" ||
      second.keyword === "without" ||
      (second.type === "symbol" && second.text === "("))
  );
}

function parseAggregate(cursor: TokenCursor): Aggregate {
  const name = cursor.next();
  const operator = name.keyword as AggregateOperator;
  let grouping = parseGrouping(cursor);
  const { args, end } = parseArguments(cursor, "aggregation");
  let range = { start: name.start, end };
  if (grouping === undefined) {
    grouping = parseGrouping(cursor);
    if (grouping !== undefined) range = { start: name.start, end: cursor.lastEnd() };
  }
  const takesParameter = PARAMETER_AGGREGATES.has(operator);
  const expected = takesParameter ? 2 : 1;
  if (args.length === 0) throw new ParseFailure("no arguments for aggregate expression provided", range);
  if (args.length !== expected) {
    const message = `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`;
    throw new ParseFailure(message, range);
  }
  return {
    type: "aggregate",
    operator,
    operand: args[expected - 1]!,
    parameter: takesParameter ? args[0] : undefined,
    without: grouping?.without ?? false,
    labels: grouping?.labels ?? [],
    range,
  };
}

function parseGrouping(
  cursor: TokenCursor,
): { readonly without: boolean; readonly labels: readonly string[] } | undefined {
  const without = cursor.acceptKeyword("without") !== undefined;
  if (!without && cursor.acceptKeyword("by") === undefined) return undefined;
  return { without, labels: parseLabelList(cursor) };
}
