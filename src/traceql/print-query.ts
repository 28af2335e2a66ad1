import { printComparison, printKey, printLiteral } from "./print-filter.ts";
import type {
  Aggregate,
  Condition,
  FieldExpression,
  MetricFunction,
  Pipeline,
  Query,
  QueryField,
  Scalar,
  SpansetExpression,
  Stage,
} from "./query.ts";

/** The text of a query; it parses to the same query. */
export function printQuery({ pipeline, metric, hints }: Query): string {
  let text = printPipeline(pipeline);
  if (metric !== undefined) {
    text += ` | ${printFunction(metric.function)}`;
    if (metric.by.length > 0) text += ` by (${printFields(metric.by)})`;
    for (const { type, count } of metric.keep) text += ` | ${type}(${count})`;
  }
  if (hints.length > 0) {
    text += ` with (${hints.map(({ name, value }) => `${name} = ${printLiteral(value)}`).join(", ")})`;
  }
  return text;
}

/** Spansets and their stages. */
function printPipeline({ spansets, stages }: Pipeline): string {
  return [printSpansets(spansets, 0), ...stages.map(printStage)].join(" | ");
}

const precedenceOf = (operator: string): number => (operator === "||" ? 0 : operator === "&&" ? 1 : 2);

function printSpansets(expression: SpansetExpression, least: number): string {
  switch (expression.type) {
    case "filter":
      return printBraces(expression.condition);
    case "pipeline":
      return `(${printPipeline(expression.pipeline)})`;
    case "operation": {
      const own = precedenceOf(expression.operator);
      const left = printSpansets(expression.left, own);
      const right = printSpansets(expression.right, own + 1);
      const text = `${left} ${expression.operator} ${right}`;
      return own < least ? `(${text})` : text;
    }
  }
}

/** A condition in its braces. */
function printBraces(condition: Condition): string {
  if (condition.type === "constant" && condition.value) return "{ }";
  return `{ ${printCondition(condition, "any")} }`;
}

function printCondition(condition: Condition, parent: "any" | "all" | "not"): string {
  switch (condition.type) {
    case "constant":
      return String(condition.value);
    case "root":
      return condition.value ? "nestedSetParent < 0" : "nestedSetParent >= 0";
    case "comparison":
      return printComparison(condition);
    case "compare": {
      const { left, operator, right } = condition;
      return `${printFieldExpression(left)} ${operator} ${printFieldExpression(right)}`;
    }
    case "not":
      return condition.operand.type === "not" || condition.operand.type === "constant"
        ? `!${printCondition(condition.operand, "not")}`
        : `!(${printCondition(condition.operand, "any")})`;
    case "all":
      return condition.operands.map((operand) => printCondition(operand, "all")).join(" && ");
    case "any": {
      const text = condition.operands.map((operand) => printCondition(operand, "any")).join(" || ");
      return parent === "any" ? text : `(${text})`;
    }
  }
}

const printFields = (fields: readonly FieldExpression[]): string =>
  fields.map((field) => printFieldExpression(field)).join(", ");

const POWER = 3;
const arithmeticPrecedence = (operator: string): number =>
  operator === "+" || operator === "-" ? 1 : operator === "^" ? POWER : 2;

/** A field or what is computed from fields, as it is written. */
export function printFieldExpression(value: FieldExpression, least = 0): string {
  switch (value.type) {
    case "literal":
      return printLiteral(value.literal);
    case "field":
      return printQueryField(value.field);
    case "negative":
      return value.operand.type === "field"
        ? `-${printQueryField(value.operand.field)}`
        : `-(${printFieldExpression(value.operand)})`;
    case "arithmetic":
      return printArithmetic(value, least, printFieldExpression);
  }
}

function printArithmetic<T>(
  { operator, left, right }: { readonly operator: string; readonly left: T; readonly right: T },
  least: number,
  print: (side: T, least: number) => string,
): string {
  const own = arithmeticPrecedence(operator);
  const bindsRight = own === POWER;
  const text = `${print(left, bindsRight ? own + 1 : own)} ${operator} ${print(right, bindsRight ? own : own + 1)}`;
  return own < least ? `(${text})` : text;
}

/** A field of a query, as it is written. */
export function printQueryField(field: QueryField): string {
  if (field.type === "intrinsic") return field.name;
  return `${field.scope === "any" ? "" : field.scope}.${printKey(field.key)}`;
}

function printStage(stage: Stage): string {
  switch (stage.type) {
    case "filter":
      return printBraces(stage.condition);
    case "scalar":
      return `${printScalar(stage.left)} ${stage.operator} ${printScalar(stage.right)}`;
    case "by":
    case "select":
      return `${stage.type}(${printFields(stage.fields)})`;
    case "coalesce":
      return "coalesce()";
  }
}

/** A number about a spanset, as it is written. */
function printScalar(scalar: Scalar, least = 0): string {
  switch (scalar.type) {
    case "aggregate":
      return printAggregate(scalar.aggregate);
    case "literal":
      return printLiteral(scalar.literal);
    case "arithmetic":
      return printArithmetic(scalar, least, printScalar);
  }
}

/** `avg(duration)`. */
export function printAggregate(aggregate: Aggregate): string {
  return aggregate.type === "count"
    ? "count()"
    : `${aggregate.type}(${printFieldExpression(aggregate.field)})`;
}

function printFunction(fn: MetricFunction): string {
  switch (fn.type) {
    case "rate":
    case "count_over_time":
      return `${fn.type}()`;
    case "quantile_over_time":
      return `${fn.type}(${[printFieldExpression(fn.field), ...fn.quantiles.map(printNumber)].join(", ")})`;
    case "min_over_time":
    case "max_over_time":
    case "avg_over_time":
    case "sum_over_time":
    case "histogram_over_time":
      return `${fn.type}(${printFieldExpression(fn.field)})`;
  }
}

const printNumber = (value: number) => printLiteral({ type: "float", value });
