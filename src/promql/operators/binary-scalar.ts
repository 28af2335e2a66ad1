import type { ArithmeticOperator, Binary, ComparisonOperator } from "../ast.ts";
import { FLOAT_ARITHMETIC, FLOAT_COMPARISON, isComparison } from "./binary-float.ts";
import { arithmeticOperation, comparisonOperation } from "./binary-sample.ts";
import type { Evaluation } from "../eval/evaluation.ts";
import { finished, gridDraft, place } from "../eval/grid-series.ts";
import type { GridSeries } from "../value.ts";

/** Two scalars; comparisons, which have `bool`, give 0 or 1. */
export function scalarScalar(
  operator: Binary["operator"],
  left: Float64Array,
  right: Float64Array,
): Float64Array {
  if (isComparison(operator)) {
    const holds = FLOAT_COMPARISON[operator];
    return left.map((value, step) => (holds(value, right[step]!) ? 1 : 0));
  }
  const compute = FLOAT_ARITHMETIC[operator as ArithmeticOperator];
  return left.map((value, step) => compute(value, right[step]!));
}

/** A vector and a scalar, which is on the left when `swapped`. */
export async function* vectorScalar(
  evaluation: Evaluation,
  binary: Binary,
  vector: AsyncIterable<GridSeries>,
  scalar: Float64Array,
  swapped: boolean,
): AsyncGenerator<GridSeries> {
  const { operator } = binary;
  const compute = isComparison(operator)
    ? comparison(evaluation, binary, operator, scalar, swapped)
    : arithmetic(evaluation, binary, operator as ArithmeticOperator, scalar, swapped);
  for await (const series of vector) {
    const result = compute(series);
    if (result !== undefined) yield result;
  }
}

type OnSeries = (series: GridSeries) => GridSeries | undefined;

function arithmetic(
  { annotations }: Evaluation,
  { range }: Binary,
  operator: ArithmeticOperator,
  scalar: Float64Array,
  swapped: boolean,
): OnSeries {
  const float = FLOAT_ARITHMETIC[operator];
  const compute = arithmeticOperation(operator, annotations, range);
  return (series) => {
    const { labels, values, present, histograms } = series;
    if (histograms === undefined) {
      const results = new Float64Array(values.length);
      for (let step = 0; step < values.length; step++) {
        if (present[step] === 0) continue;
        results[step] = swapped ? float(scalar[step]!, values[step]!) : float(values[step]!, scalar[step]!);
      }
      return { labels, values: results, present, dropName: true };
    }
    const draft = gridDraft(values.length);
    for (let step = 0; step < values.length; step++) {
      if (present[step] === 0) continue;
      const sample = histograms[step] ?? values[step]!;
      const result = swapped ? compute(scalar[step]!, sample) : compute(sample, scalar[step]!);
      if (result !== undefined) place(draft, step, result);
    }
    return finished(draft, labels, true);
  };
}

/** Keeps the elements of the vector for which it holds; with `bool`, 1 and 0 stand for them all. */
function comparison(
  { annotations }: Evaluation,
  { range, returnBool }: Binary,
  operator: ComparisonOperator,
  scalar: Float64Array,
  swapped: boolean,
): OnSeries {
  const holds = comparisonOperation(operator, annotations, range);
  return (series) => {
    const { labels, values, present, histograms } = series;
    const draft = gridDraft(values.length);
    for (let step = 0; step < values.length; step++) {
      if (present[step] === 0) continue;
      const sample = histograms?.[step] ?? values[step]!;
      const kept = swapped ? holds(scalar[step]!, sample) : holds(sample, scalar[step]!);
      if (kept === undefined) continue;
      if (returnBool) place(draft, step, kept ? 1 : 0);
      else if (kept) place(draft, step, sample);
    }
    return finished(draft, labels, returnBool || series.dropName === true);
  };
}
