import type { NativeHistogram } from "../../model/native-histogram.ts";
import type { FoldContext, GroupFold } from "./group-fold.ts";
import { annotateCombined } from "../operators/binary-sample.ts";
import { addHistograms, divideHistogram } from "../histogram/histogram-arithmetic.ts";
import { addToMean, kahanMean, meanValue, type KahanMean } from "../functions/kahan-sum.ts";

const HAS_FLOAT = 1;
const HAS_HISTOGRAM = 2;
/** Of histograms with exponential and with custom buckets there is no sum. */
const INCOMPATIBLE = 4;

/** Sums of histograms at each step, and what was seen there. */
interface HistogramSums {
  readonly seen: Uint8Array;
  readonly sums: (NativeHistogram | undefined)[];
  readonly counts: Float64Array;
}

/** A Kahan sum (with Neumaier's improvement) at each step, in columns. */
export function sumFold(context: FoldContext): GroupFold {
  const { steps } = context;
  const histograms = histogramSums(steps);
  const sums = new Float64Array(steps);
  const lost = new Float64Array(steps);
  const { seen } = histograms;
  return {
    add: (series) => {
      const { present, values } = series;
      for (let step = 0; step < steps; step++) {
        if (present[step] === 0) continue;
        const histogram = series.histograms?.[step];
        if (histogram !== undefined) {
          addHistogram(context, histograms, step, histogram);
          continue;
        }
        seen[step]! |= HAS_FLOAT;
        const sum = sums[step]!;
        const value = values[step]!;
        const next = sum + value;
        if (next === Infinity || next === -Infinity) lost[step] = 0;
        else if (Math.abs(sum) >= Math.abs(value)) lost[step]! += sum - next + value;
        else lost[step]! += value - next + sum;
        sums[step] = next;
      }
    },
    at: (step) => {
      const kind = kindAt(context, seen[step]!);
      if (kind === "float") return sums[step]! + lost[step]!;
      return kind === "histogram" ? histograms.sums[step] : undefined;
    },
  };
}

/** Means; see KahanMean for those whose sum overflows. */
export function meanFold(context: FoldContext): GroupFold {
  const { steps } = context;
  const histograms = histogramSums(steps);
  const means: (KahanMean | undefined)[] = Array.from({ length: steps });
  const { seen } = histograms;
  return {
    add: (series) => {
      for (let step = 0; step < steps; step++) {
        if (series.present[step] === 0) continue;
        const histogram = series.histograms?.[step];
        if (histogram !== undefined) {
          addHistogram(context, histograms, step, histogram);
          continue;
        }
        seen[step]! |= HAS_FLOAT;
        addToMean((means[step] ??= kahanMean()), series.values[step]!);
      }
    },
    at: (step) => {
      const kind = kindAt(context, seen[step]!);
      if (kind === "float") return meanValue(means[step]!);
      if (kind === "none") return undefined;
      return divideHistogram(histograms.sums[step]!, histograms.counts[step]!);
    },
  };
}

function histogramSums(steps: number): HistogramSums {
  return { seen: new Uint8Array(steps), sums: [], counts: new Float64Array(steps) };
}

function addHistogram(
  { annotations, range }: FoldContext,
  to: HistogramSums,
  step: number,
  histogram: NativeHistogram,
): void {
  to.seen[step]! |= HAS_HISTOGRAM;
  to.counts[step]!++;
  const sum = to.sums[step];
  if (sum === undefined) {
    to.sums[step] = histogram;
    return;
  }
  const combined = addHistograms(sum, histogram);
  if (combined.kind === "incompatible") {
    to.seen[step]! |= INCOMPATIBLE;
    return;
  }
  annotateCombined(combined, "aggregation", annotations, range);
  to.sums[step] = combined.histogram;
}

function kindAt({ annotations, range }: FoldContext, seen: number): "none" | "float" | "histogram" {
  if (seen === 0) return "none";
  if (seen === HAS_FLOAT) return "float";
  if ((seen & HAS_FLOAT) !== 0) {
    annotations.warn("encountered a mix of histograms and floats for aggregation", range);
    return "none";
  }
  if ((seen & INCOMPATIBLE) === 0) return "histogram";
  annotations.warn(
    'vector contains a mix of histograms with exponential and custom buckets schemas for metric name ""',
    range,
  );
  return "none";
}
