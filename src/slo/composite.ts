import type { JudgedCounts, SliCounts } from "./bucket.ts";
import { badEvents, errorBudgetRatio } from "./burn-rate.ts";
import type { CompositePart } from "./indicator.ts";

/** What of a part decides how much it says. */
export type WeightedTarget = Pick<CompositePart, "target" | "weight">;

/**
 * The target of the whole, 0..1: that of an SLO whose burn is the weighted mean of its parts' burns. A part's share in it is its
 * weight over its error budget, so the strict parts count for most; parts with one target give that target.
 */
export function compositeTarget(parts: readonly WeightedTarget[]): number {
  const targets = new Set(parts.map(({ target }) => target));
  const [only] = targets;
  if (targets.size === 1 && only !== undefined) return only;
  return 1 - budgetOf(parts);
}

/** Weighted harmonic mean of the error budgets, 0..1. */
function budgetOf(parts: readonly WeightedTarget[]): number {
  return (
    sumOf(parts, ({ weight }) => weight) / sumOf(parts, (part) => part.weight / errorBudgetRatio(part.target))
  );
}

/**
 * The counts of a window as one: their burn is the weighted mean of the burns of the parts that have events in it, and a part
 * without any says nothing. `counts` are of `parts`, in their order. The error rate is a weighted mean of those of the parts;
 * the number of events is the one that knows it as well as the parts together do (Kish's effective sample size): many events of
 * one part make up for few of another only as far as they should, for the low-traffic gate and for `min-events`.
 * @see https://en.wikipedia.org/wiki/Effective_sample_size#Weighted_samples
 */
export function combineCounts(parts: readonly WeightedTarget[], counts: readonly SliCounts[]): JudgedCounts {
  const heard = parts.flatMap(({ target, weight }, i) => {
    const own = counts[i];
    return own !== undefined && own.total > 0 ? [{ target, weight, counts: own }] : [];
  });
  const [first] = heard;
  if (first === undefined) return { good: 0, total: 0 };
  const budgetRatio = heard.length === 1 ? errorBudgetRatio(first.target) : budgetOf(heard);
  if (heard.length === 1) return { ...eventsOf(first.counts), budgetRatio };
  const share = shareOf(heard);
  const errors = sumOf(heard, (part) => (share(part) * badEvents(part.counts)) / part.counts.total);
  const total = 1 / sumOf(heard, (part) => share(part) ** 2 / part.counts.total);
  return { good: total * (1 - Math.min(1, errors)), total, budgetRatio };
}

/** Of a part in the error rate of the whole. */
function shareOf(parts: readonly WeightedTarget[]): (part: WeightedTarget) => number {
  const of = (part: WeightedTarget): number => part.weight / errorBudgetRatio(part.target);
  const whole = sumOf(parts, of);
  return (part) => of(part) / whole;
}

/** Never more good events than events. */
function eventsOf(counts: SliCounts): SliCounts {
  return { good: counts.total - badEvents(counts), total: counts.total };
}

/** Weighted mean of the values that there are, and how much of the weight they have, 0..1; undefined without any. */
export function weightedMean(
  parts: readonly WeightedTarget[],
  values: readonly (number | undefined)[],
): { readonly mean: number | undefined; readonly coveredRatio: number } {
  const known = parts.flatMap(({ weight }, i) => {
    const value = values[i];
    return value === undefined ? [] : [{ weight, value }];
  });
  const covered = sumOf(known, ({ weight }) => weight);
  const mean = covered > 0 ? sumOf(known, ({ weight, value }) => (weight / covered) * value) : undefined;
  const whole = sumOf(parts, ({ weight }) => weight);
  return { mean, coveredRatio: known.length === parts.length ? 1 : covered / whole };
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
