import type { AggregateOperator, BinaryOperator } from "../ast.ts";

/** Words that are operators. */
export const WORD_OPERATORS: ReadonlySet<string> = new Set<BinaryOperator>(["and", "or", "unless", "atan2"]);

/** With a parameter before the vector. */
export const PARAMETER_AGGREGATES: ReadonlySet<string> = new Set<AggregateOperator>([
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);

export const AGGREGATES: ReadonlySet<string> = new Set<AggregateOperator>([
  "sum",
  "avg",
  "count",
  "min",
  "max",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);

const MODIFIERS = ["offset", "by", "without", "on", "ignoring", "group_left", "group_right", "bool"];

/** Words with a meaning of their own, in lower case; letter case does not matter. */
export const KEYWORDS: ReadonlySet<string> = new Set([...WORD_OPERATORS, ...AGGREGATES, ...MODIFIERS]);

/** Keywords that are not the name of a metric even where one is expected; quoted they can be. */
export const NEVER_METRICS: ReadonlySet<string> = new Set([
  "atan2",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "bool",
]);
