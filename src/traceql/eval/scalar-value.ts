import type { Span } from "../../model/span.ts";
import { typeOfValue } from "../check-compare.ts";
import { printAggregate } from "../print-query.ts";
import type { Aggregate, OrderOperator, Scalar } from "../query.ts";
import { ARITHMETIC, compileValues, literalValue } from "./field-values.ts";
import { compareValues, numberOfValue } from "./query-value.ts";
import type { QueryValue } from "./query-value.ts";
import type { Spanset } from "./spanset.ts";
import type { TraceView } from "./trace-view.ts";

/** A stage such as `count() > 2`: the spanset with what was computed, or undefined where it does not hold. */
export function compileScalarStage(
  left: Scalar,
  operator: OrderOperator,
  right: Scalar,
): (spanset: Spanset, view: TraceView) => Spanset | undefined {
  const leftValue = compileScalar(left);
  const rightValue = compileScalar(right);
  return (spanset, view) => {
    const attributes = [...spanset.attributes];
    const remember = (key: string, value: QueryValue) => {
      if (!attributes.some((attribute) => attribute.key === key)) attributes.push({ key, value });
    };
    const a = leftValue(spanset.spans, view, remember);
    const b = rightValue(spanset.spans, view, remember);
    if (a === undefined || b === undefined || !compareValues(a, operator, b)) return undefined;
    return { spans: spanset.spans, attributes };
  };
}

type ScalarOf = (
  spans: readonly Span[],
  view: TraceView,
  remember: (key: string, value: QueryValue) => void,
) => QueryValue | undefined;

function compileScalar(scalar: Scalar): ScalarOf {
  switch (scalar.type) {
    case "literal": {
      const value = literalValue(scalar.literal);
      return () => value;
    }
    case "aggregate": {
      const compute = compileAggregate(scalar.aggregate);
      const key = printAggregate(scalar.aggregate);
      return (spans, view, remember) => {
        const value = compute(spans, view);
        if (value !== undefined) remember(key, value);
        return value;
      };
    }
    case "arithmetic": {
      const left = compileScalar(scalar.left);
      const right = compileScalar(scalar.right);
      const compute = ARITHMETIC[scalar.operator];
      return (spans, view, remember) => {
        const a = numberOf(left(spans, view, remember));
        const b = numberOf(right(spans, view, remember));
        return a === undefined || b === undefined ? undefined : { type: "double", value: compute(a, b) };
      };
    }
  }
}

function numberOf(value: QueryValue | undefined): number | undefined {
  const number = value === undefined ? undefined : numberOfValue(value);
  return number === undefined ? undefined : Number(number);
}

/** Spans without a number are left out; undefined where no span has one. */
function compileAggregate(
  aggregate: Aggregate,
): (spans: readonly Span[], view: TraceView) => QueryValue | undefined {
  if (aggregate.type === "count") return (spans) => ({ type: "int", value: spans.length });
  const valuesOf = compileValues(aggregate.field);
  const type = typeOfValue(aggregate.field) === "duration" ? "duration" : "double";
  return (spans, view) => {
    let count = 0;
    let sum = 0;
    let min = Infinity;
    let max = -Infinity;
    for (const span of spans) {
      for (const value of valuesOf(span, view)) {
        const number = numberOf(value);
        if (number === undefined || !Number.isFinite(number)) continue;
        count += 1;
        sum += number;
        min = Math.min(min, number);
        max = Math.max(max, number);
      }
    }
    if (count === 0) return undefined;
    return { type, value: { avg: sum / count, min, max, sum }[aggregate.type] };
  };
}
