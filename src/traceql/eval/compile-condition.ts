import type { Span } from "../../model/span.ts";
import { compileRegex } from "../filter-regex.ts";
import { literalMatcher } from "../literal-matcher.ts";
import type { LiteralMatcher } from "../literal-matcher.ts";
import type { Condition, FieldExpression } from "../query.ts";
import type { Comparison, ComparisonOperator } from "../span-filter.ts";
import { compileValues } from "./field-values.ts";
import { compareValues } from "./query-value.ts";
import type { QueryValue } from "./query-value.ts";
import type { TraceView } from "./trace-view.ts";

/** Whether a condition holds on a span of a trace. */
export type SpanTest = (span: Span, view: TraceView) => boolean;

/** The meaning of what stands in braces. */
export function compileCondition(condition: Condition): SpanTest {
  switch (condition.type) {
    case "constant":
      return () => condition.value;
    case "root":
      return (span) => (span.parentSpanId === "") === condition.value;
    case "not": {
      const operand = compileCondition(condition.operand);
      return (span, view) => !operand(span, view);
    }
    case "all": {
      const operands = condition.operands.map(compileCondition);
      return (span, view) => operands.every((operand) => operand(span, view));
    }
    case "any": {
      const operands = condition.operands.map(compileCondition);
      return (span, view) => operands.some((operand) => operand(span, view));
    }
    case "comparison":
      return compileComparison(condition);
    case "compare":
      return compileCompare(condition.left, condition.operator, condition.right);
  }
}

function compileComparison({ field, operator, literal }: Comparison): SpanTest {
  const valuesOf = compileValues({ type: "field", field });
  if (literal.type === "kind" || literal.type === "status") {
    return (span, view) =>
      valuesOf(span, view).some((value) => compareValues(value, orderOf(operator), literal));
  }
  const matcher = literalMatcher(operator, literal);
  if (matcher.type === "presence") {
    return (span, view) => valuesOf(span, view).length > 0 === matcher.present;
  }
  return (span, view) => valuesOf(span, view).some((value) => matches(matcher, value));
}

function matches(matcher: LiteralMatcher, value: QueryValue): boolean {
  switch (value.type) {
    case "string":
      return matcher.type === "string" && matcher.test(value.value);
    case "int":
    case "double":
    case "duration":
      return matcher.type === "number" && matcher.test(value.value);
    case "boolean":
      return matcher.type === "boolean" && matcher.test(value.value);
    case "kind":
    case "status":
    case "json":
      return false;
  }
}

/** True where one pair of values compares true. */
function compileCompare(
  left: FieldExpression,
  operator: ComparisonOperator,
  right: FieldExpression,
): SpanTest {
  const leftValues = compileValues(left);
  if (right.type === "literal" && right.literal.type === "nil") {
    return (span, view) => (leftValues(span, view).length === 0) === (operator === "=");
  }
  if (operator === "=~" || operator === "!~") {
    const pattern = right.type === "literal" && right.literal.type === "string" ? right.literal.value : "";
    const isMatch = compileRegex(pattern);
    return (span, view) =>
      leftValues(span, view).some(
        (value) => value.type === "string" && isMatch(value.value) === (operator === "=~"),
      );
  }
  const rightValues = compileValues(right);
  return (span, view) => {
    const others = rightValues(span, view).map(inDoubles);
    return leftValues(span, view).some((a) => others.some((b) => compareValues(inDoubles(a), operator, b)));
  };
}

/** As the SQL compares what is computed. */
const inDoubles = (value: QueryValue): QueryValue =>
  value.type === "int" ? { type: "double", value: Number(value.value) } : value;

const orderOf = (operator: ComparisonOperator) => (operator === "!=" ? "!=" : "=");
