import {
  labelsKey,
  labelsText,
  labelValue,
  METRIC_NAME,
  withLabel,
  type Labels,
} from "../../model/labels.ts";
import type { Call, Matcher, VectorSelector } from "../ast.ts";
import { evalSelector } from "./eval-selector.ts";
import type { Evaluation, Times } from "./evaluation.ts";
import { finished, gridDraft, place, type GridDraft } from "./grid-series.ts";
import { compileMatcher } from "../syntax/label-matcher.ts";
import { QueryError } from "../query-error.ts";
import type { GridSeries } from "../value.ts";
import { withoutParens } from "../syntax/without-parens.ts";

const DEFAULT_NAME: Matcher = { label: METRIC_NAME, operator: "=", value: "target_info" };

/** What tells which info series belongs to a series. */
function identity(labels: Labels): string {
  return `${labelValue(labels, "instance")}\uffff${labelValue(labels, "job")}`;
}

/**
 * info(v, selector): adds labels of info series (`target_info`, unless the selector names others) with the same
 * `instance` and `job` to those of the vector, which come first. With a selector, only the labels that it names are
 * added, and series that it excludes are left out.
 */
export async function* evalInfo(
  evaluation: Evaluation,
  call: Call,
  times: Times,
): AsyncGenerator<GridSeries> {
  const [vector, second] = call.args;
  const inner = second === undefined ? undefined : withoutParens(second);
  const matchers = inner?.type === "selector" ? inner.matchers : [];
  const named = matchers.filter(({ label }) => label === METRIC_NAME);
  const wanted = matchers.filter(({ label }) => label !== METRIC_NAME);
  const names = named.length > 0 ? named : [DEFAULT_NAME];
  const infos = await readInfos(evaluation, [...names, ...wanted], call, times);
  const isInfo = names.map(({ label, ...rest }) => ({ label, test: compileMatcher({ label, ...rest }) }));
  const required = wanted.some((matcher) => !compileMatcher(matcher)(""));
  const added = wanted.length === 0 ? undefined : new Set(wanted.map(({ label }) => label));
  for await (const series of evaluation.vector(vector!, times)) {
    if (isInfo.every(({ label, test }) => test(labelValue(series.labels, label)))) yield series;
    else yield* enriched(series, infos.get(identity(series.labels)) ?? [], added, required);
  }
}

async function readInfos(
  evaluation: Evaluation,
  matchers: readonly Matcher[],
  { range }: Call,
  times: Times,
): Promise<ReadonlyMap<string, readonly GridSeries[]>> {
  const selector: VectorSelector = {
    type: "selector",
    name: "",
    matchers,
    offsetMs: 0,
    at: undefined,
    range,
  };
  const infos = new Map<string, GridSeries[]>();
  for await (const info of evalSelector(evaluation, selector, times)) {
    const key = identity(info.labels);
    const known = infos.get(key);
    if (known === undefined) infos.set(key, [info]);
    else known.push(info);
  }
  return infos;
}

/** A series with the labels of the info series that are there at each step; they may change from step to step. */
function* enriched(
  series: GridSeries,
  infos: readonly GridSeries[],
  added: ReadonlySet<string> | undefined,
  required: boolean,
): Generator<GridSeries> {
  const steps = series.present.length;
  const results = new Map<string, { labels: Labels; draft: GridDraft }>();
  for (let step = 0; step < steps; step++) {
    if (series.present[step] === 0) continue;
    const there = infos.filter(({ present }) => present[step] === 1);
    if (there.length === 0 && required) continue;
    const labels = there.reduce(
      (labels, info) => addLabels(labels, series.labels, info.labels, added),
      series.labels,
    );
    const key = labelsKey(labels);
    let result = results.get(key);
    if (result === undefined) results.set(key, (result = { labels, draft: gridDraft(steps) }));
    place(result.draft, step, series.histograms?.[step] ?? series.values[step]!);
  }
  for (const { labels, draft } of results.values()) yield finished(draft, labels, series.dropName === true)!;
}

function addLabels(
  labels: Labels,
  own: Labels,
  info: Labels,
  added: ReadonlySet<string> | undefined,
): Labels {
  let result = labels;
  for (let i = 0; i < info.length; i += 2) {
    const name = info[i]!;
    if (name === METRIC_NAME || labelValue(own, name) !== "" || added?.has(name) === false) continue;
    const known = labelValue(result, name);
    if (known !== "" && known !== info[i + 1]) {
      throw new QueryError("execution", `conflicting label ${name} of info series for ${labelsText(own)}`);
    }
    result = withLabel(result, name, info[i + 1]!);
  }
  return result;
}
