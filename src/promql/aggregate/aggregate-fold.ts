import type { AggregateOperator } from "../ast.ts";
import { meanFold, sumFold } from "./aggregate-sum.ts";
import { annotateIgnored, type FoldContext, type FoldFactory, type GroupFold } from "./group-fold.ts";

/** Aggregations that need no more than a few numbers for each group and step. */
export const GROUP_FOLDS: ReadonlyMap<AggregateOperator, FoldFactory> = new Map<
  AggregateOperator,
  FoldFactory
>([
  ["sum", sumFold],
  ["avg", meanFold],
  ["count", (context) => countFold(context, (count) => count)],
  ["group", (context) => countFold(context, () => 1)],
  ["min", (context) => extremeFold(context, (value, best) => value < best)],
  ["max", (context) => extremeFold(context, (value, best) => value > best)],
  ["stdvar", (context) => varianceFold(context, (variance) => variance)],
  ["stddev", (context) => varianceFold(context, Math.sqrt)],
]);

function countFold({ steps }: FoldContext, result: (count: number) => number): GroupFold {
  const counts = new Float64Array(steps);
  return {
    add: ({ present }) => {
      for (let step = 0; step < steps; step++) counts[step]! += present[step]!;
    },
    at: (step) => (counts[step] === 0 ? undefined : result(counts[step]!)),
  };
}

/** Any number is better than NaN. */
function extremeFold(context: FoldContext, better: (value: number, best: number) => boolean): GroupFold {
  const { steps } = context;
  const best = new Float64Array(steps);
  const any = new Uint8Array(steps);
  return {
    add: ({ present, values, histograms }) => {
      for (let step = 0; step < steps; step++) {
        if (present[step] === 0) continue;
        if (histograms?.[step] !== undefined) {
          annotateIgnored(context);
          continue;
        }
        const value = values[step]!;
        if (any[step] === 0 || Number.isNaN(best[step]!) || better(value, best[step]!)) best[step] = value;
        any[step] = 1;
      }
    },
    at: (step) => (any[step] === 0 ? undefined : best[step]!),
  };
}

/** Welford's algorithm: the population's variance in one pass. */
function varianceFold(context: FoldContext, result: (variance: number) => number): GroupFold {
  const { steps } = context;
  const counts = new Float64Array(steps);
  const means = new Float64Array(steps);
  const squares = new Float64Array(steps);
  return {
    add: ({ present, values, histograms }) => {
      for (let step = 0; step < steps; step++) {
        if (present[step] === 0) continue;
        if (histograms?.[step] !== undefined) {
          annotateIgnored(context);
          continue;
        }
        const value = values[step]!;
        const count = ++counts[step]!;
        const difference = value - means[step]!;
        means[step]! += difference / count;
        squares[step]! += difference * (value - means[step]!);
      }
    },
    at: (step) => (counts[step] === 0 ? undefined : result(squares[step]! / counts[step]!)),
  };
}
