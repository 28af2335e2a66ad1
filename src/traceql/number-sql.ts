import { sqlString } from "../model/sql-string.ts";
import { fieldOfSpan } from "./check-compare.ts";
import type { FieldExpression } from "./query.ts";
import type { Field } from "./span-filter.ts";
import { sqlNumber } from "./sql-number.ts";

/** The number that an expression gives on a row of `spans`, a Nullable(Float64); undefined where SQL cannot tell. */
export function numberSql(value: FieldExpression): string | undefined {
  switch (value.type) {
    case "literal": {
      const { literal } = value;
      if (literal.type === "duration") return `toFloat64(${sqlNumber(literal.nanos)})`;
      return literal.type === "int" || literal.type === "float"
        ? `toFloat64(${sqlNumber(literal.value)})`
        : undefined;
    }
    case "field": {
      const field = fieldOfSpan(value.field);
      return field === undefined ? undefined : fieldSql(field);
    }
    case "negative": {
      const operand = numberSql(value.operand);
      return operand === undefined ? undefined : `(-${operand})`;
    }
    case "arithmetic": {
      // Remainders and powers are not the same to the last bit everywhere.
      if (value.operator === "%" || value.operator === "^") return undefined;
      const left = numberSql(value.left);
      const right = numberSql(value.right);
      return left === undefined || right === undefined ? undefined : `(${left} ${value.operator} ${right})`;
    }
  }
}

function fieldSql(field: Field): string | undefined {
  if (field.type === "intrinsic") return field.name === "duration" ? "toFloat64(duration_ns)" : undefined;
  // A constant empty key is looked for in vain where keys are LowCardinality.
  const key = field.key === "" ? "materialize('')" : sqlString(field.key);
  if (field.scope !== "any") return scopeSql(field.scope, key, "NULL");
  const isOnSpan = ["str", "bool", "json"].map((type) => `mapContains(span_${type}, ${key})`).join(" OR ");
  return scopeSql("span", key, `if(${isOnSpan}, NULL, ${scopeSql("resource", key, "NULL")})`);
}

function scopeSql(scope: "span" | "resource", key: string, otherwise: string): string {
  return `multiIf(
    mapContains(${scope}_int, ${key}), toFloat64(${scope}_int[${key}]),
    mapContains(${scope}_double, ${key}), ${scope}_double[${key}],
    ${otherwise})`;
}
