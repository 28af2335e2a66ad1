import { METRIC_NAME, withLabel } from "../../model/labels.ts";
import type { Expr } from "../ast.ts";
import { compareLabels } from "./compare-labels.ts";
import type { Evaluation } from "./evaluation.ts";
import { mergeSameLabels } from "./merge-series.ts";
import { tooManyPoints } from "./read-budget.ts";
import { typeOf } from "../syntax/type-of.ts";
import type { GridSeries } from "../value.ts";

/** The result of a vector expression: names dropped at last, one series for each label set, in order. */
export async function finishVector(
  expr: Expr,
  stream: AsyncIterable<GridSeries>,
  { query, budget }: Pick<Evaluation, "query" | "budget">,
  maxPoints: number,
): Promise<readonly GridSeries[]> {
  const all: GridSeries[] = [];
  let points = 0;
  for await (const series of stream) {
    budget.checkpoint();
    for (const there of series.present) points += there;
    if (points > maxPoints) {
      throw tooManyPoints(maxPoints);
    }
    // Rows take their memory whether they have values or not.
    budget.keep(series.present.length);
    all.push(withNameDropped(series));
  }
  const merged = mergeSameLabels(all);
  if (!query.instant || !isOrdered(expr)) merged.sort((a, b) => compareLabels(a.labels, b.labels));
  return merged;
}

function withNameDropped(series: GridSeries): GridSeries {
  if (series.dropName !== true) return series;
  return { ...series, labels: withLabel(series.labels, METRIC_NAME, ""), dropName: false };
}

/** True where the expression gives its vector an order that is to be kept. */
function isOrdered(expr: Expr): boolean {
  switch (expr.type) {
    case "paren":
    case "unary":
      return isOrdered(expr.operand);
    case "aggregate":
      return expr.operator === "topk" || expr.operator === "bottomk";
    case "call":
      return expr.name.startsWith("sort");
    case "binary":
      if (typeOf(expr.left) === "scalar") return isOrdered(expr.right);
      return expr.operator !== "or" && isOrdered(expr.left) && typeOf(expr.right) === "scalar";
    default:
      return false;
  }
}
