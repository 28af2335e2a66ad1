import { labelsKey } from "../../model/labels.ts";
import type { Expr } from "../ast.ts";
import { QueryError } from "../query-error.ts";
import type { GridSeries } from "../value.ts";

/** Thrown where two series with the same labels have a value at the same time. */
export function sameLabelsError(): QueryError {
  return new QueryError("execution", "vector cannot contain metrics with the same labelset");
}

/**
 * One series for each label set, in the order of their first sight: those with equal labels become one when they have no
 * time in common. Throws QueryError when they have.
 */
export function mergeSameLabels(all: Iterable<GridSeries>): GridSeries[] {
  const byLabels = new Map<string, GridSeries>();
  for (const series of all) {
    const key = labelsKey(series.labels);
    const known = byLabels.get(key);
    byLabels.set(key, known === undefined ? series : joined(known, series));
  }
  return [...byLabels.values()];
}

function joined(a: GridSeries, b: GridSeries): GridSeries {
  const values = a.values.slice();
  const present = a.present.slice();
  const histograms =
    a.histograms === undefined && b.histograms === undefined
      ? undefined
      : (a.histograms?.map((histogram, step) => (a.present[step] === 1 ? histogram : undefined)) ??
        Array.from({ length: present.length }));
  for (let step = 0; step < present.length; step++) {
    if (b.present[step] === 0) continue;
    if (present[step] === 1) throw sameLabelsError();
    present[step] = 1;
    values[step] = b.values[step]!;
    if (histograms !== undefined) histograms[step] = b.histograms?.[step];
  }
  const series = { labels: a.labels, values, present, dropName: a.dropName === true || b.dropName === true };
  return histograms === undefined ? series : { ...series, histograms };
}

/** True when the stream of an expression may hold several series with equal labels, at different times each. */
export function maySplit(expr: Expr): boolean {
  switch (expr.type) {
    case "paren":
    case "unary":
      return maySplit(expr.operand);
    case "binary":
      return expr.operator === "or" || maySplit(expr.left) || maySplit(expr.right);
    case "call":
      return expr.name === "label_replace" || expr.name === "label_join" || expr.args.some(maySplit);
    case "aggregate":
      return maySplit(expr.operand);
    default:
      return false;
  }
}
