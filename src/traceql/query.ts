import type { ComparisonOperator, Comparison, Literal } from "./span-filter.ts";

/** Where an attribute of a query is looked for; `any` is `.x`: the span's if it is there, else the resource's. */
export type QueryScope = "span" | "resource" | "any" | "event" | "link" | "instrumentation";

/** Canonical names of what is asked of a span or of its trace without an attribute. */
export type QueryIntrinsic =
  | "name"
  | "kind"
  | "status"
  | "statusMessage"
  | "duration"
  | "rootName"
  | "rootServiceName"
  | "traceDuration"
  | "nestedSetParent"
  | "nestedSetLeft"
  | "nestedSetRight"
  | "span:childCount"
  | "trace:id"
  | "span:id"
  | "span:parentID"
  | "event:name"
  | "event:timeSinceStart"
  | "link:traceID"
  | "link:spanID"
  | "instrumentation:name"
  | "instrumentation:version";

export type QueryField =
  | { readonly type: "attribute"; readonly scope: QueryScope; readonly key: string }
  | { readonly type: "intrinsic"; readonly name: QueryIntrinsic };

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^";

/** A value computed from one span and its trace. */
export type FieldExpression =
  | { readonly type: "literal"; readonly literal: Literal }
  | { readonly type: "field"; readonly field: QueryField }
  | {
      readonly type: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly left: FieldExpression;
      readonly right: FieldExpression;
    }
  | { readonly type: "negative"; readonly operand: FieldExpression };

/**
 * What stands in braces, checked. `comparison` and `root` are those of a span filter, which the span alone can answer; `compare` is
 * everything else: intrinsics of the trace, events, links, arithmetic, two fields.
 */
export type Condition =
  | { readonly type: "constant"; readonly value: boolean }
  | { readonly type: "root"; readonly value: boolean }
  | { readonly type: "not"; readonly operand: Condition }
  /** Two operands or more; nested ones of the same type are flattened. */
  | { readonly type: "all" | "any"; readonly operands: readonly Condition[] }
  | Comparison
  | {
      readonly type: "compare";
      readonly operator: ComparisonOperator;
      readonly left: FieldExpression;
      readonly right: FieldExpression;
    };

export const SPANSET_OPERATORS = "&>> &<< !>> !<< && || >> << &> &< &~ !> !< !~ > < ~".split(
  " ",
) as readonly SpansetOperator[];
export type SpansetOperator =
  | "&&"
  | "||"
  | "&>>"
  | "&<<"
  | "!>>"
  | "!<<"
  | ">>"
  | "<<"
  | "&>"
  | "&<"
  | "&~"
  | "!>"
  | "!<"
  | "!~"
  | ">"
  | "<"
  | "~";

export type SpansetExpression =
  | { readonly type: "filter"; readonly condition: Condition }
  | {
      readonly type: "operation";
      readonly operator: SpansetOperator;
      readonly left: SpansetExpression;
      readonly right: SpansetExpression;
    }
  /** In parentheses, with a stage at least. */
  | { readonly type: "pipeline"; readonly pipeline: Pipeline };

export type Aggregate =
  | { readonly type: "count" }
  | { readonly type: "avg" | "min" | "max" | "sum"; readonly field: FieldExpression };

/** A number about a spanset. */
export type Scalar =
  | { readonly type: "aggregate"; readonly aggregate: Aggregate }
  | { readonly type: "literal"; readonly literal: Literal }
  | {
      readonly type: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly left: Scalar;
      readonly right: Scalar;
    };

export type OrderOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

export type Stage =
  | { readonly type: "filter"; readonly condition: Condition }
  | {
      readonly type: "scalar";
      readonly operator: OrderOperator;
      readonly left: Scalar;
      readonly right: Scalar;
    }
  | { readonly type: "by" | "select"; readonly fields: readonly FieldExpression[] }
  | { readonly type: "coalesce" };

export interface Pipeline {
  readonly spansets: SpansetExpression;
  readonly stages: readonly Stage[];
}

export type MetricFunction =
  | { readonly type: "rate" | "count_over_time" }
  | {
      readonly type:
        | "min_over_time"
        | "max_over_time"
        | "avg_over_time"
        | "sum_over_time"
        | "histogram_over_time";
      readonly field: FieldExpression;
    }
  /** Quantiles from 0 to 1. */
  | {
      readonly type: "quantile_over_time";
      readonly field: FieldExpression;
      readonly quantiles: readonly number[];
    };

export interface Metric {
  readonly function: MetricFunction;
  readonly by: readonly FieldExpression[];
  /** Which series are kept, step by step. */
  readonly keep: readonly { readonly type: "topk" | "bottomk"; readonly count: number }[];
}

/** A TraceQL query; `metric` where it asks for series instead of traces. */
export interface Query {
  readonly pipeline: Pipeline;
  readonly metric: Metric | undefined;
  /** `with (name = value)`. */
  readonly hints: readonly { readonly name: string; readonly value: Literal }[];
}
