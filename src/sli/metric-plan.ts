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
  /** `mask[i]` is "1" where the series matches selector i. Indicators that do not count it are left out. */
  weights(mask: string): readonly Weight[];
}

/** Which selectors match, one character each. */
export function maskOf(plan: MetricPlan, labels: Labels): string {
  let mask = "";
  for (const selector of plan.selectors) mask += selector.matches(labels) ? "1" : "0";
  return mask;
}

/** What these indicators count, by metric. */
export function planMetrics(indicators: readonly IncrementsIndicator[]): ReadonlyMap<string, MetricPlan> {
  const drafts = new Map<string, { selectors: Map<string, readonly LabelMatcher[]>; uses: Use[] }>();
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
      if (draft === undefined) drafts.set(metric, (draft = { selectors: new Map(), uses: [] }));
      const key = JSON.stringify(matchers.map(({ label, operator, value }) => [label, operator, value]));
      if (!draft.selectors.has(key)) draft.selectors.set(key, matchers);
      const selector = [...draft.selectors.keys()].indexOf(key);
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
        indicators: new Set(uses.map((use) => use.indicator)),
        weights: (mask) => weightsOf(uses, mask),
      },
    ]),
  );
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
