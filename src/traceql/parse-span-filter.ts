import { checkComparison } from "./check-comparison.ts";
import type { Operand } from "./check-comparison.ts";
import { FilterSyntaxError, locateError } from "./filter-error.ts";
import type { FilterError } from "./filter-error.ts";
import { meaningOf } from "./known-words.ts";
import { COMPARISONS, afterBraces, refuseOperator, unexpected } from "./refuse-token.ts";
import type { ComparisonOperator, SpanFilter } from "./span-filter.ts";
import { tokenize } from "./tokenize.ts";
import type { Token } from "./tokenize.ts";

export type ParsedSpanFilter =
  | { readonly ok: true; readonly filter: SpanFilter }
  | { readonly ok: false; readonly error: FilterError };

const MAX_LENGTH = 16_384;
const MAX_DEPTH = 64;
const MAX_COMPARISONS = 500;

/**
 * Reads a TraceQL span filter: one pair of braces with conditions on a single span. Pipelines, structural operators and
 * everything else that needs a whole trace is refused with a message that says so.
 */
export function parseSpanFilter(text: string): ParsedSpanFilter {
  try {
    if (text.length > MAX_LENGTH)
      throw new FilterSyntaxError(`longer than ${MAX_LENGTH} characters`, MAX_LENGTH);
    const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
    if (loneSurrogate !== null) throw new FilterSyntaxError("half of a surrogate pair", loneSurrogate.index);
    return {
      ok: true,
      filter: parseBraces({ tokens: tokenize(checkBraces(text)), next: 0, comparisons: 0 }),
    };
  } catch (error) {
    if (error instanceof FilterSyntaxError) return { ok: false, error: locateError(text, error) };
    throw error;
  }
}

/** Said before anything else: without braces the other messages would mislead. */
function checkBraces(text: string): string {
  const first = /\S/.exec(text);
  if (first === null) throw new FilterSyntaxError("the filter is empty", 0, "{ } matches every span");
  if (first[0] === "{") return text;
  if (first[0] === "(" && text.includes("{")) {
    throw new FilterSyntaxError(
      "combined span sets are not supported in an SLI filter",
      first.index,
      "one { … } only",
    );
  }
  throw new FilterSyntaxError(
    "the braces are missing",
    first.index,
    `{ ${text.trim().replace(/\}$/, "").trim()} }`,
  );
}

/** Where the recursive descent is in one text. */
interface Cursor {
  readonly tokens: readonly Token[];
  next: number;
  comparisons: number;
}

function parseBraces(cursor: Cursor): SpanFilter {
  take(cursor);
  const filter: SpanFilter = isSymbol(peek(cursor), "}")
    ? { type: "constant", value: true }
    : parseAny(cursor, 0);
  const close = take(cursor);
  if (!isSymbol(close, "}")) throw unexpected(close, "&&, || or }");
  const after = take(cursor);
  if (after.type !== "end") throw afterBraces(after);
  return filter;
}

function parseAny(cursor: Cursor, depth: number): SpanFilter {
  return parseList(cursor, "any", "||", () =>
    parseList(cursor, "all", "&&", () => parseUnary(cursor, depth)),
  );
}

function parseList(
  cursor: Cursor,
  type: "all" | "any",
  symbol: string,
  parseOperand: () => SpanFilter,
): SpanFilter {
  const operands: SpanFilter[] = [];
  do {
    const operand = parseOperand();
    if (operand.type === type) operands.push(...operand.operands);
    else operands.push(operand);
  } while (skipSymbol(cursor, symbol));
  return operands.length === 1 && operands[0] !== undefined ? operands[0] : { type, operands };
}

function parseUnary(cursor: Cursor, depth: number): SpanFilter {
  const token = peek(cursor);
  if (depth > MAX_DEPTH) throw new FilterSyntaxError(`nested deeper than ${MAX_DEPTH}`, token.start);
  if (skipSymbol(cursor, "!")) {
    const inner = peek(cursor);
    const first = cursor.next;
    const operand = parseUnary(cursor, depth + 1);
    const isBare = inner.type === "symbol" || cursor.next === first + 1;
    if (isBare) return { type: "not", operand };
    throw new FilterSyntaxError(
      "! binds tighter than a comparison",
      token.start,
      "write !( … ) around the comparison",
    );
  }
  if (!skipSymbol(cursor, "(")) return parseComparison(cursor);
  const inner = parseAny(cursor, depth + 1);
  const close = take(cursor);
  if (!isSymbol(close, ")")) throw unexpected(close, "&&, || or )");
  refuseOperator(peek(cursor), "a group in parentheses is not compared with anything");
  return inner;
}

function parseComparison(cursor: Cursor): SpanFilter {
  const left = readOperand(take(cursor));
  cursor.comparisons += 1;
  if (cursor.comparisons > MAX_COMPARISONS) {
    throw new FilterSyntaxError(`more than ${MAX_COMPARISONS} comparisons`, left.token.start);
  }
  const operator = peek(cursor);
  if (operator.type === "symbol" && COMPARISONS.has(operator.text)) {
    take(cursor);
    const right = readOperand(take(cursor));
    refuseOperator(peek(cursor), "a comparison has two sides");
    return checkComparison(left, operator.text as ComparisonOperator, operator.start, right);
  }
  refuseOperator(operator, "");
  if (left.type === "literal" && left.literal.type === "boolean") {
    return { type: "constant", value: left.literal.value };
  }
  if (left.type === "field" && left.field.type === "attribute") {
    return {
      type: "comparison",
      field: left.field,
      operator: "=",
      literal: { type: "boolean", value: true },
    };
  }
  throw unexpected(operator, "a comparison (=, !=, =~, !~, <, <=, >, >=)");
}

const peek = (cursor: Cursor): Token => cursor.tokens[Math.min(cursor.next, cursor.tokens.length - 1)]!;

function take(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.next += 1;
  return token;
}

const isSymbol = (token: Token, text: string) => token.type === "symbol" && token.text === text;

function skipSymbol(cursor: Cursor, text: string): boolean {
  const found = isSymbol(peek(cursor), text);
  if (found) cursor.next += 1;
  return found;
}

function readOperand(token: Token): Operand {
  switch (token.type) {
    case "literal":
      return { type: "literal", literal: token.literal, token };
    case "attribute":
      return { type: "field", field: { type: "attribute", scope: token.scope, key: token.key }, token };
    case "word":
      return readWord(token.text, token);
    case "symbol":
    case "end":
      throw unexpected(token, "a field (span.x, resource.x, .x, name, duration …) or a literal");
  }
}

function readWord(text: string, token: Token): Operand {
  const meaning = meaningOf(text);
  switch (meaning.type) {
    case "intrinsic":
      if (meaning.word === "nestedSetParent" || meaning.word === "parentId") {
        return { type: "root", word: meaning.word, token };
      }
      return { type: "field", field: { type: "intrinsic", name: meaning.word }, token };
    case "kind":
    case "status":
    case "boolean":
    case "nil":
      return { type: "literal", literal: meaning, token };
    case "unsupported":
      throw new FilterSyntaxError(
        `${text} is not supported in an SLI filter`,
        token.start,
        "a filter sees one span as it arrives, not its trace",
      );
    case "unknown":
      throw new FilterSyntaxError(`${text} is not known`, token.start, meaning.hint);
  }
}
