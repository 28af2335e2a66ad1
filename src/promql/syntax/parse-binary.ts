import type { Binary, BinaryOperator, Expr, Range, VectorMatching } from "../ast.ts";
import { goQuote } from "./go-quote.ts";
import { parseLabelList } from "./parse-label-list.ts";
import { ParseFailure } from "./parse-failure.ts";
import type { TokenCursor } from "./token-cursor.ts";
import type { Token } from "./tokenize.ts";
import { typeOf } from "./type-of.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
const SET_OPERATORS: ReadonlySet<string> = new Set(["and", "or", "unless"]);

/** How tightly an operator binds; of equals the left one binds first, but for `^`. A sign binds as `*`. */
export const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ["unless", 2],
  ...[...COMPARISONS].map((operator) => [operator, 3] as const),
  ["+", 4],
  ["-", 4],
  ["*", 5],
  ["/", 5],
  ["%", 5],
  ["atan2", 5],
  ["^", 6],
]);

export const POWER_PRECEDENCE = 6;

/** The operator that this token is, or undefined. */
export function binaryOperatorOf(token: Token): BinaryOperator | undefined {
  const text = token.type === "symbol" ? token.text : (token.keyword ?? "");
  return PRECEDENCE.has(text) ? (text as BinaryOperator) : undefined;
}

/** What may stand between an operator and its right side. */
export interface BinaryModifiers {
  readonly returnBool: boolean;
  /** undefined: neither on nor ignoring was written. */
  readonly matching: VectorMatching | undefined;
}

/** Reads `bool`, `on(…)` or `ignoring(…)`, and `group_left(…)` or `group_right(…)`. */
export function parseBinaryModifiers(cursor: TokenCursor): BinaryModifiers {
  const returnBool = cursor.acceptKeyword("bool") !== undefined;
  const on = cursor.acceptKeyword("on");
  if (on === undefined && cursor.acceptKeyword("ignoring") === undefined) {
    return { returnBool, matching: undefined };
  }
  const labels = parseLabelList(cursor);
  const left = cursor.acceptKeyword("group_left");
  const right = left === undefined ? cursor.acceptKeyword("group_right") : undefined;
  const grouped = left !== undefined || right !== undefined;
  const hasList = grouped && cursor.peek().type === "symbol" && cursor.peek().text === "(";
  return {
    returnBool,
    matching: {
      cardinality: left !== undefined ? "many-to-one" : right !== undefined ? "one-to-many" : "one-to-one",
      on: on !== undefined,
      labels,
      include: hasList ? parseLabelList(cursor) : [],
    },
  };
}

/** Joins both sides; refuses modifiers that do not fit the operator or the sides. `at` is where the operator stands. */
export function binaryOf(
  operator: BinaryOperator,
  at: Range,
  left: Expr,
  right: Expr,
  modifiers: BinaryModifiers,
): Binary {
  const range = { start: left.range.start, end: right.range.end };
  const isComparison = COMPARISONS.has(operator);
  if (modifiers.returnBool && !isComparison) {
    throw new ParseFailure("bool modifier can only be used on comparison operators", at);
  }
  const leftType = typeOf(left);
  const rightType = typeOf(right);
  if (isComparison && !modifiers.returnBool && leftType === "scalar" && rightType === "scalar") {
    throw new ParseFailure("comparisons between scalars must use BOOL modifier", at);
  }
  for (const [side, type] of [
    [left, leftType],
    [right, rightType],
  ] as const) {
    if (type !== "scalar" && type !== "vector") {
      const message = "binary expression must contain only scalar and instant vector types";
      throw new ParseFailure(message, side.range);
    }
  }
  const matching = checkMatching(
    operator,
    at,
    range,
    modifiers.matching,
    leftType === "vector" && rightType === "vector",
  );
  return { type: "binary", operator, left, right, returnBool: modifiers.returnBool, matching, range };
}

function checkMatching(
  operator: BinaryOperator,
  at: Range,
  range: Range,
  written: VectorMatching | undefined,
  areVectors: boolean,
): VectorMatching | undefined {
  const twice =
    written?.on === true ? written.labels.find((label) => written.include.includes(label)) : undefined;
  if (twice !== undefined) {
    throw new ParseFailure(`label ${goQuote(twice)} must not occur in ON and GROUP clause at once`, at);
  }
  const isSet = SET_OPERATORS.has(operator);
  if (!areVectors) {
    if (written !== undefined && written.labels.length > 0) {
      throw new ParseFailure("vector matching only allowed between instant vectors", range);
    }
    if (isSet) {
      throw new ParseFailure(
        `set operator ${goQuote(operator)} not allowed in binary scalar expression`,
        range,
      );
    }
    return undefined;
  }
  if (!isSet) return written ?? { cardinality: "one-to-one", on: false, labels: [], include: [] };
  if (written !== undefined && written.cardinality !== "one-to-one") {
    throw new ParseFailure(`no grouping allowed for ${goQuote(operator)} operation`, range);
  }
  return {
    cardinality: "many-to-many",
    on: written?.on ?? false,
    labels: written?.labels ?? [],
    include: [],
  };
}
