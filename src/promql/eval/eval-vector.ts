import type { Expr } from "../ast.ts";
import { evalAggregate } from "./eval-aggregate.ts";
import { evalBinary } from "./eval-binary.ts";
import { evalCall } from "./eval-call.ts";
import { evalSelector } from "./eval-selector.ts";
import { negated } from "./eval-unary.ts";
import type { Evaluation, Times } from "./evaluation.ts";
import { repeated } from "./grid-series.ts";
import { QueryError } from "../query-error.ts";
import { isStepInvariant } from "./step-invariant.ts";
import type { GridSeries } from "../value.ts";

/** The series of an expression that is a vector. What is the same at every step is computed once. */
export async function* evalVector(
  evaluation: Evaluation,
  expr: Expr,
  times: Times,
): AsyncGenerator<GridSeries> {
  if (times.steps === 0) return;
  if (times.steps === 1 || !isStepInvariant(expr)) {
    yield* evalOnTimes(evaluation, expr, times);
    return;
  }
  const once = { ...times, steps: 1 };
  for await (const series of evalOnTimes(evaluation, expr, once)) yield repeated(series, times);
}

function evalOnTimes(evaluation: Evaluation, expr: Expr, times: Times): AsyncIterable<GridSeries> {
  switch (expr.type) {
    case "selector":
      return evalSelector(evaluation, expr, times);
    case "paren":
      return evaluation.vector(expr.operand, times);
    case "unary": {
      const vector = evaluation.vector(expr.operand, times);
      return expr.operator === "-" ? negated(vector) : vector;
    }
    case "binary":
      return evalBinary(evaluation, expr, times);
    case "aggregate":
      return evalAggregate(evaluation, expr, times);
    case "call":
      return evalCall(evaluation, expr, times);
    case "number":
    case "string":
    case "matrix":
    case "subquery":
      throw new QueryError("execution", `expected an instant vector, got ${expr.type}`);
  }
}
