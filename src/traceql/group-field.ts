import { AttributeType } from "../model/attributes.ts";
import type { Attributes } from "../model/attributes.ts";
import type { Resource, SpanBatch } from "../model/span-batch.ts";
import { sqlString } from "../model/sql-string.ts";
import type { KeyLookup } from "./attribute-test.ts";
import { parseSpanFilter } from "./parse-span-filter.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";
import type { Comparison, Field, KindName, SpanFilter, StatusName } from "./span-filter.ts";

/**
 * The value of a field as a text that keeps types apart, so that the predicate, the SQL and a condition mean the same:
 * `s` and a string, `i` and a whole number (doubles that are one among them), `b0`, `b1`, `k` and a kind, `t` and a
 * status, `n` where there is none, `x` for what no group is made of (lists, fractions,
 * whole numbers that a double cannot hold).
 */
export type GroupKey = string;

export const NO_VALUE: GroupKey = "n";
const NOT_GROUPED: GroupKey = "x";

/** What spans may be grouped by: an attribute, or one of `name`, `kind`, `status`. */
export type GroupField =
  | Extract<Field, { type: "attribute" }>
  | { readonly type: "intrinsic"; readonly name: "name" | "kind" | "status" };

/** Reads one field, e.g. `span.http.route`; undefined when it is none. */
export function parseGroupField(text: string): GroupField | undefined {
  // A comparison that every field takes; what closes the braces early is no field.
  if (/[{}]/.test(text)) return undefined;
  for (const probe of ["!= nil", '= ""', "= server", "= ok"]) {
    const parsed = parseSpanFilter(`{ ${text} ${probe} }`);
    if (!parsed.ok || parsed.filter.type !== "comparison") continue;
    const { field } = parsed.filter;
    return isGroupField(field) ? field : undefined;
  }
  return undefined;
}

function isGroupField(field: Field): field is GroupField {
  return field.type === "attribute" || ["name", "kind", "status"].includes(field.name);
}

/** The condition that a field has this value; undefined for what no group is made of. */
export function groupCondition(field: GroupField, key: GroupKey): Comparison | undefined {
  const value = key.slice(1);
  const equals = (literal: Comparison["literal"]): Comparison => ({
    type: "comparison",
    field,
    operator: "=",
    literal,
  });
  switch (key[0]) {
    case "s":
      return equals({ type: "string", value });
    case "i":
      return equals({ type: "int", value: BigInt(value) });
    case "b":
      return equals({ type: "boolean", value: value === "1" });
    case "k":
      return equals({ type: "kind", value: value as KindName });
    case "t":
      return equals({ type: "status", value: value as StatusName });
    case "n":
      return field.type === "attribute" ? equals({ type: "nil" }) : undefined;
    default:
      return undefined;
  }
}

/** The field and the value that a condition asks for, where it asks for one value; the reverse of `groupCondition`. */
export function groupOfCondition(
  filter: SpanFilter,
): { readonly field: GroupField; readonly key: GroupKey } | undefined {
  if (filter.type !== "comparison" || filter.operator !== "=") return undefined;
  const { field, literal } = filter;
  if (!isGroupField(field)) return undefined;
  switch (literal.type) {
    case "string":
      return isTextual(field) ? { field, key: `s${literal.value}` } : undefined;
    case "int":
      return Number.isSafeInteger(Number(literal.value)) ? { field, key: `i${literal.value}` } : undefined;
    case "boolean":
      return { field, key: `b${Number(literal.value)}` };
    case "kind":
      return isNamed(field, "kind") ? { field, key: `k${literal.value}` } : undefined;
    case "status":
      return isNamed(field, "status") ? { field, key: `t${literal.value}` } : undefined;
    case "nil":
      return field.type === "attribute" ? { field, key: NO_VALUE } : undefined;
    case "float":
    case "duration":
      return undefined;
  }
}

const isNamed = (field: GroupField, name: string) => field.type === "intrinsic" && field.name === name;
const isTextual = (field: GroupField) => field.type === "attribute" || field.name === "name";

/** A value as a Map finds it without making a text first; null where there is none, undefined where it makes no group. */
export type GroupValue = string | number | boolean | null | undefined;

export function groupValueOf(key: GroupKey): GroupValue {
  const text = key.slice(1);
  switch (key[0]) {
    case "i":
      return Number(text);
    case "b":
      return text === "1";
    case "n":
      return null;
    case "x":
      return undefined;
    default:
      return text;
  }
}

/** The value of a field on the spans of one resource: one for all of them, or a question to each. */
export type SpanGroupValue = GroupValue | ((batch: SpanBatch, row: number) => GroupValue);

/** `lookup`: of the field's key, shared by all that ask the same spans. */
export function spanGroupValue(field: GroupField, resource: Resource, lookup: KeyLookup): SpanGroupValue {
  if (field.type === "intrinsic") {
    if (field.name === "name") return (batch, row) => batch.name[row]!;
    if (field.name === "kind") return (batch, row) => KIND_NAMES[batch.kind[row]!]!;
    return (batch, row) => STATUS_NAMES[batch.status[row]!]!;
  }
  const { attributes } = resource;
  const own = field.scope === "span" ? null : valueAt(attributes, attributes.keys.indexOf(field.key));
  if (field.scope === "resource") return own;
  return (batch, row) => {
    const index = lookup(batch, row);
    return index < 0 ? own : valueAt(batch.attributes[row]!, index);
  };
}

function valueAt({ types, values }: Attributes, index: number): GroupValue {
  if (index < 0) return null;
  const value = values[index]!;
  switch (types[index]!) {
    case AttributeType.string:
    case AttributeType.bool:
      return value as string | boolean;
    case AttributeType.int:
    case AttributeType.double:
      return Number.isSafeInteger(value) ? (value as number) : undefined;
    case AttributeType.json:
      return undefined;
  }
}

/** The same as SQL over the columns of `spans`. */
export function groupKeySql(field: GroupField): string {
  if (field.type === "intrinsic") {
    if (field.name === "name") return "concat('s', name)";
    const [letter, names] =
      field.name === "kind" ? (["k", KIND_NAMES] as const) : (["t", STATUS_NAMES] as const);
    return `concat('${letter}', [${names.map(sqlString).join(", ")}][${field.name} + 1])`;
  }
  // A constant empty key is looked for in vain where keys are LowCardinality.
  const key = field.key === "" ? "materialize('')" : sqlString(field.key);
  if (field.scope !== "any") return scopeKeySql(field.scope, key, sqlString(NO_VALUE));
  return scopeKeySql("span", key, scopeKeySql("resource", key, sqlString(NO_VALUE)));
}

/** Numbers as Number.isSafeInteger has them. */
function scopeKeySql(scope: "span" | "resource", key: string, otherwise: string): string {
  const int = `${scope}_int[${key}]`;
  const double = `${scope}_double[${key}]`;
  const safe = "BETWEEN -9007199254740991 AND 9007199254740991";
  return `multiIf(
    mapContains(${scope}_str, ${key}), concat('s', ${scope}_str[${key}]),
    mapContains(${scope}_int, ${key}), if(${int} ${safe}, concat('i', toString(${int})), '${NOT_GROUPED}'),
    mapContains(${scope}_bool, ${key}), if(${scope}_bool[${key}], 'b1', 'b0'),
    mapContains(${scope}_double, ${key}), if(${double} = trunc(${double}) AND ${double} ${safe}, concat('i', toString(toInt64(${double}))), '${NOT_GROUPED}'),
    mapContains(${scope}_json, ${key}), '${NOT_GROUPED}',
    ${otherwise})`;
}
