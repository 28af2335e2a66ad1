import { labelValue, METRIC_NAME } from "../../model/labels.ts";
import type { Call } from "../ast.ts";
import type { RangeOperand } from "./eval-range.ts";
import type { Evaluation } from "./evaluation.ts";
import { informPossibleNonCounter } from "../functions/range-warnings.ts";
import type { GridSeries } from "../value.ts";

/** Says that rate() or increase() gave numbers for a series that is not named as a counter. */
export function informOfNonCounter(
  { annotations }: Evaluation,
  { name }: Call,
  { range }: RangeOperand,
  { labels, present, histograms }: GridSeries,
): void {
  if (name !== "rate" && name !== "increase") return;
  if (
    histograms !== undefined &&
    present.every((there, step) => there === 0 || histograms[step] !== undefined)
  ) {
    return;
  }
  informPossibleNonCounter({ metric: labelValue(labels, METRIC_NAME), annotations, range });
}
