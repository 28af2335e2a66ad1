import type { Comparison, Field, Literal, SpanFilter } from "./span-filter.ts";

/**
 * The canonical text of a filter: it parses to the same filter, and filters that differ only in spacing, needless
 * parentheses or spelling print alike. Part of the hash that identifies an indicator, so it never changes.
 */
export function printFilter(filter: SpanFilter): string {
  if (filter.type === "constant" && filter.value) return "{ }";
  return `{ ${print(filter, "any")} }`;
}

/** A comparison without braces; equal text, equal meaning. */
export function printComparison({ field, operator, literal }: Comparison): string {
  return `${printField(field)} ${operator} ${printLiteral(literal)}`;
}

function print(filter: SpanFilter, parent: "any" | "all" | "not"): string {
  switch (filter.type) {
    case "constant":
      return String(filter.value);
    case "root":
      return filter.value ? "nestedSetParent < 0" : "nestedSetParent >= 0";
    case "comparison":
      return printComparison(filter);
    case "not":
      return filter.operand.type === "not" || filter.operand.type === "constant"
        ? `!${print(filter.operand, "not")}`
        : `!(${print(filter.operand, "any")})`;
    case "all":
      return filter.operands.map((operand) => print(operand, "all")).join(" && ");
    case "any": {
      const text = filter.operands.map((operand) => print(operand, "any")).join(" || ");
      return parent === "any" ? text : `(${text})`;
    }
  }
}

const SCOPE_PREFIX = { span: "span.", resource: "resource.", any: "." } as const;

export function printField(field: Field): string {
  return field.type === "intrinsic" ? field.name : SCOPE_PREFIX[field.scope] + printKey(field.key);
}

/** The name of an attribute, in quotes where it must be. */
export function printKey(key: string): string {
  // A name that starts with a digit would read as a number after the bare dot.
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key) ? key : quote(key);
}

/** A literal as it is written. */
export function printLiteral(literal: Literal): string {
  switch (literal.type) {
    case "string":
      return quote(literal.value);
    case "int":
    case "boolean":
    case "kind":
    case "status":
      return String(literal.value);
    case "float":
      return printFloat(literal.value);
    case "duration":
      return printDuration(literal.nanos);
    case "nil":
      return "nil";
  }
}

function printFloat(value: number): string {
  const text = Object.is(value, -0) ? "0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1_000n],
];

/** In the largest unit that leaves a whole number. */
export function printDuration(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  for (const [unit, size] of UNITS) if (nanos % size === 0n) return `${nanos / size}${unit}`;
  return `${nanos}ns`;
}

/** Control characters are escaped; everything else stands as it is. */
function quote(value: string): string {
  const escaped = value.replace(/["\\]|\p{Cc}/gu, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
