import { sqlString } from "../model/sql-string.ts";
import type { QueryValue } from "./eval/query-value.ts";
import type { FieldExpression } from "./query.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";

/**
 * The value of a field on a row of `spans` as a text that keeps types apart (`readValueText` reads it); undefined where SQL
 * cannot tell.
 */
export function valueTextSql(expression: FieldExpression): string | undefined {
  if (expression.type !== "field") return undefined;
  const { field } = expression;
  if (field.type === "attribute") {
    // A constant empty key is looked for in vain where keys are LowCardinality.
    const key = field.key === "" ? "materialize('')" : sqlString(field.key);
    switch (field.scope) {
      case "span":
      case "resource":
        return scopeSql(field.scope, key, "'n'");
      case "any":
        return scopeSql("span", key, scopeSql("resource", key, "'n'"));
      case "event":
      case "link":
      case "instrumentation":
        return undefined;
    }
  }
  switch (field.name) {
    case "name":
      return "concat('s', name)";
    case "statusMessage":
      return "concat('s', status_message)";
    case "kind":
      return `concat('k', toString(kind))`;
    case "status":
      return `concat('t', toString(status))`;
    case "duration":
      return `concat('u', toString(duration_ns))`;
    case "trace:id":
      return "concat('s', lower(hex(trace_id)))";
    case "span:id":
      return "concat('s', lower(hex(span_id)))";
    case "instrumentation:name":
      return "concat('s', scope_name)";
    case "instrumentation:version":
      return "concat('s', scope_version)";
    default:
      return undefined;
  }
}

function scopeSql(scope: "span" | "resource", key: string, otherwise: string): string {
  return `multiIf(
    mapContains(${scope}_str, ${key}), concat('s', ${scope}_str[${key}]),
    mapContains(${scope}_int, ${key}), concat('i', toString(${scope}_int[${key}])),
    mapContains(${scope}_double, ${key}), concat('d', toString(${scope}_double[${key}])),
    mapContains(${scope}_bool, ${key}), if(${scope}_bool[${key}], 'b1', 'b0'),
    mapContains(${scope}_json, ${key}), concat('j', ${scope}_json[${key}]),
    ${otherwise})`;
}

/** Undefined for nil. */
export function readValueText(text: string): QueryValue | undefined {
  const value = text.slice(1);
  switch (text[0]) {
    case "s":
      return { type: "string", value };
    case "i": {
      const number = Number(value);
      return { type: "int", value: Number.isSafeInteger(number) ? number : BigInt(value) };
    }
    case "d":
      return { type: "double", value: readDouble(value) };
    case "b":
      return { type: "boolean", value: value === "1" };
    case "j":
      return { type: "json", value };
    case "k":
      return { type: "kind", value: KIND_NAMES[Number(value)] ?? "unspecified" };
    case "t":
      return { type: "status", value: STATUS_NAMES[Number(value)] ?? "unset" };
    case "u":
      return { type: "duration", value: Number(value) };
    default:
      return undefined;
  }
}

function readDouble(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}
