import type { JudgedCounts, SliCounts } from "./bucket.ts";

/**
 * Share of events that may be bad, 0 < budget <= 1, for a target 0 <= target < 1. Rounded to 15 decimals, because
 * 1 - 0.9999 is 0.00009999999999998899 and would put a burn of exactly 1 above 1.
 */
export function errorBudgetRatio(target: number): number {
  const rounded = Math.round((1 - target) * 1e15) / 1e15;
  return rounded > 0 ? rounded : 1 - target;
}

/** The burn when every event is bad: 1 / (1 - target). No threshold at or above it can be exceeded. */
export function highestBurnRate(target: number): number {
  return 1 / errorBudgetRatio(target);
}

/** Bad events, 0..total. A source that counts more good events than events has none that are bad. */
export function badEvents(counts: SliCounts): number {
  return Math.min(Math.max(counts.total - counts.good, 0), Math.max(counts.total, 0));
}

/**
 * How many times faster than allowed the budget burns: the share of bad events over the share that may be bad.
 * 0 with no bad event, 1 spends the budget exactly over the SLO window, 1 / (1 - target) at most. Undefined without
 * events: no traffic is neither good nor bad.
 */
export function burnRate(counts: JudgedCounts, target: number): number | undefined {
  if (!(counts.total > 0)) return undefined;
  return badEvents(counts) / counts.total / budgetRatioOf(counts, target);
}

/** Share of these events that may be bad, 0..1. */
export function budgetRatioOf({ budgetRatio }: JudgedCounts, target: number): number {
  return budgetRatio ?? errorBudgetRatio(target);
}
