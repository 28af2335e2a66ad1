import { checkCompare, typeOfValue } from "./check-compare.ts";
import { FilterSyntaxError } from "./filter-error.ts";
import type { ArithmeticOperator, Condition, FieldExpression } from "./query.ts";
import {
  checkSize,
  expectSymbol,
  isSymbol,
  peekToken,
  skipOneOf,
  skipSymbol,
  takeToken,
  unexpectedToken,
} from "./query-cursor.ts";
import type { QueryCursor } from "./query-cursor.ts";
import { meaningInQuery } from "./query-words.ts";
import type { ComparisonOperator } from "./span-filter.ts";

/** What was read: a condition, or a value that may become one. */
type Parsed =
  | { readonly type: "condition"; readonly condition: Condition; readonly start: number }
  | { readonly type: "value"; readonly value: FieldExpression; readonly start: number };

const COMPARISONS: readonly ComparisonOperator[] = ["=", "!=", "=~", "!~", "<", "<=", ">", ">="];
const FIELD = "a field (span.x, resource.x, .x, name, duration …) or a literal";

/** `{ … }`, the opening brace being next. Throws FilterSyntaxError. */
export function parseBraces(cursor: QueryCursor): Condition {
  expectSymbol(cursor, "{", "{ … }");
  if (skipSymbol(cursor, "}")) return { type: "constant", value: true };
  const condition = conditionOf(cursor, parseAny(cursor, 0));
  expectSymbol(cursor, "}", "&&, ||, a comparison or }");
  return condition;
}

/** A field or what is computed from fields, as in `by(…)`. Throws FilterSyntaxError. */
export function parseFieldExpression(cursor: QueryCursor): FieldExpression {
  const { start } = peekToken(cursor);
  const value = valueOf(cursor, parseSum(cursor, 0));
  if (!mentionsField(value))
    throw new FilterSyntaxError("a field is needed here", start, "as in span.http.route or duration");
  return value;
}

function mentionsField(value: FieldExpression): boolean {
  switch (value.type) {
    case "field":
      return true;
    case "literal":
      return false;
    case "negative":
      return mentionsField(value.operand);
    case "arithmetic":
      return mentionsField(value.left) || mentionsField(value.right);
  }
}

function parseAny(cursor: QueryCursor, depth: number): Parsed {
  return parseList(cursor, "any", "||", () =>
    parseList(cursor, "all", "&&", () => parseComparison(cursor, depth)),
  );
}

function parseList(
  cursor: QueryCursor,
  type: "all" | "any",
  symbol: string,
  parseOperand: () => Parsed,
): Parsed {
  const first = parseOperand();
  if (!isSymbol(peekToken(cursor), symbol)) return first;
  const operands: Condition[] = [];
  const add = (parsed: Parsed) => {
    const operand = conditionOf(cursor, parsed);
    if (operand.type === type) operands.push(...operand.operands);
    else operands.push(operand);
  };
  add(first);
  while (skipSymbol(cursor, symbol)) add(parseOperand());
  return { type: "condition", condition: { type, operands }, start: first.start };
}

function parseComparison(cursor: QueryCursor, depth: number): Parsed {
  checkSize(cursor, depth);
  const { start } = peekToken(cursor);
  if (skipSymbol(cursor, "!")) return parseNot(cursor, depth + 1, start);
  const left = parseSum(cursor, depth);
  const operatorStart = peekToken(cursor).start;
  const operator = skipOneOf(cursor, COMPARISONS);
  if (operator === undefined) return left;
  const compared = {
    left: { value: valueOf(cursor, left), start: left.start },
    right: valueOfSide(cursor, parseSum(cursor, depth)),
  };
  const again = peekToken(cursor);
  if (again.type === "symbol" && (COMPARISONS as readonly string[]).includes(again.text)) {
    throw new FilterSyntaxError("a comparison has two sides", again.start, "join conditions with && or ||");
  }
  return {
    type: "condition",
    condition: checkCompare(compared.left, operator, operatorStart, compared.right),
    start,
  };
}

const valueOfSide = (cursor: QueryCursor, parsed: Parsed) => ({
  value: valueOf(cursor, parsed),
  start: parsed.start,
});

function parseNot(cursor: QueryCursor, depth: number, start: number): Parsed {
  checkSize(cursor, depth);
  const inner = skipSymbol(cursor, "!") ? parseNot(cursor, depth + 1, start) : parsePrimary(cursor, depth);
  const after = peekToken(cursor);
  const isOperator = after.type === "symbol" && !["}", ")", "&&", "||"].includes(after.text);
  if (isOperator) {
    throw new FilterSyntaxError(
      "! binds tighter than a comparison",
      start,
      "write !( … ) around the comparison",
    );
  }
  return { type: "condition", condition: { type: "not", operand: conditionOf(cursor, inner) }, start };
}

function parseSum(cursor: QueryCursor, depth: number): Parsed {
  return parseLeft(cursor, ["+", "-"], () =>
    parseLeft(cursor, ["*", "/", "%"], () => parsePower(cursor, depth)),
  );
}

function parseLeft(
  cursor: QueryCursor,
  operators: readonly ArithmeticOperator[],
  parseOperand: () => Parsed,
): Parsed {
  let left = parseOperand();
  for (;;) {
    const operator = skipOneOf(cursor, operators);
    if (operator === undefined) return left;
    checkSize(cursor, 0);
    left = arithmetic(cursor, operator, left, parseOperand());
  }
}

/** Binds to the right: 2 ^ 3 ^ 2 is 2 ^ 9. */
function parsePower(cursor: QueryCursor, depth: number): Parsed {
  const left = parseUnary(cursor, depth);
  if (!skipSymbol(cursor, "^")) return left;
  checkSize(cursor, depth + 1);
  return arithmetic(cursor, "^", left, parsePower(cursor, depth + 1));
}

function arithmetic(cursor: QueryCursor, operator: ArithmeticOperator, left: Parsed, right: Parsed): Parsed {
  const value: FieldExpression = {
    type: "arithmetic",
    operator,
    left: numberOf(cursor, left),
    right: numberOf(cursor, right),
  };
  return { type: "value", value, start: left.start };
}

function parseUnary(cursor: QueryCursor, depth: number): Parsed {
  const { start } = peekToken(cursor);
  if (!skipSymbol(cursor, "-")) return parsePrimary(cursor, depth);
  checkSize(cursor, depth + 1);
  const operand = numberOf(cursor, parseUnary(cursor, depth + 1));
  return { type: "value", value: { type: "negative", operand }, start };
}

function parsePrimary(cursor: QueryCursor, depth: number): Parsed {
  checkSize(cursor, depth);
  const token = takeToken(cursor);
  const { start } = token;
  switch (token.type) {
    case "literal":
      return { type: "value", value: { type: "literal", literal: token.literal }, start };
    case "attribute": {
      const field = { type: "attribute", scope: token.scope, key: token.key } as const;
      return { type: "value", value: { type: "field", field }, start };
    }
    case "word":
      return { type: "value", value: readWord(token.text, start), start };
    case "symbol":
      if (token.text === "(") {
        const inner = parseAny(cursor, depth + 1);
        expectSymbol(cursor, ")", "&&, ||, a comparison or )");
        return { ...inner, start };
      }
      throw unexpectedToken(token, FIELD);
    case "end":
      throw unexpectedToken(token, FIELD);
  }
}

function readWord(text: string, start: number): FieldExpression {
  const meaning = meaningInQuery(text);
  switch (meaning.type) {
    case "intrinsic":
      return { type: "field", field: { type: "intrinsic", name: meaning.name } };
    case "unknown":
      throw new FilterSyntaxError(`${text} is not known`, start, meaning.hint);
    case "kind":
    case "status":
    case "boolean":
    case "nil":
      return { type: "literal", literal: meaning };
  }
}

function valueOf(cursor: QueryCursor, parsed: Parsed): FieldExpression {
  if (parsed.type === "value") return parsed.value;
  throw new FilterSyntaxError(
    "a condition stands where a value is needed",
    parsed.start,
    `a comparison has a field on one side; before ${describe(cursor)} join conditions with && or ||`,
  );
}

const describe = (cursor: QueryCursor): string => {
  const token = peekToken(cursor);
  return token.type === "symbol" ? token.text : "it";
};

function numberOf(cursor: QueryCursor, parsed: Parsed): FieldExpression {
  const value = valueOf(cursor, parsed);
  const type = typeOfValue(value);
  if (type === "number" || type === "duration" || type === "unknown") return value;
  throw new FilterSyntaxError("only numbers and durations are computed with", parsed.start);
}

/** A bare attribute asks whether it is true. */
function conditionOf(cursor: QueryCursor, parsed: Parsed): Condition {
  if (parsed.type === "condition") return parsed.condition;
  const { value, start } = parsed;
  if (value.type === "literal" && value.literal.type === "boolean") {
    return { type: "constant", value: value.literal.value };
  }
  if (value.type === "field" && value.field.type === "attribute") {
    const literal = { type: "literal", literal: { type: "boolean", value: true } } as const;
    return checkCompare({ value, start }, "=", start, { value: literal, start });
  }
  throw unexpectedToken(peekToken(cursor), "a comparison (=, !=, =~, !~, <, <=, >, >=)");
}
