import type { AtModifier } from "../ast.ts";
import type { Evaluation, Times } from "./evaluation.ts";

/** The times of the samples that a selector or subquery looks at: `@` fixes them, the offset is taken off. */
export function shiftedTimes(
  { at, offsetMs }: { readonly at: AtModifier | undefined; readonly offsetMs: number },
  times: Times,
  query: Evaluation["query"],
): Times {
  if (at === undefined) return { ...times, startMs: times.startMs - offsetMs };
  return { startMs: fixedTime(at, query) - offsetMs, stepMs: 0, steps: times.steps };
}

function fixedTime(at: AtModifier, query: Evaluation["query"]): number {
  switch (at.kind) {
    case "time":
      return at.timeMs;
    case "start":
      return query.startMs;
    case "end":
      return query.endMs;
  }
}
