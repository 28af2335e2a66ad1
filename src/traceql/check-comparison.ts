import { FilterSyntaxError } from "./filter-error.ts";
import { regexFault } from "./filter-regex.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";
import type { ComparisonOperator, Field, Intrinsic, Literal, SpanFilter } from "./span-filter.ts";
import type { Token } from "./tokenize.ts";

/** One side of a comparison. */
export type Operand = { readonly token: Token } & (
  | { readonly type: "field"; readonly field: Field }
  | { readonly type: "literal"; readonly literal: Literal }
  | { readonly type: "root"; readonly word: "nestedSetParent" | "parentId" }
);

const FLIPPED: Readonly<Partial<Record<ComparisonOperator, ComparisonOperator>>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

const isEquality = (operator: ComparisonOperator) => operator === "=" || operator === "!=";
const isRegex = (operator: ComparisonOperator) => operator === "=~" || operator === "!~";

/** A comparison of two operands, the field moved to the left and the types checked. Throws FilterSyntaxError. */
export function checkComparison(
  left: Operand,
  operator: ComparisonOperator,
  operatorStart: number,
  right: Operand,
): SpanFilter {
  if (right.type === "literal") {
    if (left.type === "literal") {
      throw new FilterSyntaxError(
        "two literals are compared",
        left.token.start,
        "one side must be a field, as in span.x",
      );
    }
    return compare(left, operator, operatorStart, right.literal, right.token.start);
  }
  if (left.type !== "literal") {
    throw new FilterSyntaxError(
      "comparing two fields is not supported in an SLI filter",
      right.token.start,
      "compare each with a literal",
    );
  }
  const flipped = FLIPPED[operator];
  if (flipped === undefined) {
    throw new FilterSyntaxError("the pattern of a regular expression stands on the right", left.token.start);
  }
  return compare(right, flipped, operatorStart, left.literal, left.token.start);
}

function compare(
  operand: Exclude<Operand, { type: "literal" }>,
  operator: ComparisonOperator,
  operatorStart: number,
  literal: Literal,
  literalStart: number,
): SpanFilter {
  if (operand.type === "root") return compareRoot(operand.word, operator, literal, literalStart);
  checkOperator(operator, operatorStart, literal, literalStart);
  const field = operand.field;
  if (field.type === "attribute") {
    checkAttribute(literal, literalStart);
    return { type: "comparison", field, operator, literal };
  }
  if (field.name === "duration" && literal.type === "int" && literal.value === 0n) {
    return compare(operand, operator, operatorStart, { type: "duration", nanos: 0n }, literalStart);
  }
  checkIntrinsic(field.name, operator, operatorStart, literal, literalStart);
  return { type: "comparison", field, operator, literal };
}

function checkOperator(
  operator: ComparisonOperator,
  operatorStart: number,
  literal: Literal,
  literalStart: number,
): void {
  if (isRegex(operator)) {
    if (literal.type !== "string") {
      throw new FilterSyntaxError(`${operator} needs a string`, literalStart, `as in ${operator} "5.."`);
    }
    const fault = regexFault(literal.value);
    if (fault !== undefined) {
      const hint = "mend the pattern; a plain text is compared with = or !=";
      throw new FilterSyntaxError(`not a regular expression (RE2): ${fault}`, literalStart, hint);
    }
    return;
  }
  if (!isEquality(operator) && (literal.type === "boolean" || literal.type === "nil")) {
    throw new FilterSyntaxError(
      `${operator} does not work with ${describe(literal)}`,
      operatorStart,
      "only = and != do",
    );
  }
}

function checkAttribute(literal: Literal, start: number): void {
  if (literal.type === "kind" || literal.type === "status") {
    throw new FilterSyntaxError(
      `${literal.value} is a span ${literal.type}, attributes hold texts, numbers and booleans`,
      start,
      `a text is quoted: "${literal.value}"`,
    );
  }
}

function checkIntrinsic(
  name: Intrinsic,
  operator: ComparisonOperator,
  operatorStart: number,
  literal: Literal,
  start: number,
): void {
  const expected = name === "duration" || name === "kind" || name === "status" ? name : "string";
  if (literal.type !== "nil" && literal.type !== expected) {
    throw new FilterSyntaxError(
      `${name} is compared with ${EXPECTED[expected]}, not with ${describe(literal)}`,
      start,
      hintFor(name, expected, literal),
    );
  }
  if (!isEquality(operator) && (expected === "kind" || expected === "status")) {
    throw new FilterSyntaxError(`${operator} does not work with ${name}`, operatorStart, "only = and != do");
  }
}

const EXPECTED = {
  string: "a string",
  duration: "a duration",
  kind: "a span kind",
  status: "a status",
} as const;

function hintFor(name: Intrinsic, expected: keyof typeof EXPECTED, literal: Literal): string {
  const text = "value" in literal ? String(literal.value) : "";
  switch (expected) {
    case "kind":
    case "status": {
      const names: readonly string[] = expected === "kind" ? KIND_NAMES : STATUS_NAMES;
      return names.includes(text.toLowerCase())
        ? `write ${name} = ${text.toLowerCase()}`
        : `one of ${names.join(", ")}`;
    }
    case "duration":
      return /^\d+(\.\d+)?$/.test(text) ? `give the unit: ${text}ms, ${text}s` : "as in 300ms or 1m30s";
    case "string":
      return `texts are quoted: ${name} = "${text}"`;
  }
}

function describe(literal: Literal): string {
  switch (literal.type) {
    case "string":
      return "a string";
    case "int":
    case "float":
      return "a number without a unit";
    case "duration":
      return "a duration";
    case "boolean":
    case "nil":
      return literal.type === "nil" ? "nil" : "a boolean";
    case "kind":
      return `the span kind ${literal.value}`;
    case "status":
      return `the status ${literal.value}`;
  }
}

/** Both spellings ask one question: in Tempo `nestedSetParent` is -1 on a root and positive elsewhere. */
function compareRoot(
  word: "nestedSetParent" | "parentId",
  operator: ComparisonOperator,
  literal: Literal,
  start: number,
): SpanFilter {
  if (word === "parentId") {
    if (literal.type === "nil" && isEquality(operator)) return { type: "root", value: operator === "=" };
    throw new FilterSyntaxError(
      "span:parentID is compared with nil alone",
      start,
      "= nil is a root span, != nil any other",
    );
  }
  const question = `${operator} ${literal.type === "int" ? literal.value : ""}`;
  if (question === "< 0" || question === "= -1" || question === "<= -1") return { type: "root", value: true };
  if (question === ">= 0" || question === "!= -1" || question === "> -1")
    return { type: "root", value: false };
  throw new FilterSyntaxError(
    "nestedSetParent tells in an SLI filter only whether a span is the root",
    start,
    "nestedSetParent < 0 is a root span, nestedSetParent >= 0 any other",
  );
}
