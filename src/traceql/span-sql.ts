import { desugarComparison } from "./desugar-comparison.ts";
import { anchoredPattern } from "./filter-regex.ts";
import { literalMatcher } from "./literal-matcher.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";
import type { Comparison, ComparisonOperator, Field, Literal, SpanFilter } from "./span-filter.ts";
import { sqlString } from "../model/sql-string.ts";
import { sqlNumber } from "./sql-number.ts";

/**
 * A filter as a ClickHouse condition over the columns of `spans`: a UInt8 of 0 or 1, never NULL, true for exactly the
 * spans that the predicate takes. `service.name` of the resource is read from the `service` column as well, the first
 * one of the primary key, so that most of the table is not read.
 */
export function filterToSql(filter: SpanFilter): string {
  const sql = conditionSql(filter);
  // What is made of one LowCardinality column alone would be LowCardinality too.
  return filter.type === "comparison" || filter.type === "not" ? `(${sql} AND 1)` : sql;
}

function conditionSql(filter: SpanFilter): string {
  switch (filter.type) {
    case "constant":
      return filter.value ? "1" : "0";
    case "root":
      return `(parent_span_id ${filter.value ? "=" : "!="} toFixedString('', 8))`;
    case "not":
      return `(NOT ${conditionSql(filter.operand)})`;
    case "all":
      return `(${filter.operands.map(conditionSql).join(" AND ")})`;
    case "any":
      return `(${filter.operands.map(conditionSql).join(" OR ")})`;
    case "comparison": {
      const plain = desugarComparison(filter);
      return plain.type === "comparison" ? comparisonSql(plain) : conditionSql(plain);
    }
  }
}

function comparisonSql({ field, operator, literal }: Comparison): string {
  return field.type === "attribute"
    ? attributeSql(field, operator, literal)
    : columnSql(field, operator, literal);
}

function columnSql(
  field: Extract<Field, { type: "intrinsic" }>,
  operator: ComparisonOperator,
  literal: Literal,
): string {
  switch (literal.type) {
    case "kind":
      return `(kind ${operator} ${KIND_NAMES.indexOf(literal.value)})`;
    case "status":
      return `(status ${operator} ${STATUS_NAMES.indexOf(literal.value)})`;
    case "duration":
      return `(duration_ns ${operator} ${sqlNumber(literal.nanos)})`;
    case "string":
      return stringSql(field.name === "name" ? "name" : "status_message", operator, literal.value);
    case "int":
    case "float":
    case "boolean":
    case "nil":
      return "0";
  }
}

/** A comparison of a column or an expression of texts with a text. */
export function stringSql(value: string, operator: ComparisonOperator, literal: string): string {
  if (operator === "=~") return `match(${value}, ${sqlString(anchoredPattern(literal))})`;
  if (operator === "!~") return `(NOT match(${value}, ${sqlString(anchoredPattern(literal))}))`;
  return `(${value} ${operator} ${sqlString(literal)})`;
}

const VALUE_TYPES = ["str", "int", "double", "bool", "json"] as const;
type ValueType = (typeof VALUE_TYPES)[number];

function attributeSql(
  field: Extract<Field, { type: "attribute" }>,
  operator: ComparisonOperator,
  literal: Literal,
): string {
  // A constant empty key is looked for in vain where keys are LowCardinality.
  const key = field.key === "" ? "materialize('')" : sqlString(field.key);
  if (field.scope !== "any") return scopeSql(field.scope, key, operator, literal);
  const onSpan = scopeSql("span", key, operator, literal);
  const onResource = scopeSql("resource", key, operator, literal);
  if (literal.type === "nil") {
    return operator === "=" ? `(${onSpan} AND ${onResource})` : `(${onSpan} OR ${onResource})`;
  }
  return `(${onSpan} OR (${onResource} AND NOT ${presentSql("span", key)}))`;
}

function scopeSql(
  scope: "span" | "resource",
  key: string,
  operator: ComparisonOperator,
  literal: Literal,
): string {
  const matcher = literalMatcher(operator, literal);
  switch (matcher.type) {
    case "presence":
      return matcher.present ? presentSql(scope, key) : `(NOT ${presentSql(scope, key)})`;
    case "string": {
      const comparison = mapSql(
        scope,
        "str",
        key,
        (value) => stringSql(value, operator, stringOf(literal)),
        matcher.test(""),
      );
      if (scope !== "resource" || key !== "'service.name'") return comparison;
      return `(${stringSql("service", operator, stringOf(literal))} AND ${comparison})`;
    }
    case "boolean":
      return mapSql(
        scope,
        "bool",
        key,
        (value) => `(${value} ${operator} ${stringOf(literal)})`,
        matcher.test(false),
      );
    case "number": {
      const compare = (value: string) => `(${value} ${operator} ${numberOf(literal)})`;
      const ints = mapSql(scope, "int", key, compare, matcher.test(0));
      return `(${ints} OR ${mapSql(scope, "double", key, compare, matcher.test(0))})`;
    }
  }
}

/** A missing key reads as the type's default value, so presence is asked only where the default would pass. */
function mapSql(
  scope: "span" | "resource",
  type: ValueType,
  key: string,
  compare: (value: string) => string,
  defaultPasses: boolean,
): string {
  const comparison = compare(`${scope}_${type}[${key}]`);
  return defaultPasses ? `(mapContains(${scope}_${type}, ${key}) AND ${comparison})` : comparison;
}

function presentSql(scope: "span" | "resource", key: string): string {
  return `(${VALUE_TYPES.map((type) => `mapContains(${scope}_${type}, ${key})`).join(" OR ")})`;
}

const stringOf = (literal: Literal) => ("value" in literal ? String(literal.value) : "");

function numberOf(literal: Literal): string {
  if (literal.type === "duration") return sqlNumber(literal.nanos);
  return literal.type === "int" || literal.type === "float" ? sqlNumber(literal.value) : "0";
}
