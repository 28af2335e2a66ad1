import type { VectorSelector } from "../ast.ts";
import { lastTime, type Evaluation, type Times } from "./evaluation.ts";
import { lookBack } from "./look-back.ts";
import { shiftedTimes } from "./shifted-times.ts";
import type { GridSeries } from "../value.ts";

/** An instant selector; with `timestamps`, the times of its samples (the function timestamp()). */
export async function* evalSelector(
  evaluation: Evaluation,
  selector: VectorSelector,
  times: Times,
  timestamps = false,
): AsyncGenerator<GridSeries> {
  const { reader, budget, query } = evaluation;
  const shifted = shiftedTimes(selector, times, query);
  const request = {
    matchers: selector.matchers,
    fromMs: shifted.startMs - query.lookbackMs,
    toMs: lastTime(shifted),
  };
  for await (const raw of reader.select(request, budget)) {
    budget.checkpoint();
    const series = lookBack(raw, shifted, query.lookbackMs, timestamps);
    if (series !== undefined) yield timestamps ? { ...series, dropName: true } : series;
  }
}
