import type { Call } from "../ast.ts";
import type { RangeOperand } from "./eval-range.ts";
import { lastTime, type Evaluation, type Times } from "./evaluation.ts";
import { informOfNonCounter } from "./non-counter.ts";
import type { PushedFunction } from "../series-reader.ts";
import type { GridSeries } from "../value.ts";

const PUSHED: ReadonlySet<string> = new Set([
  "rate",
  "increase",
  "delta",
  "irate",
  "idelta",
  "changes",
  "resets",
] satisfies PushedFunction[]);

function isPushed(name: string): name is PushedFunction {
  return PUSHED.has(name);
}

/** A function over a range as the reader computes it; undefined when it cannot. */
export async function pushedRange(
  evaluation: Evaluation,
  call: Call,
  operand: RangeOperand,
  ends: Times,
): Promise<AsyncIterable<GridSeries> | undefined> {
  const { reader, budget } = evaluation;
  if (reader.range === undefined || operand.type !== "matrix" || !isPushed(call.name)) return undefined;
  // Times that are all the same (@) are one time to the evaluator; a grid needs a step.
  if (ends.steps > 1 && ends.stepMs === 0) return undefined;
  const endMs = lastTime(ends);
  const found = await reader.range(
    {
      function: call.name,
      matchers: operand.selector.matchers,
      fromMs: ends.startMs - operand.windowMs,
      toMs: endMs,
      grid: { startMs: ends.startMs, endMs, stepMs: Math.max(1, ends.stepMs), steps: ends.steps },
      windowMs: operand.windowMs,
    },
    budget,
  );
  return found === undefined ? undefined : withAnnotations(evaluation, call, operand, found);
}

async function* withAnnotations(
  evaluation: Evaluation,
  call: Call,
  operand: RangeOperand,
  found: AsyncIterable<Pick<GridSeries, "labels" | "values" | "present">>,
): AsyncGenerator<GridSeries> {
  for await (const series of found) {
    evaluation.budget.checkpoint();
    if (!series.present.includes(1)) continue;
    informOfNonCounter(evaluation, call, operand, series);
    yield { ...series, dropName: true };
  }
}
