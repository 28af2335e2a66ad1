import { compileRegex } from "./filter-regex.ts";
import type { ComparisonOperator, Literal } from "./span-filter.ts";

/** How one comparison judges a present value of each type; a type that is not here compares false. */
export type LiteralMatcher =
  | { readonly type: "string"; readonly test: (value: string) => boolean }
  | { readonly type: "number"; readonly test: (value: number | bigint) => boolean }
  | { readonly type: "boolean"; readonly test: (value: boolean) => boolean }
  /** Comparison with nil: true for present values of every type, or false for them. */
  | { readonly type: "presence"; readonly present: boolean };

/** The meaning of `<field> operator literal` for attributes. Numbers compare exactly across int and double. */
export function literalMatcher(operator: ComparisonOperator, literal: Literal): LiteralMatcher {
  switch (literal.type) {
    case "nil":
      return { type: "presence", present: operator === "!=" };
    case "boolean":
      return { type: "boolean", test: (value) => (value === literal.value) === (operator === "=") };
    case "string":
      return { type: "string", test: stringTest(operator, literal.value) };
    case "int":
      return { type: "number", test: numberTest(operator, exactNumber(literal.value)) };
    case "float":
      return { type: "number", test: numberTest(operator, literal.value) };
    case "duration":
      return { type: "number", test: numberTest(operator, exactNumber(literal.nanos)) };
    case "kind":
    case "status":
      return { type: "presence", present: false };
  }
}

function exactNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `value operator literal` for numbers, exact across int and double. */
export function numberTest(
  operator: ComparisonOperator,
  literal: number | bigint,
): (value: number | bigint) => boolean {
  switch (operator) {
    case "<":
      return (value) => value < literal;
    case "<=":
      return (value) => value <= literal;
    case ">":
      return (value) => value > literal;
    case ">=":
      return (value) => value >= literal;
    case "!=":
      return (value) => !equals(value, literal);
    case "=":
      return (value) => equals(value, literal);
    case "=~":
    case "!~":
      return () => false;
  }
}

/** NaN equals nothing; an int and a double are equal when they are the same number. */
function equals(a: number | bigint, b: number | bigint): boolean {
  return typeof a === typeof b ? a === b : a == b;
}

function stringTest(operator: ComparisonOperator, literal: string): (value: string) => boolean {
  switch (operator) {
    case "=":
      return (value) => value === literal;
    case "!=":
      return (value) => value !== literal;
    case "<":
      return (value) => compareCodePoints(value, literal) < 0;
    case "<=":
      return (value) => compareCodePoints(value, literal) <= 0;
    case ">":
      return (value) => compareCodePoints(value, literal) > 0;
    case ">=":
      return (value) => compareCodePoints(value, literal) >= 0;
    case "=~":
      return remember(compileRegex(literal));
    case "!~": {
      const matches = remember(compileRegex(literal));
      return (value) => !matches(value);
    }
  }
}

/** The order of code points, which is that of UTF-8 bytes but not of UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) {
      const isSurrogateA = unitA >= 0xd800 && unitA <= 0xdfff;
      const isSurrogateB = unitB >= 0xd800 && unitB <= 0xdfff;
      return isSurrogateA === isSurrogateB ? unitA - unitB : isSurrogateA ? 1 : -1;
    }
  }
  return a.length - b.length;
}

const REMEMBERED_VALUES = 1_024;
const REMEMBERED_LENGTH = 256;

/**
 * Values repeat (routes, hosts, methods) and a Map is several times faster than a regular expression. When full it is
 * emptied: cheaper than an order of use, and values that repeat are soon back.
 */
function remember(test: (value: string) => boolean): (value: string) => boolean {
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const result = test(value);
    if (value.length <= REMEMBERED_LENGTH) {
      if (known.size >= REMEMBERED_VALUES) known.clear();
      known.set(value, result);
    }
    return result;
  };
}
