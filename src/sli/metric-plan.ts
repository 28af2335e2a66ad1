import { labelValue } from "../model/labels.ts";
import type { Labels } from "../model/labels.ts";
import { compileMatchers } from "../promql/syntax/label-matcher.ts";
import type { IncrementsDefinition, LabelMatcher } from "../slo/indicator.ts";

/** An indicator that is counted from the increases of counters. */
export interface IncrementsIndicator {
  readonly id: string;
  readonly definition: IncrementsDefinition;
}

/** How often one increase of a series counts for an indicator. */
export interface Weight {
  /** Id of the indicator. */
  readonly indicator: string;
  readonly good: number;
  readonly total: number;
}

/** The conditions of one term. */
interface Selector {
  readonly matchers: readonly LabelMatcher[];
  matches(labels: Labels): boolean;
}

interface Use {
  readonly indicator: string;
  /** Position in `selectors`. */
  readonly selector: number;
  readonly good: number;
  readonly total: number;
}

/** Everything that indicators ask of one metric: each selector once, however many terms have it. */
export interface MetricPlan {
  readonly metric: string;
  readonly selectors: readonly Selector[];
  /** Ids of the indicators that use the metric. */
  readonly indicators: ReadonlySet<string>;
  /** Positions of the selectors that may match: of all others one label says that they do not. */
  candidates(labels: Labels): Iterable<number>;
  /** `mask[i]` is "1" where the series matches selector i. Indicators that do not count it are left out. */
  weights(mask: string): readonly Weight[];
}

/** Which selectors match, one character each. */
export function maskOf(plan: MetricPlan, labels: Labels): string {
  const mask = Array.from<string>({ length: plan.selectors.length }).fill("0");
  for (const i of plan.candidates(labels)) if (plan.selectors[i]!.matches(labels)) mask[i] = "1";
  return mask.join("");
}

interface Draft {
  readonly selectors: Map<string, readonly LabelMatcher[]>;
  readonly positions: Map<string, number>;
  readonly uses: Use[];
}

const newDraft = (): Draft => ({ selectors: new Map(), positions: new Map(), uses: [] });

/** What these indicators count, by metric. */
export function planMetrics(indicators: readonly IncrementsIndicator[]): ReadonlyMap<string, MetricPlan> {
  const drafts = new Map<string, Draft>();
  for (const { id, definition } of indicators) {
    const isGood = definition.outcome === "good";
    const { total, select } = definition;
    // What is not bad is good: with the bad ones given, good is the total less those.
    const parts = [
      ...total.terms.map((term) => ({ term, good: isGood ? 0 : term.sign, total: term.sign })),
      ...select.terms.map((term) => ({ term, good: isGood ? term.sign : -term.sign, total: 0 })),
    ];
    for (const part of parts) {
      const { metric, matchers } = part.term;
      let draft = drafts.get(metric);
      if (draft === undefined) drafts.set(metric, (draft = newDraft()));
      const key = JSON.stringify(matchers.map(({ label, operator, value }) => [label, operator, value]));
      if (!draft.selectors.has(key)) draft.selectors.set(key, matchers);
      const selector = draft.positions.get(key) ?? draft.positions.size;
      draft.positions.set(key, selector);
      draft.uses.push({ indicator: id, selector, good: part.good, total: part.total });
    }
  }
  return new Map(
    [...drafts].map(([metric, { selectors, uses }]) => [
      metric,
      {
        metric,
        selectors: [...selectors.values()].map((matchers) => ({
          matchers,
          matches: compileMatchers(matchers),
        })),
        candidates: indexSelectors([...selectors.values()]),
        indicators: new Set(uses.map((use) => use.indicator)),
        weights: (mask) => weightsOf(uses, mask),
      },
    ]),
  );
}

/**
 * Finds selectors by the value that one of their labels must have: of the labels that they compare for equality the one
 * with the most values. The groups of an SLO differ in just that.
 */
function indexSelectors(selectors: readonly (readonly LabelMatcher[])[]): MetricPlan["candidates"] {
  const valuesOf = new Map<string, Set<string>>();
  for (const { label, operator, value } of selectors.flat()) {
    if (operator === "=") valuesOf.set(label, (valuesOf.get(label) ?? new Set()).add(value));
  }
  const always: number[] = [];
  const byLabel = new Map<string, Map<string, number[]>>();
  for (const [i, matchers] of selectors.entries()) {
    const [best] = matchers
      .filter(({ operator }) => operator === "=")
      .sort((a, b) => valuesOf.get(b.label)!.size - valuesOf.get(a.label)!.size);
    if (best === undefined) {
      always.push(i);
      continue;
    }
    const byValue = byLabel.get(best.label) ?? new Map<string, number[]>();
    byLabel.set(best.label, byValue);
    const positions = byValue.get(best.value);
    if (positions === undefined) byValue.set(best.value, [i]);
    else positions.push(i);
  }
  return function* candidates(labels) {
    yield* always;
    for (const [label, byValue] of byLabel) yield* byValue.get(labelValue(labels, label)) ?? [];
  };
}

function weightsOf(uses: readonly Use[], mask: string): readonly Weight[] {
  const sums = new Map<string, { good: number; total: number }>();
  for (const { indicator, selector, good, total } of uses) {
    if (mask[selector] !== "1") continue;
    const sum = sums.get(indicator);
    if (sum === undefined) sums.set(indicator, { good, total });
    else {
      sum.good += good;
      sum.total += total;
    }
  }
  return [...sums]
    .filter(([, { good, total }]) => good !== 0 || total !== 0)
    .map(([indicator, { good, total }]) => ({ indicator, good, total }));
}
