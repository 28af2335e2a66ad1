import { labelValue, METRIC_NAME, withLabel, type Labels } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";
import { warnOfQuantiles } from "../aggregate/aggregate-parameter.ts";
import type { Call, Expr } from "../ast.ts";
import { classicFraction, classicQuantile, type ClassicBucket } from "../histogram/classic-histogram.ts";
import type { Evaluation, Times } from "./evaluation.ts";
import { floatText } from "../syntax/float-text.ts";
import { goQuote } from "../syntax/go-quote.ts";
import { finished, gridDraft, place } from "./grid-series.ts";
import { bucketsAt, readHistograms, type HistogramGroup } from "../histogram/histogram-groups.ts";
import { histogramFraction, histogramQuantile } from "../histogram/histogram-quantile.ts";
import { isLabelName } from "../syntax/label-name.ts";
import { QueryError } from "../query-error.ts";
import type { GridSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

/** What a function makes of a histogram, native or classic, at a step. */
interface HistogramReading {
  native(histogram: NativeHistogram, step: number, metric: string): number;
  classic(buckets: readonly ClassicBucket[], step: number, metric: string): number;
}

/** histogram_quantile(q, v). */
export async function* evalHistogramQuantile(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const [quantile, vector] = call.args as [Expr, Expr];
  const quantiles = await evaluation.scalar(quantile, times);
  warnOfQuantiles(evaluation, quantiles, quantile.range);
  const reading = quantileReading(evaluation, quantiles, quantile, vector);
  const groups = await readHistograms(evaluation, evaluation.vector(vector, times), vector.range);
  for (const group of groups)
    yield* readGroup(evaluation, group, [reading], vector, times, (labels) => labels);
}

/** histogram_quantiles(v, label, q…): one series for each quantile, which the label names. */
export async function* evalHistogramQuantiles(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const [vector, name, ...quantiles] = call.args as [Expr, Expr, ...Expr[]];
  const inner = withoutParens(name);
  const label = inner.type === "string" ? inner.value : "";
  if (!isLabelName(label)) throw new QueryError("execution", `invalid label name ${goQuote(label)}`);
  const readings: { values: Float64Array; reading: HistogramReading }[] = [];
  for (const quantile of quantiles) {
    const values = await evaluation.scalar(quantile, times);
    warnOfQuantiles(evaluation, values, quantile.range);
    readings.push({ values, reading: quantileReading(evaluation, values, quantile, vector) });
  }
  const groups = await readHistograms(evaluation, evaluation.vector(vector, times), vector.range);
  for (const group of groups) {
    if (labelValue(group.labels, label) !== "") {
      throw new QueryError("execution", `label ${goQuote(label)} of histogram_quantiles() is there already`);
    }
    yield* readGroup(
      evaluation,
      group,
      readings.map(({ reading }) => reading),
      vector,
      times,
      (labels, i) => withLabel(labels, label, quantileText(readings[i]!.values[0]!)),
    );
  }
}

/** histogram_fraction(lower, upper, v). */
export async function* evalHistogramFraction(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const [lower, upper, vector] = call.args as [Expr, Expr, Expr];
  const lowers = await evaluation.scalar(lower, times);
  const uppers = await evaluation.scalar(upper, times);
  const reading: HistogramReading = {
    native: (histogram, step, metric) => {
      if (Number.isNaN(histogram.sum) && histogram.count > 0) {
        annotateNaN(
          evaluation,
          "histogram_fraction has NaN observations, which are excluded from all fractions",
          metric,
          vector,
        );
      }
      return histogramFraction(lowers[step]!, uppers[step]!, histogram);
    },
    classic: (buckets, step) => classicFraction(lowers[step]!, uppers[step]!, buckets),
  };
  const groups = await readHistograms(evaluation, evaluation.vector(vector, times), vector.range);
  for (const group of groups)
    yield* readGroup(evaluation, group, [reading], vector, times, (labels) => labels);
}

function quantileReading(
  evaluation: Evaluation,
  quantiles: Float64Array,
  quantile: Expr,
  vector: Expr,
): HistogramReading {
  return {
    native: (histogram, step, metric) => {
      const value = histogramQuantile(quantiles[step]!, histogram);
      if (
        Number.isNaN(histogram.sum) &&
        histogram.count > 0 &&
        quantiles[step]! >= 0 &&
        quantiles[step]! <= 1
      ) {
        const what = Number.isNaN(value) ? "result is NaN" : "result is skewed higher";
        annotateNaN(evaluation, `histogram_quantile has NaN observations, ${what}`, metric, quantile);
      }
      return value;
    },
    classic: (buckets, step, metric) => {
      const { value, forcedMonotonic } = classicQuantile(quantiles[step]!, buckets);
      if (forcedMonotonic) {
        evaluation.annotations.info(
          "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/" +
            `prometheus/latest/querying/functions/#histogram_quantile) for metric name ${goQuote(metric)}`,
          vector.range,
        );
      }
      return value;
    },
  };
}

function annotateNaN({ annotations }: Evaluation, what: string, metric: string, at: Expr): void {
  annotations.info(`input to ${what} for metric name ${goQuote(metric)}`, at.range);
}

/** Where a group has both kinds of histogram at a time, it has no result then, which is annotated. */
function* readGroup(
  { annotations }: Evaluation,
  group: HistogramGroup,
  readings: readonly HistogramReading[],
  vector: Expr,
  { steps }: Times,
  labelsOf: (labels: Labels, reading: number) => Labels,
): Generator<GridSeries> {
  const metric = labelValue(group.labels, METRIC_NAME);
  const classics = readings.map(() => gridDraft(steps));
  const natives = group.native.map(() => readings.map(() => gridDraft(steps)));
  for (let step = 0; step < steps; step++) {
    const buckets = bucketsAt(group, step);
    const found = group.native.map((series) =>
      series.present[step] === 1 ? series.histograms?.[step] : undefined,
    );
    if (buckets.length > 0 && found.some((histogram) => histogram !== undefined)) {
      annotations.warn(
        `vector contains a mix of classic and native histograms for metric name ${goQuote(metric)}`,
        vector.range,
      );
      continue;
    }
    for (const [i, reading] of readings.entries()) {
      if (buckets.length > 0) place(classics[i]!, step, reading.classic(buckets, step, metric));
      for (const [of, histogram] of found.entries()) {
        if (histogram !== undefined) place(natives[of]![i]!, step, reading.native(histogram, step, metric));
      }
    }
  }
  for (let i = 0; i < readings.length; i++) {
    for (const [of, drafts] of natives.entries()) {
      const series = finished(drafts[i]!, labelsOf(group.native[of]!.labels, i), true);
      if (series !== undefined) yield series;
    }
    const series = finished(classics[i]!, labelsOf(group.labels, i), true);
    if (series !== undefined) yield series;
  }
}

/** As OpenMetrics writes quantiles: whole numbers with `.0`. */
function quantileText(quantile: number): string {
  const text = floatText(quantile);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
