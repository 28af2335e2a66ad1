import type { Call, Expr } from "../ast.ts";
import { evalAbsent, evalAbsentOverTime } from "./eval-absent.ts";
import {
  evalHistogramFraction,
  evalHistogramQuantile,
  evalHistogramQuantiles,
} from "./eval-histogram-function.ts";
import { evalInfo } from "./eval-info.ts";
import { evalRangeFunction } from "./eval-range-function.ts";
import { evalSelector } from "./eval-selector.ts";
import { evalSort } from "./eval-sort.ts";
import { timeAt, type Evaluation, type Times } from "./evaluation.ts";
import { DATE_FUNCTIONS } from "../functions/instant-functions-date.ts";
import { FLOAT_FUNCTIONS, PARAMETER_FUNCTIONS } from "../functions/instant-functions-float.ts";
import { HISTOGRAM_FUNCTIONS } from "../functions/instant-functions-histogram.ts";
import { labelJoin, labelReplace } from "../functions/instant-functions-label.ts";
import { mapFloats, mapFloatsWith, mapHistograms } from "./map-floats.ts";
import { QueryError } from "../query-error.ts";
import { RANGE_FUNCTIONS } from "../functions/range-functions.ts";
import type { GridSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

type Stream = AsyncIterable<GridSeries>;
type CallEvaluator = (evaluation: Evaluation, call: Call, times: Times) => Stream;

const CALLS: ReadonlyMap<string, CallEvaluator> = new Map<string, CallEvaluator>([
  ["absent", evalAbsent],
  ["absent_over_time", evalAbsentOverTime],
  ["histogram_fraction", evalHistogramFraction],
  ["histogram_quantile", evalHistogramQuantile],
  ["histogram_quantiles", evalHistogramQuantiles],
  ["info", evalInfo],
  [
    "label_join",
    (evaluation, call, times) =>
      labelJoin(argument(evaluation, call, times), strings(call), evaluation.budget),
  ],
  [
    "label_replace",
    (evaluation, call, times) =>
      labelReplace(argument(evaluation, call, times), strings(call), evaluation.budget),
  ],
  ["sort", evalSort],
  ["sort_desc", evalSort],
  ["sort_by_label", evalSort],
  ["sort_by_label_desc", evalSort],
  ["timestamp", evalTimestamp],
  ["vector", (evaluation, call, times) => evalVector(evaluation, call.args[0]!, times)],
]);

/** A call of a function that gives a vector. */
export function evalCall(evaluation: Evaluation, call: Call, times: Times): Stream {
  const { name } = call;
  const special = CALLS.get(name);
  if (special !== undefined) return special(evaluation, call, times);
  const range = Object.hasOwn(RANGE_FUNCTIONS, name) ? RANGE_FUNCTIONS[name] : undefined;
  if (range !== undefined) return evalRangeFunction(evaluation, call, range, times);
  const float = FLOAT_FUNCTIONS.get(name);
  if (float !== undefined) return mapFloats(argument(evaluation, call, times), float);
  const histogram = HISTOGRAM_FUNCTIONS.get(name);
  if (histogram !== undefined) return mapHistograms(argument(evaluation, call, times), histogram);
  const date = DATE_FUNCTIONS.get(name);
  if (date !== undefined) return mapFloats(datesOf(evaluation, call, times), date);
  if (PARAMETER_FUNCTIONS.has(name)) return withParameters(evaluation, call, times);
  throw new QueryError("execution", `unknown function with name "${name}"`);
}

function argument(evaluation: Evaluation, call: Call, times: Times): Stream {
  return evaluation.vector(call.args[0]!, times);
}

/** The arguments that are strings, in their order. */
function strings({ args }: Call): readonly string[] {
  return args.flatMap((argument) => {
    const inner = withoutParens(argument);
    return inner.type === "string" ? [inner.value] : [];
  });
}

async function* withParameters(evaluation: Evaluation, call: Call, times: Times): AsyncGenerator<GridSeries> {
  const parameters: Float64Array[] = [];
  for (const parameter of call.args.slice(1)) parameters.push(await evaluation.scalar(parameter, times));
  yield* mapFloatsWith(argument(evaluation, call, times), parameters, PARAMETER_FUNCTIONS.get(call.name)!);
}

/** Without an argument, the times of evaluation. */
function datesOf(evaluation: Evaluation, call: Call, times: Times): Stream {
  return call.args.length === 0 ? evalTimes(times) : argument(evaluation, call, times);
}

async function* evalTimes(times: Times): AsyncGenerator<GridSeries> {
  yield { labels: [], values: secondsOf(times), present: new Uint8Array(times.steps).fill(1) };
}

/** timestamp(): of a selector, the times of its samples; of anything else, those of its evaluation. */
async function* evalTimestamp(evaluation: Evaluation, call: Call, times: Times): AsyncGenerator<GridSeries> {
  const inner = withoutParens(call.args[0]!);
  if (inner.type === "selector") {
    yield* evalSelector(evaluation, inner, times, true);
    return;
  }
  for await (const { labels, present } of evaluation.vector(inner, times)) {
    yield { labels, values: secondsOf(times), present, dropName: true };
  }
}

function secondsOf(times: Times): Float64Array {
  return Float64Array.from({ length: times.steps }, (_, step) => timeAt(times, step) / 1000);
}

/** vector(s). */
async function* evalVector(evaluation: Evaluation, scalar: Expr, times: Times): AsyncGenerator<GridSeries> {
  const values = await evaluation.scalar(scalar, times);
  yield { labels: [], values, present: new Uint8Array(times.steps).fill(1) };
}
