import { labelsKey, withLabel, type Labels } from "../../model/labels.ts";
import { groupLabels } from "./aggregate-group.ts";
import type { Aggregate } from "../ast.ts";
import type { Sample } from "../operators/binary-sample.ts";
import type { Evaluation } from "../eval/evaluation.ts";
import { floatText } from "../syntax/float-text.ts";
import { goQuote } from "../syntax/go-quote.ts";
import { finished, gridDraft, type GridDraft } from "../eval/grid-series.ts";
import { histogramText } from "../histogram/histogram-text.ts";
import { QueryError } from "../query-error.ts";
import { isLabelName } from "../syntax/label-name.ts";
import type { GridSeries } from "../value.ts";

interface Count {
  readonly labels: Labels;
  readonly draft: GridDraft;
  dropName: boolean;
}

/** count_values(): how many series of a group have each value; the value is the label `label`. */
export async function* countValues(
  { budget }: Evaluation,
  aggregate: Aggregate,
  label: string,
  steps: number,
  operand: AsyncIterable<GridSeries>,
): AsyncGenerator<GridSeries> {
  if (!isLabelName(label)) throw new QueryError("execution", `invalid label name ${goQuote(label)}`);
  const labelsOf = groupLabels(aggregate, label);
  const counts = new Map<string, Count>();
  for await (const series of operand) {
    let last: { readonly text: string; readonly count: Count } | undefined;
    for (let step = 0; step < steps; step++) {
      if (series.present[step] === 0) continue;
      const text = valueText(series.histograms?.[step] ?? series.values[step]!);
      if (last?.text !== text) {
        const labels = labelsOf(withLabel(series.labels, label, text));
        last = { text, count: countOf(budget, counts, labels, steps) };
      }
      const { count } = last;
      count.dropName ||= series.dropName === true;
      count.draft.present[step] = 1;
      count.draft.values[step]!++;
    }
  }
  for (const { draft, labels, dropName } of counts.values()) yield finished(draft, labels, dropName)!;
}

function countOf(
  budget: Evaluation["budget"],
  counts: Map<string, Count>,
  labels: Labels,
  steps: number,
): Count {
  const key = labelsKey(labels);
  const known = counts.get(key);
  if (known !== undefined) return known;
  budget.keep(steps);
  const count = { labels, draft: gridDraft(steps), dropName: false };
  counts.set(key, count);
  return count;
}

function valueText(sample: Sample): string {
  return typeof sample === "number" ? floatText(sample) : histogramText(sample);
}
