import { labelsKey, labelsText, type Labels } from "../../model/labels.ts";
import type { ArithmeticOperator, Binary, VectorMatching } from "../ast.ts";
import { isComparison } from "./binary-float.ts";
import { arithmeticOperation, comparisonOperation, type Sample } from "./binary-sample.ts";
import type { Evaluation } from "../eval/evaluation.ts";
import { gridDraft, place, type GridDraft } from "../eval/grid-series.ts";
import { kept } from "../eval/kept-series.ts";
import { matchLabels, resultLabels } from "./match-labels.ts";
import { matchSignature } from "./match-signature.ts";
import { readOneSide, type DuplicatePair, type MatchGroup } from "./one-side.ts";
import { QueryError } from "../query-error.ts";
import type { GridSeries } from "../value.ts";

interface Output {
  readonly labels: Labels;
  readonly draft: GridDraft;
  /** The match group that it belongs to. */
  readonly group: MatchGroup;
  dropName: boolean;
}

/** Arithmetic and comparisons between two vectors. The "one" side is held, the other is read through. */
export async function* vectorVector(
  evaluation: Evaluation,
  binary: Binary,
  left: AsyncIterable<GridSeries>,
  right: AsyncIterable<GridSeries>,
): AsyncGenerator<GridSeries> {
  const matching = binary.matching!;
  const swapped = matching.cardinality === "one-to-many";
  const { groups, duplicates } = await readOneSide(kept(evaluation.budget, swapped ? left : right), matching);
  if (groups.size === 0) return;
  const signature = matchSignature(matching);
  const outputs = new Map<string, Output>();
  const match = matcher(evaluation, binary, outputs);
  for await (const series of swapped ? right : left) {
    evaluation.budget.checkpoint();
    refuseDuplicates(series, duplicates, matching);
    const group = groups.get(signature(series.labels));
    if (group !== undefined) for (const one of group.series) match(series, one, group);
  }
  for (const { labels, draft, dropName } of outputs.values()) {
    if (!draft.present.includes(1)) continue;
    const series = { labels, values: draft.values, present: draft.present, dropName };
    yield draft.histograms === undefined ? series : { ...series, histograms: draft.histograms };
  }
}

/** A match group with two series of the "one" side, at a time when the other side has anything, is an error. */
function refuseDuplicates(
  { present }: GridSeries,
  duplicates: readonly DuplicatePair[],
  matching: VectorMatching,
): void {
  for (const { steps, first, second } of duplicates) {
    if (!steps.some((step) => present[step] === 1)) continue;
    const group = labelsText(matchLabels(matching, first.labels));
    const side = matching.cardinality === "one-to-many" ? "left" : "right";
    throw new QueryError(
      "execution",
      `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
        `[${labelsText(second.labels)}, ${labelsText(first.labels)}];many-to-many matching not allowed: ` +
        `matching labels must be unique on one side`,
    );
  }
}

function matcher(
  evaluation: Evaluation,
  binary: Binary,
  outputs: Map<string, Output>,
): (many: GridSeries, one: GridSeries, group: MatchGroup) => void {
  const { operator, returnBool } = binary;
  const matching = binary.matching!;
  const swapped = matching.cardinality === "one-to-many";
  const compute = sampleOperation(evaluation, binary);
  return (many, one, group) => {
    const labels = resultLabels(binary, many.labels, one.labels);
    let output: Output | undefined;
    for (let step = 0; step < many.present.length; step++) {
      if (many.present[step] === 0 || one.present[step] === 0) continue;
      if (matching.cardinality === "one-to-one") claim(group, step);
      const manySample = many.histograms?.[step] ?? many.values[step]!;
      const oneSample = one.histograms?.[step] ?? one.values[step]!;
      const result = swapped ? compute(oneSample, manySample) : compute(manySample, oneSample);
      if (result === undefined) continue;
      output ??= outputFor(evaluation, outputs, labels, group);
      output.dropName ||= returnBool || (isComparison(operator) && many.dropName === true);
      if (output.draft.present[step] === 1) throw ambiguous(output, group);
      place(output.draft, step, result);
    }
  };
}

function outputFor(
  { budget }: Evaluation,
  outputs: Map<string, Output>,
  labels: Labels,
  group: MatchGroup,
): Output {
  const key = labelsKey(labels);
  const known = outputs.get(key);
  if (known !== undefined) return known;
  budget.keep(group.matched.length);
  const output = { labels, draft: gridDraft(group.matched.length), group, dropName: false };
  outputs.set(key, output);
  return output;
}

/** In one-to-one matching each match group has one pair at a time. */
function claim({ matched }: MatchGroup, step: number): void {
  if (matched[step] === 1) {
    throw new QueryError(
      "execution",
      "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
    );
  }
  matched[step] = 1;
}

function ambiguous(output: Output, group: MatchGroup): QueryError {
  return new QueryError(
    "execution",
    output.group === group
      ? "multiple matches for labels: grouping labels must ensure unique matches"
      : "vector cannot contain metrics with the same labelset",
  );
}

function sampleOperation(
  { annotations }: Evaluation,
  { operator, range, returnBool }: Binary,
): (left: Sample, right: Sample) => Sample | undefined {
  if (!isComparison(operator)) return arithmeticOperation(operator as ArithmeticOperator, annotations, range);
  const holds = comparisonOperation(operator, annotations, range);
  return (left, right) => {
    const kept = holds(left, right);
    if (kept === undefined || returnBool) return kept === undefined ? undefined : Number(kept);
    return kept ? left : undefined;
  };
}
