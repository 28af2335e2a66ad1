import { sqlString } from "../model/sql-string.ts";
import { numberSql } from "./number-sql.ts";
import type { Condition, FieldExpression, QueryField } from "./query.ts";
import type { Comparison, ComparisonOperator, Literal } from "./span-filter.ts";
import { filterToSql, stringSql } from "./span-sql.ts";
import { sqlNumber } from "./sql-number.ts";

/** A condition on a row of `spans`: a UInt8. */
export interface ConditionSql {
  readonly sql: string;
  /** False where the SQL holds on more spans than the condition does; it never holds on fewer. */
  readonly isExact: boolean;
}

/**
 * The spans of every trace of which a span ended near the range that is asked for; what is asked of a whole trace is asked of
 * these. Parameters: `wide_from_ms` and `wide_to_ms`.
 */
const WIDE_RANGE = `end_time >= fromUnixTimestamp64Milli({wide_from_ms:Int64}, 'UTC') AND end_time < fromUnixTimestamp64Milli({wide_to_ms:Int64}, 'UTC')`;

/** What the SQL can ask of the condition. Parameters: `wide_from_ms`, `wide_to_ms`. */
export function conditionToSql(condition: Condition): ConditionSql {
  return toSql(condition, true);
}

/** `more`: what cannot be asked is taken to hold, else not to hold; it turns around under a negation. */
function toSql(condition: Condition, more: boolean): ConditionSql {
  switch (condition.type) {
    case "constant":
    case "root":
    case "comparison":
      return { sql: filterToSql(condition), isExact: true };
    case "not": {
      const { sql, isExact } = toSql(condition.operand, !more);
      return { sql: `(NOT ${sql})`, isExact };
    }
    case "all":
    case "any": {
      const operands = condition.operands.map((operand) => toSql(operand, more));
      const joined = operands.map(({ sql }) => sql).join(condition.type === "all" ? " AND " : " OR ");
      return { sql: `(${joined})`, isExact: operands.every(({ isExact }) => isExact) };
    }
    case "compare": {
      const exact = compareSql(condition.left, condition.operator, condition.right);
      if (exact !== undefined) return { sql: exact, isExact: true };
      const near = more ? (mentionSql(condition) ?? "1") : "0";
      return { sql: near, isExact: false };
    }
  }
}

function compareSql(
  left: FieldExpression,
  operator: ComparisonOperator,
  right: FieldExpression,
): string | undefined {
  if (left.type === "field" && right.type === "literal") {
    if (left.field.type === "attribute") return undefined;
    return intrinsicSql(left.field, operator, right.literal);
  }
  if (operator === "=~" || operator === "!~") return undefined;
  // What is computed is a number in doubles on both sides; two bare fields may be anything.
  if (isBareAttribute(left) && isBareAttribute(right)) return undefined;
  const a = numberSql(left);
  const b = numberSql(right);
  return a === undefined || b === undefined ? undefined : `ifNull(${a} ${operator} ${b}, 0)`;
}

const isBareAttribute = (value: FieldExpression) =>
  value.type === "field" && value.field.type === "attribute";

const NO_ID = "toFixedString('', 8)";
const hexOf = (column: string) => `lower(hex(${column}))`;

function intrinsicSql(
  field: Extract<QueryField, { type: "intrinsic" }>,
  operator: ComparisonOperator,
  literal: Literal,
): string | undefined {
  switch (field.name) {
    case "trace:id":
      return idSql("trace_id", 32, operator, literal);
    case "span:id":
      return idSql("span_id", 16, operator, literal);
    case "span:parentID": {
      const compared = idSql("parent_span_id", 16, operator, literal);
      return compared === undefined ? undefined : `(parent_span_id != ${NO_ID} AND ${compared})`;
    }
    case "instrumentation:name":
      return textSql("scope_name", operator, literal);
    case "instrumentation:version":
      return textSql("scope_version", operator, literal);
    case "event:name":
      return anyTextSql("events_name", (item) => item, operator, literal);
    case "link:traceID":
      return anyTextSql("links_trace_id", hexOf, operator, literal);
    case "link:spanID":
      return anyTextSql("links_span_id", hexOf, operator, literal);
    case "traceDuration":
    case "rootName":
    case "rootServiceName":
      return traceSql(field.name, operator, literal);
    default:
      return undefined;
  }
}

function idSql(
  column: string,
  digits: number,
  operator: ComparisonOperator,
  literal: Literal,
): string | undefined {
  if (literal.type === "nil") return operator === "=" ? "0" : "1";
  // An index finds it.
  if (operator === "=" && literal.type === "string" && isId(literal.value, digits)) {
    return `(${column} = unhex('${literal.value}'))`;
  }
  return textSql(hexOf(column), operator, literal);
}

const isId = (text: string, digits: number) => text.length === digits && /^[0-9a-f]+$/.test(text);

/** Of a text that is always there. */
function textSql(value: string, operator: ComparisonOperator, literal: Literal): string | undefined {
  if (literal.type === "nil") return operator === "=" ? "0" : "1";
  return literal.type === "string" ? `(${stringSql(value, operator, literal.value)} AND 1)` : undefined;
}

function anyTextSql(
  column: string,
  textOf: (item: string) => string,
  operator: ComparisonOperator,
  literal: Literal,
): string | undefined {
  if (literal.type === "nil") return operator === "=" ? `empty(${column})` : `notEmpty(${column})`;
  if (literal.type !== "string") return undefined;
  return `arrayExists(item -> ${stringSql(textOf("item"), operator, literal.value)}, ${column})`;
}

/** The root as `viewTrace` has it: the first span without a parent, else the first of all. */
const FIRST = `(parent_span_id != ${NO_ID}, start_time, span_id)`;

function traceSql(
  name: "traceDuration" | "rootName" | "rootServiceName",
  operator: ComparisonOperator,
  literal: Literal,
): string | undefined {
  let having: string;
  if (name === "traceDuration") {
    if (literal.type === "nil") return operator === "=" ? "0" : "1";
    const nanos =
      literal.type === "duration" ? literal.nanos : literal.type === "int" ? literal.value : undefined;
    if (nanos === undefined) return undefined;
    const length =
      "greatest(0, toUnixTimestamp64Nano(max(end_time)) - toUnixTimestamp64Nano(min(start_time)))";
    having = `${length} ${operator} ${sqlNumber(nanos)}`;
  } else {
    const field: Comparison["field"] =
      name === "rootName"
        ? { type: "intrinsic", name: "name" }
        : { type: "attribute", scope: "resource", key: "service.name" };
    const onRoot = filterToSql({ type: "comparison", field, operator, literal });
    having = `argMin(${onRoot}, ${FIRST}) = 1`;
  }
  // An empty set would become a constant in one part of the plan and not in another, which the engine refuses.
  return `materialize(trace_id IN (SELECT trace_id FROM spans WHERE ${WIDE_RANGE} GROUP BY trace_id HAVING ${having}))`;
}

/** Attributes of events, links and scopes are kept as JSON: at least the name must be in it. */
function mentionSql({ left, operator, right }: Extract<Condition, { type: "compare" }>): string | undefined {
  if (left.type !== "field" || left.field.type !== "attribute" || right.type !== "literal") return undefined;
  if (right.literal.type === "nil" && operator === "=") return undefined;
  const text = sqlString(`{"key":${JSON.stringify(left.field.key)},`);
  switch (left.field.scope) {
    case "event":
      return `arrayExists(item -> position(item, ${text}) > 0, events_attributes)`;
    case "link":
      return `arrayExists(item -> position(item, ${text}) > 0, links_attributes)`;
    case "instrumentation":
      return `(position(scope_attributes, ${text}) > 0)`;
    case "span":
    case "resource":
    case "any":
      return undefined;
  }
}
