import type { NativeHistogram } from "../../model/native-histogram.ts";
import type { Subquery } from "../ast.ts";
import { lastTime, timeAt, type Evaluation, type Times } from "./evaluation.ts";
import { kept } from "./kept-series.ts";
import { maySplit, mergeSameLabels } from "./merge-series.ts";
import type { GridSeries, RawSeries } from "../value.ts";

/** The samples of one series that windows move over. Staleness markers are left out. */
export interface RangeSeries extends Omit<RawSeries, "stale"> {
  readonly dropName: boolean;
}

/**
 * The times at which a subquery evaluates its operand: all multiples of its step in the windows that end at `ends`
 * (offset and @ taken off), so that they are the same whenever the query runs.
 */
function subqueryTimes(windowMs: number, stepMs: number, ends: Times): Times {
  const startMs = stepMs * (Math.floor((ends.startMs - windowMs) / stepMs) + 1);
  const endMs = lastTime(ends);
  return { startMs, stepMs, steps: endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1 };
}

/** About so many columns with a row for each time are held at once, of the series under way and of scalars. */
const COLUMNS_HELD = 8;

/** The operand of a subquery as samples. */
export async function* evalSubquery(
  evaluation: Evaluation,
  subquery: Subquery,
  ends: Times,
): AsyncGenerator<RangeSeries> {
  const stepMs = subquery.stepMs ?? evaluation.query.subqueryStepMs;
  const times = subqueryTimes(subquery.windowMs, stepMs, ends);
  if (times.steps === 0) return;
  evaluation.budget.keep(COLUMNS_HELD * times.steps);
  const timesMs = Float64Array.from({ length: times.steps }, (_, step) => timeAt(times, step));
  for await (const series of operandSeries(evaluation, subquery, times)) {
    evaluation.budget.checkpoint();
    const samples = presentSamples(series, timesMs);
    evaluation.budget.keep(samples.timesMs.length);
    yield samples;
  }
}

async function* operandSeries(
  evaluation: Evaluation,
  { operand }: Subquery,
  times: Times,
): AsyncGenerator<GridSeries> {
  const stream = evaluation.vector(operand, times);
  if (!maySplit(operand)) {
    yield* stream;
    return;
  }
  const all: GridSeries[] = [];
  for await (const series of kept(evaluation.budget, stream)) all.push(series);
  yield* mergeSameLabels(all);
}

function presentSamples(series: GridSeries, timesMs: Float64Array): RangeSeries {
  const { labels, present, values } = series;
  const dropName = series.dropName === true;
  const histograms = series.histograms?.map(withoutResetHint);
  if (!present.includes(0)) {
    return { labels, dropName, timesMs, values, ...(histograms === undefined ? {} : { histograms }) };
  }
  const kept: number[] = [];
  for (let i = 0; i < present.length; i++) if (present[i] === 1) kept.push(i);
  return {
    labels,
    dropName,
    timesMs: Float64Array.from(kept, (i) => timesMs[i]!),
    values: Float64Array.from(kept, (i) => values[i]!),
    ...(histograms === undefined ? {} : { histograms: kept.map((i) => histograms[i]) }),
  };
}

/** A subquery may skip samples and repeat them: what they say about the sample before them is not true any more. */
function withoutResetHint(histogram: NativeHistogram | undefined): NativeHistogram | undefined {
  if (histogram === undefined || histogram.counterReset === "gauge") return histogram;
  return { ...histogram, counterReset: "unknown" };
}
