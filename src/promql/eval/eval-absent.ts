import { METRIC_NAME, withLabel, type Labels } from "../../model/labels.ts";
import type { Call, Matcher } from "../ast.ts";
import { evalRange, rangeOperand, windowEnds, type RangeOperand } from "./eval-range.ts";
import { timeAt, type Evaluation, type Times } from "./evaluation.ts";
import type { GridSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

/** absent(v): 1 where the vector has nothing. */
export async function* evalAbsent(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const argument = withoutParens(call.args[0]!);
  const absent = new Uint8Array(times.steps).fill(1);
  for await (const { present } of evaluation.vector(argument, times)) {
    for (let step = 0; step < absent.length; step++) if (present[step] === 1) absent[step] = 0;
  }
  yield* ones(absent, labelsFor(argument.type === "selector" ? argument.matchers : []));
}

/** absent_over_time(r): 1 where no series has a sample in the window. */
export async function* evalAbsentOverTime(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const operand = rangeOperand(call.args[0]!)!;
  const ends = windowEnds(operand, times, evaluation.query);
  const absent = new Uint8Array(times.steps).fill(1);
  for await (const { timesMs } of evalRange(evaluation, operand, ends)) {
    clearWhereSeen(absent, timesMs, operand, ends);
  }
  yield* ones(absent, labelsFor(operand.type === "matrix" ? operand.selector.matchers : []));
}

function clearWhereSeen(
  absent: Uint8Array,
  timesMs: Float64Array,
  { windowMs }: RangeOperand,
  ends: Times,
): void {
  let next = 0;
  for (let step = 0; step < absent.length; step++) {
    const endMs = timeAt(ends, step);
    while (next < timesMs.length && timesMs[next]! <= endMs) next++;
    if (next > 0 && timesMs[next - 1]! > endMs - windowMs) absent[step] = 0;
  }
}

function* ones(present: Uint8Array, labels: Labels): Generator<GridSeries> {
  if (!present.includes(1)) return;
  yield { labels, values: new Float64Array(present.length).fill(1), present };
}

/** The labels that a selector says its series have: those with one `=` matcher and no other. */
function labelsFor(matchers: readonly Matcher[]): Labels {
  const named = new Set<string>();
  let labels: Labels = [];
  for (const { label, operator, value } of matchers) {
    if (label === METRIC_NAME) continue;
    labels = withLabel(labels, label, operator === "=" && !named.has(label) ? value : "");
    named.add(label);
  }
  return labels;
}
