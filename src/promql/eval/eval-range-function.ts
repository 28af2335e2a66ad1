import { labelValue, METRIC_NAME } from "../../model/labels.ts";
import type { Call } from "../ast.ts";
import { evalRange, rangeOperand, windowEnds, type RangeOperand } from "./eval-range.ts";
import type { RangeSeries } from "./eval-subquery.ts";
import { timeAt, type Evaluation, type Times } from "./evaluation.ts";
import { finished, gridDraft, place } from "./grid-series.ts";
import { informOfNonCounter } from "./non-counter.ts";
import { pushedRange } from "./pushed-range.ts";
import type { RangeContext, RangeFunctionDefinition } from "../range-function.ts";
import type { GridSeries, Window } from "../value.ts";

interface RangeCall {
  readonly definition: RangeFunctionDefinition;
  readonly operand: RangeOperand;
  readonly ends: Times;
  readonly times: Times;
  /** For each scalar argument its values. */
  readonly scalars: readonly Float64Array[];
}

/** A function over ranges at each of the times, computed by the reader where it can. */
export async function* evalRangeFunction(
  evaluation: Evaluation,
  call: Call,
  definition: RangeFunctionDefinition,
  times: Times,
): AsyncGenerator<GridSeries> {
  const at = call.args.findIndex((argument) => rangeOperand(argument) !== undefined);
  const operand = rangeOperand(call.args[at]!)!;
  const ends = windowEnds(operand, times, evaluation.query);
  const pushed = await pushedRange(evaluation, call, operand, ends);
  if (pushed !== undefined) {
    yield* pushed;
    return;
  }
  const scalars: Float64Array[] = [];
  for (const [i, argument] of call.args.entries()) {
    if (i !== at) scalars.push(await evaluation.scalar(argument, times));
  }
  const rangeCall = { definition, operand, ends, times, scalars };
  for await (const series of evalRange(evaluation, operand, ends)) {
    const result = overWindows(evaluation, rangeCall, series);
    if (result === undefined) continue;
    informOfNonCounter(evaluation, call, operand, result);
    yield result;
  }
}

/** Moves the window over the samples of one series. */
function overWindows(evaluation: Evaluation, call: RangeCall, series: RangeSeries): GridSeries | undefined {
  const { definition, operand, ends, times, scalars } = call;
  const { timesMs, values, histograms } = series;
  const dropName = !definition.keepsName || series.dropName;
  if (histograms === undefined && definition.onGrid !== undefined) {
    const { values: found, present } = definition.onGrid(series, ends, operand.windowMs);
    return finished({ values: found, present, histograms: undefined }, series.labels, dropName);
  }
  const window = { timesMs, values, histograms, from: 0, to: 0, startMs: 0, endMs: 0 } satisfies Window;
  const arguments_ = scalars.map(() => 0);
  const context = {
    scalars: arguments_,
    atMs: 0,
    metric: labelValue(series.labels, METRIC_NAME),
    annotations: evaluation.annotations,
    range: operand.range,
  } satisfies RangeContext;
  const evaluate =
    histograms === undefined && definition.sliding !== undefined
      ? definition.sliding(series)
      : definition.evaluate;
  const draft = gridDraft(times.steps);
  for (let step = 0; step < times.steps; step++) {
    window.endMs = timeAt(ends, step);
    window.startMs = window.endMs - operand.windowMs;
    while (window.to < timesMs.length && timesMs[window.to]! <= window.endMs) window.to++;
    while (window.from < window.to && timesMs[window.from]! <= window.startMs) window.from++;
    if (window.from === window.to) continue;
    context.atMs = timeAt(times, step);
    for (let i = 0; i < arguments_.length; i++) arguments_[i] = scalars[i]![step]!;
    const result = evaluate(window, context);
    if (result !== undefined) place(draft, step, result);
  }
  return finished(draft, series.labels, dropName);
}
