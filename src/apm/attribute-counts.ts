import { printComparison, printKey } from "../traceql/print-filter.ts";
import type { Field, Literal } from "../traceql/span-filter.ts";
import type { AttributeCounts, AttributeField, ValueCounts, ValueRow } from "./attribution-ports.ts";

/** Rows by attribute; a key with values of two types is two attributes. */
export function attributeCounts(rows: readonly ValueRow[]): readonly AttributeCounts[] {
  const byAttribute = new Map<string, { first: ValueRow; values: ValueCounts[] }>();
  for (const row of rows) {
    if (row.scope === "endpoint") continue;
    const key = JSON.stringify([row.scope, row.key, row.type]);
    const known = byAttribute.get(key);
    if (known === undefined) byAttribute.set(key, { first: row, values: [valueCounts(row)] });
    else known.values.push(valueCounts(row));
  }
  return [...byAttribute.values()].map(({ first, values }) => ({
    field: fieldOf(first),
    attribute: attributeName(first),
    type: first.type === "str" ? "text" : first.type === "bool" ? "boolean" : "number",
    distinct: first.distinct,
    present: first.present,
    values,
  }));
}

/** As TraceQL writes it. */
export function attributeName({ scope, key }: Pick<ValueRow, "scope" | "key">): string {
  if (scope === "exception") return `event.${key}`;
  return scope === "span" || scope === "resource" ? `${scope}.${printKey(key)}` : key;
}

/** One row without its attribute. */
export function valueCounts({
  value,
  type,
  bad,
  good,
  badSketch,
  goodSketch,
  traceIds,
}: ValueRow): ValueCounts {
  return { value, literal: literalOf(type, value), bad, good, badSketch, goodSketch, traceIds };
}

/** A query that finds the spans; undefined where values were cut, or a span filter cannot ask for it. */
export function traceqlOf(field: AttributeField, literal: Literal | undefined): string | undefined {
  if (field.type === "exception" || field.type === "label" || literal === undefined) return undefined;
  return `{ ${printComparison({ type: "comparison", field, operator: "=", literal })} }`;
}

/** Longer texts were cut. */
const LONGEST = 199;

function literalOf(type: ValueRow["type"], value: string): Literal | undefined {
  switch (type) {
    case "str":
      return value.length > LONGEST ? undefined : { type: "string", value };
    case "int":
      return { type: "int", value: BigInt(value) };
    case "double":
      return Number.isFinite(Number(value)) ? { type: "float", value: Number(value) } : undefined;
    case "bool":
      return { type: "boolean", value: value === "true" };
  }
}

function fieldOf({ scope, key }: ValueRow): AttributeField {
  if (scope === "exception" || scope === "label") return { type: scope };
  if (scope === "span" || scope === "resource") return { type: "attribute", scope, key };
  const name: Extract<Field, { type: "intrinsic" }>["name"] =
    key === "statusMessage" ? "statusMessage" : "name";
  return { type: "intrinsic", name };
}
