import { aggregateParameter } from "../aggregate/aggregate-parameter.ts";
import { countValues } from "../aggregate/aggregate-count-values.ts";
import { GROUP_FOLDS } from "../aggregate/aggregate-fold.ts";
import { createGroups, groupLabels } from "../aggregate/aggregate-group.ts";
import { withinLimit, withinRatio } from "../aggregate/aggregate-limit.ts";
import { quantileFold } from "../aggregate/aggregate-quantile.ts";
import { rankedGroup } from "../aggregate/aggregate-rank.ts";
import type { Aggregate } from "../ast.ts";
import type { Evaluation, Times } from "./evaluation.ts";
import { finished, gridDraft, place } from "./grid-series.ts";
import { annotateIgnored, type FoldContext, type FoldFactory } from "../aggregate/group-fold.ts";
import { kept } from "./kept-series.ts";
import type { GridSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

type Stream = AsyncIterable<GridSeries>;

/** An aggregation; the operand is folded while it is read. */
export async function* evalAggregate(
  evaluation: Evaluation,
  aggregate: Aggregate,
  times: Times,
): AsyncGenerator<GridSeries> {
  const { operator } = aggregate;
  const operand = evaluation.vector(aggregate.operand, times);
  if (operator === "count_values") {
    const label = withoutParens(aggregate.parameter!);
    const name = label.type === "string" ? label.value : "";
    yield* countValues(evaluation, aggregate, name, times.steps, operand);
    return;
  }
  const fold = GROUP_FOLDS.get(operator);
  if (fold !== undefined) {
    yield* folded(evaluation, aggregate, operand, times, fold);
    return;
  }
  const parameter = await aggregateParameter(evaluation, aggregate, times);
  if (operator === "quantile") {
    const all = kept(evaluation.budget, operand);
    yield* folded(evaluation, aggregate, all, times, (context) => quantileFold(context, parameter));
  } else if (operator === "topk" || operator === "bottomk") {
    yield* ranked(evaluation, aggregate, operator, operand, parameter);
  } else yield* limited(evaluation, aggregate, operand, parameter);
}

async function* folded(
  { annotations, budget }: Evaluation,
  aggregate: Aggregate,
  operand: Stream,
  { steps }: Times,
  fold: FoldFactory,
): AsyncGenerator<GridSeries> {
  const { operator } = aggregate;
  const context: FoldContext = { operator, steps, annotations, range: aggregate.operand.range };
  const groups = createGroups(groupLabels(aggregate), (labels) => {
    budget.keep(steps);
    return { labels, fold: fold(context), dropName: false };
  });
  for await (const series of operand) {
    const group = groups.of(series.labels);
    group.dropName ||= series.dropName === true;
    group.fold.add(series);
  }
  for (const { labels, fold, dropName } of groups.all()) {
    const draft = gridDraft(steps);
    for (let step = 0; step < steps; step++) {
      const sample = fold.at(step);
      if (sample !== undefined) place(draft, step, sample);
    }
    const series = finished(draft, labels, dropName);
    if (series !== undefined) yield series;
  }
}

async function* ranked(
  { annotations, budget }: Evaluation,
  aggregate: Aggregate,
  operator: "topk" | "bottomk",
  operand: Stream,
  limits: Float64Array,
): AsyncGenerator<GridSeries> {
  const ignored = (): void => annotateIgnored({ annotations, operator, range: aggregate.operand.range });
  const groups = createGroups(groupLabels(aggregate), () => {
    budget.keep(limits.length);
    return rankedGroup(operator, limits, ignored);
  });
  for await (const series of operand) groups.of(series.labels).add(series);
  for (const group of groups.all()) yield* group.results(limits.length, (values) => budget.keep(values));
}

/** limitk() and limit_ratio() pass series through. */
async function* limited(
  { budget }: Evaluation,
  aggregate: Aggregate,
  operand: Stream,
  parameter: Float64Array,
): AsyncGenerator<GridSeries> {
  const groups = createGroups(groupLabels(aggregate), () => {
    budget.keep(parameter.length);
    return new Float64Array(parameter.length);
  });
  for await (const series of operand) {
    const kept =
      aggregate.operator === "limitk"
        ? withinLimit(series, parameter, groups.of(series.labels))
        : withinRatio(series, parameter);
    if (kept !== undefined) yield kept;
  }
}
