import type { Aggregate } from "../ast.ts";
import type { Evaluation, Times } from "../eval/evaluation.ts";
import { numberText } from "../histogram/histogram-text.ts";
import { QueryError } from "../query-error.ts";

/** The parameter of an aggregation at each time, checked. Throws QueryError where it makes no sense. */
export async function aggregateParameter(
  evaluation: Evaluation,
  { operator, parameter }: Aggregate,
  times: Times,
): Promise<Float64Array> {
  const values = await evaluation.scalar(parameter!, times);
  const { annotations } = evaluation;
  if (operator === "quantile") {
    warnOfQuantiles(evaluation, values, parameter!.range);
    return values;
  }
  if (operator !== "limit_ratio") {
    if (values.some(Number.isNaN)) throw new QueryError("execution", "Parameter value is NaN");
    return values;
  }
  if (values.some(Number.isNaN)) throw new QueryError("execution", "Ratio value is NaN");
  return values.map((ratio) => {
    const capped = Math.max(-1, Math.min(1, ratio));
    if (capped !== ratio) {
      annotations.warn(
        `ratio value should be between -1 and 1, got ${numberText(ratio)}, capping to ${capped}`,
        parameter!.range,
      );
    }
    return capped;
  });
}

/** Warns of quantiles outside 0..1: of the lowest and the highest, and of NaN. */
export function warnOfQuantiles(
  { annotations }: Pick<Evaluation, "annotations">,
  quantiles: Float64Array,
  range: Aggregate["range"],
): void {
  const warn = (q: number): void =>
    annotations.warn(`quantile value should be between 0 and 1, got ${numberText(q)}`, range);
  let lowest = 0;
  let highest = 1;
  for (const q of quantiles) {
    if (q < lowest) lowest = q;
    if (q > highest) highest = q;
  }
  if (lowest < 0) warn(lowest);
  if (highest > 1) warn(highest);
  if (quantiles.some(Number.isNaN)) warn(NaN);
}
