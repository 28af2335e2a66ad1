import { typeOfValue } from "./check-compare.ts";
import { FilterSyntaxError } from "./filter-error.ts";
import { parseFieldExpression } from "./parse-condition.ts";
import type {
  Aggregate,
  ArithmeticOperator,
  FieldExpression,
  OrderOperator,
  Scalar,
  Stage,
} from "./query.ts";
import {
  checkSize,
  expectSymbol,
  peekToken,
  skipOneOf,
  skipSymbol,
  takeToken,
  unexpectedToken,
} from "./query-cursor.ts";
import type { QueryCursor } from "./query-cursor.ts";
import type { Literal } from "./span-filter.ts";

const ORDER: readonly OrderOperator[] = ["=", "!=", "<", "<=", ">", ">="];
const AGGREGATES = ["avg", "min", "max", "sum"] as const;

/** `count() > 2`, `avg(duration) > 2 * 1s`. `stages` says what else may stand here. Throws FilterSyntaxError. */
export function parseScalarStage(cursor: QueryCursor, stages: string): Stage {
  const { start } = peekToken(cursor);
  const left = parseSum(cursor, 0, stages);
  const operator = skipOneOf(cursor, ORDER);
  if (operator === undefined) {
    throw unexpectedToken(peekToken(cursor), "a comparison of the aggregate (=, !=, <, <=, >, >=)");
  }
  const rightStart = peekToken(cursor).start;
  const right = parseSum(cursor, 0, "an aggregate or a number");
  if (!hasAggregate(left) && !hasAggregate(right)) {
    throw new FilterSyntaxError(
      "two literals are compared",
      start,
      "one side must have an aggregate, as in count()",
    );
  }
  checkUnits(left, right, rightStart);
  checkUnits(right, left, start);
  return { type: "scalar", operator, left, right };
}

function hasAggregate(scalar: Scalar): boolean {
  if (scalar.type === "arithmetic") return hasAggregate(scalar.left) || hasAggregate(scalar.right);
  return scalar.type === "aggregate";
}

function checkUnits(a: Scalar, b: Scalar, start: number): void {
  if (a.type !== "aggregate" || b.type !== "literal") return;
  const isDuration = a.aggregate.type !== "count" && typeOfValue(a.aggregate.field) === "duration";
  const { literal } = b;
  if (isDuration && (literal.type === "float" || (literal.type === "int" && literal.value !== 0n))) {
    throw new FilterSyntaxError(
      "a duration is compared with a number",
      start,
      `give the unit: ${literal.value}ms, ${literal.value}s`,
    );
  }
  if (a.aggregate.type === "count" && literal.type === "duration") {
    throw new FilterSyntaxError("a count is compared with a duration", start, "as in count() > 2");
  }
}

function parseSum(cursor: QueryCursor, depth: number, expected: string): Scalar {
  return parseLeft(cursor, ["+", "-"], () =>
    parseLeft(cursor, ["*", "/", "%"], () => parsePower(cursor, depth, expected)),
  );
}

function parseLeft(
  cursor: QueryCursor,
  operators: readonly ArithmeticOperator[],
  parseNext: () => Scalar,
): Scalar {
  let left = parseNext();
  for (;;) {
    const operator = skipOneOf(cursor, operators);
    if (operator === undefined) return left;
    checkSize(cursor, 0);
    left = { type: "arithmetic", operator, left, right: parseNext() };
  }
}

function parsePower(cursor: QueryCursor, depth: number, expected: string): Scalar {
  checkSize(cursor, depth);
  const left = parsePrimary(cursor, depth, expected);
  if (!skipSymbol(cursor, "^")) return left;
  return { type: "arithmetic", operator: "^", left, right: parsePower(cursor, depth + 1, expected) };
}

function parsePrimary(cursor: QueryCursor, depth: number, expected: string): Scalar {
  const token = takeToken(cursor);
  if (token.type === "literal" && isNumber(token.literal)) return { type: "literal", literal: token.literal };
  if (token.type === "symbol" && token.text === "(") {
    const inner = parseSum(cursor, depth + 1, expected);
    expectSymbol(cursor, ")", "an operator or )");
    return inner;
  }
  if (token.type !== "word") throw unexpectedToken(token, expected);
  if (token.text === "count") {
    expectSymbol(cursor, "(", "count()");
    expectSymbol(cursor, ")", "count(), without a field");
    return { type: "aggregate", aggregate: { type: "count" } };
  }
  const type = AGGREGATES.find((name) => name === token.text);
  if (type === undefined) throw unexpectedToken(token, expected);
  return { type: "aggregate", aggregate: parseAggregate(cursor, type) };
}

function parseAggregate(cursor: QueryCursor, type: (typeof AGGREGATES)[number]): Aggregate {
  return { type, field: parseNumericField(cursor, type) };
}

/** `(duration)`: a field that can have numbers. Throws FilterSyntaxError. */
export function parseNumericField(cursor: QueryCursor, word: string): FieldExpression {
  expectSymbol(cursor, "(", `${word}(field)`);
  const field = parseNumber(cursor, word);
  expectSymbol(cursor, ")", "an operator or )");
  return field;
}

/** The field alone. Throws FilterSyntaxError. */
export function parseNumber(cursor: QueryCursor, word: string): FieldExpression {
  const { start } = peekToken(cursor);
  const field = parseFieldExpression(cursor);
  const type = typeOfValue(field);
  if (type === "number" || type === "duration" || type === "unknown") return field;
  throw new FilterSyntaxError(
    `${word} needs numbers or durations`,
    start,
    "as in duration or span.http.response.body.size",
  );
}

const isNumber = ({ type }: Literal) => type === "int" || type === "float" || type === "duration";
