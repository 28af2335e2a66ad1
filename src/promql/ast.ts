/** Where an expression stands in the query: UTF-16 offsets, the end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type ValueType = "scalar" | "vector" | "matrix" | "string";

export type MatchOperator = "=" | "!=" | "=~" | "!~";

export interface Matcher {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** `@ 1609746000`, `@ start()`, `@ end()`. */
export type AtModifier =
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" };

export interface NumberLiteral {
  readonly type: "number";
  readonly value: number;
  readonly range: Range;
}

export interface StringLiteral {
  readonly type: "string";
  readonly value: string;
  readonly range: Range;
}

/** `http_requests_total{code="200"} offset 5m @ end()`. The metric's name is a matcher of `__name__` as well. */
export interface VectorSelector {
  readonly type: "selector";
  /** As written before the braces, or in them as a quoted name; "" when there is none. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly offsetMs: number;
  readonly at: AtModifier | undefined;
  readonly range: Range;
}

/** `http_requests_total[5m]`. */
export interface MatrixSelector {
  readonly type: "matrix";
  readonly selector: VectorSelector;
  readonly windowMs: number;
  readonly range: Range;
}

/** `rate(x[5m])[30m:1m] offset 5m`. */
export interface Subquery {
  readonly type: "subquery";
  readonly operand: Expr;
  readonly windowMs: number;
  /** undefined: the default of the query's environment. */
  readonly stepMs: number | undefined;
  readonly offsetMs: number;
  readonly at: AtModifier | undefined;
  readonly range: Range;
}

export interface Unary {
  readonly type: "unary";
  readonly operator: "+" | "-";
  readonly operand: Expr;
  readonly range: Range;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOperator = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type SetOperator = "and" | "or" | "unless";
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

export interface VectorMatching {
  readonly cardinality: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  /** true: `on(labels)`; false: `ignoring(labels)`, which with no labels is the default. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** `group_left(labels)` or `group_right(labels)`: copied from the "one" side. */
  readonly include: readonly string[];
}

export interface Binary {
  readonly type: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  /** `bool` after a comparison. */
  readonly returnBool: boolean;
  /** Set when both sides are vectors. */
  readonly matching: VectorMatching | undefined;
  readonly range: Range;
}

export type AggregateOperator =
  | "sum"
  | "avg"
  | "count"
  | "min"
  | "max"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "count_values"
  | "quantile"
  | "limitk"
  | "limit_ratio";

export interface Aggregate {
  readonly type: "aggregate";
  readonly operator: AggregateOperator;
  readonly operand: Expr;
  /** Of topk, bottomk, quantile, count_values, limitk, limit_ratio. */
  readonly parameter: Expr | undefined;
  readonly without: boolean;
  readonly labels: readonly string[];
  readonly range: Range;
}

export interface Call {
  readonly type: "call";
  readonly name: string;
  readonly args: readonly Expr[];
  readonly range: Range;
}

export interface Paren {
  readonly type: "paren";
  readonly operand: Expr;
  readonly range: Range;
}

/** A PromQL expression that has passed the type check. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Unary
  | Binary
  | Aggregate
  | Call
  | Paren;
