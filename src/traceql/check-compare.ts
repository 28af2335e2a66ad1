import { checkComparison } from "./check-comparison.ts";
import { FilterSyntaxError } from "./filter-error.ts";
import { regexFault } from "./filter-regex.ts";
import type { Condition, FieldExpression, QueryField } from "./query.ts";
import { INTRINSIC_TYPES } from "./query-words.ts";
import type { IntrinsicType } from "./query-words.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";
import type { ComparisonOperator, Field, Literal } from "./span-filter.ts";

/** One side of a comparison and the offset at which it begins. */
export interface ComparedValue {
  readonly value: FieldExpression;
  readonly start: number;
}

export type ValueType = IntrinsicType | "boolean" | "nil" | "unknown";

/** What an expression's values are, as far as the query says. */
export function typeOfValue(value: FieldExpression): ValueType {
  switch (value.type) {
    case "field":
      return value.field.type === "attribute" ? "unknown" : INTRINSIC_TYPES[value.field.name];
    case "literal":
      return literalType(value.literal);
    case "negative":
      return typeOfValue(value.operand) === "duration" ? "duration" : "number";
    case "arithmetic": {
      const types = [typeOfValue(value.left), typeOfValue(value.right)];
      return types.includes("duration") ? "duration" : "number";
    }
  }
}

function literalType({ type }: Literal): ValueType {
  return type === "int" || type === "float" ? "number" : type;
}

const FLIPPED: Readonly<Record<ComparisonOperator, ComparisonOperator | undefined>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "=~": undefined,
  "!~": undefined,
};

/** A comparison of two values, its types checked, a literal on the right. Throws FilterSyntaxError. */
export function checkCompare(
  left: ComparedValue,
  operator: ComparisonOperator,
  operatorStart: number,
  right: ComparedValue,
): Condition {
  if (left.value.type === "literal") {
    if (right.value.type === "literal") {
      throw new FilterSyntaxError(
        "two literals are compared",
        left.start,
        "one side must be a field, as in span.x",
      );
    }
    const flipped = FLIPPED[operator];
    if (flipped === undefined) {
      throw new FilterSyntaxError("the pattern of a regular expression stands on the right", left.start);
    }
    return checkCompare(right, flipped, operatorStart, left);
  }
  if (left.value.type === "field" && right.value.type === "literal") {
    const onSpan = compareOnSpan(left.value.field, left.start, operator, operatorStart, right);
    if (onSpan !== undefined) return onSpan;
  }
  checkOperator(operator, operatorStart, left, right);
  checkTypes(left, right);
  return { type: "compare", operator, left: left.value, right: right.value };
}

/** What a span filter can say is said by one, with the same checks. */
function compareOnSpan(
  field: QueryField,
  start: number,
  operator: ComparisonOperator,
  operatorStart: number,
  right: ComparedValue,
): Condition | undefined {
  if (right.value.type !== "literal") return undefined;
  const { literal } = right.value;
  if (field.type === "intrinsic") {
    if (field.name === "span:parentID" && literal.type === "nil" && (operator === "=" || operator === "!=")) {
      return { type: "root", value: operator === "=" };
    }
    if (field.name === "nestedSetParent" && literal.type === "int") {
      const question = `${operator} ${literal.value}`;
      if (["< 0", "= -1", "<= -1"].includes(question)) return { type: "root", value: true };
      if ([">= 0", "!= -1", "> -1"].includes(question)) return { type: "root", value: false };
    }
  }
  const spanField = fieldOfSpan(field);
  if (spanField === undefined) return undefined;
  const token = { type: "end", start, end: start } as const;
  const compared = checkComparison({ type: "field", field: spanField, token }, operator, operatorStart, {
    type: "literal",
    literal,
    token: { type: "end", start: right.start, end: right.start },
  });
  return compared.type === "comparison" ? compared : undefined;
}

/** The field as one that the span alone can answer. */
export function fieldOfSpan(field: QueryField): Field | undefined {
  if (field.type === "attribute") {
    const { scope, key } = field;
    return scope === "span" || scope === "resource" || scope === "any"
      ? { type: "attribute", scope, key }
      : undefined;
  }
  switch (field.name) {
    case "name":
    case "kind":
    case "status":
    case "statusMessage":
    case "duration":
      return { type: "intrinsic", name: field.name };
    default:
      return undefined;
  }
}

function checkOperator(
  operator: ComparisonOperator,
  operatorStart: number,
  left: ComparedValue,
  right: ComparedValue,
): void {
  if (operator === "=~" || operator === "!~") {
    if (right.value.type !== "literal" || right.value.literal.type !== "string") {
      throw new FilterSyntaxError(`${operator} needs a string`, right.start, `as in ${operator} "5.."`);
    }
    const fault = regexFault(right.value.literal.value);
    if (fault !== undefined) {
      const hint = "mend the pattern; a plain text is compared with = or !=";
      throw new FilterSyntaxError(`not a regular expression (RE2): ${fault}`, right.start, hint);
    }
    return;
  }
  if (operator === "=" || operator === "!=") return;
  const types = [typeOfValue(left.value), typeOfValue(right.value)];
  const unordered = types.find((type) => ["boolean", "nil", "kind", "status"].includes(type));
  if (unordered !== undefined) {
    throw new FilterSyntaxError(
      `${operator} does not work with ${NAMES[unordered]}`,
      operatorStart,
      "only = and != do",
    );
  }
}

const NAMES: Readonly<Record<ValueType, string>> = {
  string: "a string",
  duration: "a duration",
  number: "a number",
  kind: "a span kind",
  status: "a status",
  boolean: "a boolean",
  nil: "nil",
  unknown: "an attribute",
};

function checkTypes(left: ComparedValue, right: ComparedValue): void {
  const a = typeOfValue(left.value);
  const b = typeOfValue(right.value);
  if (b === "nil") {
    if (left.value.type === "field") return;
    throw new FilterSyntaxError("only a field is compared with nil", right.start, "as in span.x = nil");
  }
  if (a === "unknown" || b === "unknown" || a === b) return;
  if (isNumeric(a) && isNumeric(b) && !lacksUnit(a, right.value)) return;
  throw new FilterSyntaxError(
    `${NAMES[a]} is compared with ${NAMES[b]}`,
    right.start,
    hintFor(a, right.value),
  );
}

const isNumeric = (type: ValueType) => type === "number" || type === "duration";

/** A bare number where a duration is meant; a factor computed by the query may be one. */
function lacksUnit(other: ValueType, value: FieldExpression): boolean {
  return (
    other === "duration" &&
    value.type === "literal" &&
    !isZero(value.literal) &&
    value.literal.type !== "duration"
  );
}

const isZero = (literal: Literal) => literal.type === "int" && literal.value === 0n;

function hintFor(expected: ValueType, value: FieldExpression): string | undefined {
  const text = value.type === "literal" && "value" in value.literal ? String(value.literal.value) : "";
  switch (expected) {
    case "duration":
      return /^\d+(\.\d+)?$/.test(text) ? `give the unit: ${text}ms, ${text}s` : "as in 300ms or 1m30s";
    case "kind":
      return `one of ${KIND_NAMES.join(", ")}`;
    case "status":
      return `one of ${STATUS_NAMES.join(", ")}`;
    case "string":
      return text === "" ? undefined : `texts are quoted: "${text}"`;
    default:
      return undefined;
  }
}
