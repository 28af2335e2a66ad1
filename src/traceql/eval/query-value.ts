import { AttributeType } from "../../model/attributes.ts";
import type { AttributeValue, Attributes } from "../../model/attributes.ts";
import { numberTest, compareCodePoints } from "../literal-matcher.ts";
import { printDuration } from "../print-filter.ts";
import type { OrderOperator } from "../query.ts";
import type { KindName, StatusName } from "../span-filter.ts";

/** A value that a query sees. */
export type QueryValue =
  | { readonly type: "string"; readonly value: string }
  /** number when it is a safe integer, else bigint. */
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  /** Nanoseconds. */
  | { readonly type: "duration"; readonly value: number }
  | { readonly type: "kind"; readonly value: KindName }
  | { readonly type: "status"; readonly value: StatusName }
  /** Lists and bytes: only their presence can be asked for. */
  | { readonly type: "json"; readonly value: string };

/** The value of an attribute, if it is there. */
export function attributeValue({ keys, types, values }: Attributes, key: string): QueryValue | undefined {
  const index = keys.indexOf(key);
  if (index < 0) return undefined;
  const value = values[index]!;
  switch (types[index]!) {
    case AttributeType.string:
      return { type: "string", value: value as string };
    case AttributeType.int:
      return { type: "int", value: value as number | bigint };
    case AttributeType.double:
      return { type: "double", value: value as number };
    case AttributeType.bool:
      return { type: "boolean", value: value as boolean };
    case AttributeType.json:
      return { type: "json", value: value as string };
  }
}

/** The value as a number, if it is one. */
export function numberOfValue(value: QueryValue): number | bigint | undefined {
  return value.type === "int" || value.type === "double" || value.type === "duration"
    ? value.value
    : undefined;
}

/** Different types compare false, `!=` too; int, double and duration are all numbers. */
export function compareValues(a: QueryValue, operator: OrderOperator, b: QueryValue): boolean {
  const left = numberOfValue(a);
  const right = numberOfValue(b);
  if (left !== undefined || right !== undefined) {
    return left !== undefined && right !== undefined && numberTest(operator, right)(left);
  }
  if (a.type !== b.type || a.type === "json") return false;
  if (a.type === "string") return numberTest(operator, 0)(compareCodePoints(a.value, b.value as string));
  if (operator === "=") return a.value === b.value;
  return operator === "!=" && a.value !== b.value;
}

/** Equal texts, equal values of one type. */
export function valueKey(value: QueryValue | undefined): string {
  return value === undefined ? "nil" : `${value.type} ${Object.is(value.value, -0) ? 0 : value.value}`;
}

/** As it is shown: durations, kinds, statuses and nil are texts. */
export function attributeOfValue(value: QueryValue | undefined): {
  readonly type: AttributeType;
  readonly value: AttributeValue;
} {
  switch (value?.type) {
    case undefined:
      return { type: AttributeType.string, value: "nil" };
    case "string":
    case "kind":
    case "status":
      return { type: AttributeType.string, value: value.value };
    case "duration":
      return { type: AttributeType.string, value: printDuration(BigInt(Math.round(value.value))) };
    case "int":
      return { type: AttributeType.int, value: value.value };
    case "double":
      return { type: AttributeType.double, value: value.value };
    case "boolean":
      return { type: AttributeType.bool, value: value.value };
    case "json":
      return { type: AttributeType.json, value: value.value };
  }
}
