import { labelValue, type Labels } from "../../model/labels.ts";
import type { Call } from "../ast.ts";
import { compareLabels } from "./compare-labels.ts";
import type { Evaluation, Times } from "./evaluation.ts";
import { kept } from "./kept-series.ts";
import { onlyFloats } from "./map-floats.ts";
import { compareNaturally } from "../functions/natural-order.ts";
import type { GridSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

/** sort(), sort_desc(), sort_by_label(), sort_by_label_desc(). In range queries they do nothing but warn. */
export async function* evalSort(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const byLabel = call.name.startsWith("sort_by_label");
  const vector = sortable(evaluation.vector(call.args[0]!, times), byLabel);
  if (!evaluation.query.instant) {
    evaluation.annotations.warn(
      "sort is ineffective for range queries since results are always ordered by labels",
      call.range,
    );
    yield* vector;
    return;
  }
  const all: GridSeries[] = [];
  for await (const series of kept(evaluation.budget, vector)) all.push(series);
  const descending = call.name.endsWith("_desc");
  const compare = byLabel ? labelOrder(labelNames(call)) : valueOrder(descending);
  all.sort((a, b) => (byLabel && descending ? compare(b, a) : compare(a, b)));
  yield* all;
}

/** Histograms have no place in an order of values. */
async function* sortable(vector: AsyncIterable<GridSeries>, byLabel: boolean): AsyncGenerator<GridSeries> {
  for await (const series of vector) {
    const kept = byLabel ? series : onlyFloats(series);
    if (kept !== undefined) yield kept;
  }
}

type Order = (a: GridSeries, b: GridSeries) => number;

/** NaN comes last either way. */
function valueOrder(descending: boolean): Order {
  return ({ values: [a = NaN] }, { values: [b = NaN] }) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    if (a === b) return 0;
    return a < b === descending ? 1 : -1;
  };
}

function labelNames({ args }: Call): readonly string[] {
  return args.slice(1).map((argument) => {
    const name = withoutParens(argument);
    return name.type === "string" ? name.value : "";
  });
}

function labelOrder(names: readonly string[]): Order {
  return ({ labels: a }, { labels: b }) => {
    for (const name of names) {
      const order = compareNaturally(labelValue(a, name), labelValue(b, name));
      if (order !== 0) return order;
    }
    return compareLabels(a satisfies Labels, b);
  };
}
