/** Comparisons of TraceQL; `=~` and `!~` are RE2 regular expressions anchored at both ends. */
export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~";

/** OTLP span kinds in the order of their numbers. */
export const KIND_NAMES = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export type KindName = (typeof KIND_NAMES)[number];

/** OTLP status codes in the order of their numbers. */
export const STATUS_NAMES = ["unset", "ok", "error"] as const;
export type StatusName = (typeof STATUS_NAMES)[number];

export type Literal =
  | { readonly type: "string"; readonly value: string }
  /** Fits in 64 bits, signed. */
  | { readonly type: "int"; readonly value: bigint }
  /** Finite. */
  | { readonly type: "float"; readonly value: number }
  /** Whole nanoseconds, 64 bits, signed. */
  | { readonly type: "duration"; readonly nanos: bigint }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "nil" }
  | { readonly type: "kind"; readonly value: KindName }
  | { readonly type: "status"; readonly value: StatusName };

/** `any` is `.x`: the span's attribute if it is there, else the resource's. */
export type AttributeScope = "span" | "resource" | "any";

/** What a span itself carries. `rootName` and `rootServiceName` are known on the root span of a trace alone. */
export type Intrinsic =
  | "name"
  | "kind"
  | "status"
  | "statusMessage"
  | "duration"
  | "rootName"
  | "rootServiceName";

export type Field =
  | { readonly type: "attribute"; readonly scope: AttributeScope; readonly key: string }
  | { readonly type: "intrinsic"; readonly name: Intrinsic };

export interface Comparison {
  readonly type: "comparison";
  readonly field: Field;
  readonly operator: ComparisonOperator;
  readonly literal: Literal;
}

/**
 * What the braces of a TraceQL span filter hold, checked: every comparison is one that its field can answer and every
 * regular expression compiles. On one span a missing attribute or another type makes a comparison false, `!=` and `!~`
 * too; only comparisons with nil ask whether an attribute is there.
 */
export type SpanFilter =
  | { readonly type: "constant"; readonly value: boolean }
  /** value: the span has no parent. */
  | { readonly type: "root"; readonly value: boolean }
  | { readonly type: "not"; readonly operand: SpanFilter }
  /** Two operands or more; nested ones of the same type are flattened. */
  | { readonly type: "all" | "any"; readonly operands: readonly SpanFilter[] }
  | Comparison;
