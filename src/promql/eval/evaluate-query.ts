import { createAnnotations } from "../annotations.ts";
import type { Expr } from "../ast.ts";
import { evalRange, rangeOperand, windowEnds } from "./eval-range.ts";
import { evalScalar } from "./eval-scalar.ts";
import { evalVector } from "./eval-vector.ts";
import type { Evaluation } from "./evaluation.ts";
import { compareLabels } from "./compare-labels.ts";
import { finishVector } from "./finish-vector.ts";
import { METRIC_NAME, withLabel } from "../../model/labels.ts";
import { QueryError } from "../query-error.ts";
import type { QueryLimits, QueryOutcome, QueryRequest, QueryValue } from "../query-request.ts";
import { createReadBudget, tooManyPoints } from "./read-budget.ts";
import type { SeriesReader } from "../series-reader.ts";
import { typeOf } from "../syntax/type-of.ts";
import type { Grid, RawSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

export interface QueryEnvironment {
  readonly reader: SeriesReader;
  readonly limits: QueryLimits;
  readonly signal: AbortSignal;
  /** Throws QueryError ("timeout") once the query has taken too long; called between series. */
  readonly checkTime?: () => void;
}

type Answer = Extract<QueryOutcome, { kind: "answered" }>;

/**
 * Evaluates an expression at the times of a request, as Prometheus 3 does. Throws QueryError for what cannot be
 * computed, beyond a limit, and when cancelled; what the reader throws passes through.
 */
export async function evaluateQuery(
  expr: Expr,
  request: Omit<QueryRequest, "query">,
  environment: QueryEnvironment,
): Promise<Answer> {
  const { reader, limits, signal, checkTime } = environment;
  const grid = gridOf(request);
  if (grid.steps > limits.maxSteps) {
    throw new QueryError(
      "too_large",
      `exceeded maximum resolution of ${limits.maxSteps.toLocaleString("en")} points per timeseries. ` +
        "Try decreasing the query resolution (?step=XX)",
    );
  }
  const budget = createReadBudget(limits, signal, checkTime);
  const annotations = createAnnotations();
  const evaluation: Evaluation = {
    query: request,
    reader,
    budget,
    annotations,
    vector: (expr, times) => evalVector(evaluation, expr, times),
    scalar: (expr, times) => evalScalar(evaluation, expr, times),
  };
  budget.checkpoint();
  const value = await queryValue(evaluation, expr, grid, limits);
  return { kind: "answered", value, annotations: annotations.list(), stats: budget.used() };
}

/** The times of a request. */
function gridOf({ instant, startMs, endMs, stepMs }: Omit<QueryRequest, "query">): Grid {
  if (instant || stepMs <= 0) return { startMs, endMs: startMs, stepMs: Math.max(1, stepMs), steps: 1 };
  return { startMs, endMs, stepMs, steps: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) };
}

async function queryValue(
  evaluation: Evaluation,
  expr: Expr,
  grid: Grid,
  limits: QueryLimits,
): Promise<QueryValue> {
  switch (typeOf(expr)) {
    case "scalar":
      return { type: "scalar", grid, values: await evaluation.scalar(expr, grid) };
    case "vector": {
      const stream = evaluation.vector(expr, grid);
      return { type: "vector", grid, series: await finishVector(expr, stream, evaluation, limits.maxPoints) };
    }
    case "string": {
      const inner = withoutParens(expr);
      return { type: "string", value: inner.type === "string" ? inner.value : "", atMs: grid.startMs };
    }
    case "matrix":
      return { type: "matrix", series: await rangeValue(evaluation, expr, grid, limits.maxPoints) };
  }
}

/** The samples of a range. */
async function rangeValue(
  evaluation: Evaluation,
  expr: Expr,
  grid: Grid,
  maxPoints: number,
): Promise<readonly RawSeries[]> {
  const operand = rangeOperand(expr);
  if (operand === undefined || !evaluation.query.instant) {
    throw new QueryError("execution", "a range vector is no result of a range query");
  }
  const found: RawSeries[] = [];
  let points = 0;
  for await (const { dropName, ...series } of evalRange(
    evaluation,
    operand,
    windowEnds(operand, grid, evaluation.query),
  )) {
    if (series.timesMs.length === 0) continue;
    points += series.timesMs.length;
    if (points > maxPoints) {
      throw tooManyPoints(maxPoints);
    }
    found.push(dropName ? { ...series, labels: withLabel(series.labels, METRIC_NAME, "") } : series);
  }
  return found.sort((a, b) => compareLabels(a.labels, b.labels));
}
