import type { Expr, MatrixSelector, Subquery } from "../ast.ts";
import { evalSubquery, type RangeSeries } from "./eval-subquery.ts";
import { lastTime, type Evaluation, type Times } from "./evaluation.ts";
import { withoutParens } from "../syntax/without-parens.ts";
import { shiftedTimes } from "./shifted-times.ts";
import type { RawSeries } from "../value.ts";

/** The argument of a function over ranges. */
export type RangeOperand = MatrixSelector | Subquery;

/** undefined when the expression is none. */
export function rangeOperand(expr: Expr): RangeOperand | undefined {
  const inner = withoutParens(expr);
  return inner.type === "matrix" || inner.type === "subquery" ? inner : undefined;
}

/** When the windows of an operand end; they begin windowMs earlier. */
export function windowEnds(operand: RangeOperand, times: Times, query: Evaluation["query"]): Times {
  return shiftedTimes(operand.type === "matrix" ? operand.selector : operand, times, query);
}

/** Every series of a range with all samples that are in any of the windows. */
export async function* evalRange(
  evaluation: Evaluation,
  operand: RangeOperand,
  ends: Times,
): AsyncGenerator<RangeSeries> {
  if (operand.type === "subquery") {
    yield* evalSubquery(evaluation, operand, ends);
    return;
  }
  const request = {
    matchers: operand.selector.matchers,
    fromMs: ends.startMs - operand.windowMs,
    toMs: lastTime(ends),
  };
  for await (const raw of evaluation.reader.select(request, evaluation.budget)) {
    evaluation.budget.checkpoint();
    yield { ...withoutStale(raw), dropName: false };
  }
}

function withoutStale(raw: RawSeries): RawSeries {
  const { labels, timesMs, values, stale, histograms } = raw;
  if (stale === undefined) return raw;
  const fresh = (_: unknown, i: number): boolean => stale[i] === 0;
  const kept = { labels, timesMs: timesMs.filter(fresh), values: values.filter(fresh) };
  return histograms === undefined ? kept : { ...kept, histograms: histograms.filter(fresh) };
}
