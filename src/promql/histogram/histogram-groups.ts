import { dropLabels, labelsKey, labelValue, METRIC_NAME, type Labels } from "../../model/labels.ts";
import type { Range } from "../ast.ts";
import type { ClassicBucket } from "./classic-histogram.ts";
import type { Evaluation } from "../eval/evaluation.ts";
import { goQuote } from "../syntax/go-quote.ts";
import { kept } from "../eval/kept-series.ts";
import type { GridSeries } from "../value.ts";

/** Histograms with the same labels but `le`: the buckets of a classic one, and native ones. */
export interface HistogramGroup {
  /** Without `le`. */
  readonly labels: Labels;
  readonly native: GridSeries[];
  /** Series of buckets with their upper bounds. */
  readonly buckets: { readonly upper: number; readonly series: GridSeries }[];
}

const BUCKET = new Set(["le"]);

/** Sorts the series of a vector into histograms. A float without a bound in `le` is annotated and left out. */
export async function readHistograms(
  { annotations, budget }: Evaluation,
  vector: AsyncIterable<GridSeries>,
  range: Range,
): Promise<Iterable<HistogramGroup>> {
  const groups = new Map<string, HistogramGroup>();
  for await (const series of kept(budget, vector)) {
    const labels = dropLabels(series.labels, BUCKET);
    const key = labelsKey(labels);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { labels, native: [], buckets: [] }));
    if (series.histograms !== undefined) group.native.push(series);
    if (!hasFloats(series)) continue;
    const le = labelValue(series.labels, "le");
    const upper = parseBound(le);
    if (upper !== undefined) group.buckets.push({ upper, series });
    else {
      const metric = goQuote(labelValue(series.labels, METRIC_NAME));
      annotations.warn(
        `bucket label "le" is missing or has a malformed value of ${goQuote(le)} for metric name ${metric}`,
        range,
      );
    }
  }
  return groups.values();
}

function hasFloats({ present, histograms }: GridSeries): boolean {
  return histograms === undefined || present.some((own, step) => own === 1 && histograms[step] === undefined);
}

function parseBound(text: string): number | undefined {
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The classic buckets of a group at a step. */
export function bucketsAt({ buckets }: HistogramGroup, step: number): readonly ClassicBucket[] {
  const found: ClassicBucket[] = [];
  for (const { upper, series } of buckets) {
    if (series.present[step] === 1 && series.histograms?.[step] === undefined) {
      found.push({ upper, cumulative: series.values[step]! });
    }
  }
  return found;
}
