import { conditionToSql } from "./condition-sql.ts";
import type { Condition, Pipeline, SpansetExpression } from "./query.ts";

/** Which traces a query may select, as SQL can ask it: never fewer than it selects. */
export interface TraceCandidates {
  /** Conditions on a span, one for each pair of braces. */
  readonly spanConditions: readonly string[];
  /** Over `found0`, `found1` …: how many spans of a trace pass each. */
  readonly traceCondition: string;
  /** Every candidate matches, and a matching span in the range makes it one. */
  readonly isExact: boolean;
}

/** The candidates of a pipeline. Parameters: `wide_from_ms`, `wide_to_ms`. */
export function candidatesOf(pipeline: Pipeline): TraceCandidates {
  const single = singleCondition(pipeline);
  if (single !== undefined) {
    const { sql, isExact } = conditionToSql(single);
    return { spanConditions: [sql], traceCondition: "found0 > 0", isExact };
  }
  const spanConditions: string[] = [];
  const traceCondition = needOf(pipeline.spansets, (condition) => {
    spanConditions.push(conditionToSql(condition).sql);
    return `found${spanConditions.length - 1} > 0`;
  });
  return { spanConditions, traceCondition, isExact: false };
}

/** The one condition that a query comes to, where no span asks for another. */
export function singleCondition({ spansets, stages }: Pipeline): Condition | undefined {
  if (spansets.type !== "filter") return undefined;
  const operands: Condition[] = [spansets.condition];
  for (const stage of stages) {
    if (stage.type === "filter") operands.push(stage.condition);
    else if (stage.type !== "select" && stage.type !== "coalesce") return undefined;
  }
  return operands.length === 1 ? operands[0] : { type: "all", operands };
}

function needOf(expression: SpansetExpression, need: (condition: Condition) => string): string {
  switch (expression.type) {
    case "filter":
      return need(expression.condition);
    case "pipeline":
      return needOf(expression.pipeline.spansets, need);
    case "operation": {
      const { operator } = expression;
      // A span that has no such relative needs none.
      if (operator.startsWith("!")) return needOf(expression.right, need);
      const sides = [needOf(expression.left, need), needOf(expression.right, need)];
      return `(${sides.join(operator === "||" ? " OR " : " AND ")})`;
    }
  }
}
