import type { Annotations } from "../annotations.ts";
import type { AggregateOperator, Range } from "../ast.ts";
import type { Sample } from "../operators/binary-sample.ts";
import type { GridSeries } from "../value.ts";

/** Takes in the series of one group, one after the other. */
export interface GroupFold {
  add(series: GridSeries): void;
  /** The aggregate at a step; undefined when there is none. Asked once for each step. */
  at(step: number): Sample | undefined;
}

export interface FoldContext {
  readonly operator: AggregateOperator;
  readonly steps: number;
  readonly annotations: Annotations;
  /** Of the aggregated expression. */
  readonly range: Range;
}

export type FoldFactory = (context: FoldContext) => GroupFold;

/** Says that an aggregation of floats has left out a histogram. */
export function annotateIgnored({
  annotations,
  operator,
  range,
}: Pick<FoldContext, "annotations" | "operator" | "range">): void {
  annotations.info(`ignored histogram in ${operator} aggregation`, range);
}
