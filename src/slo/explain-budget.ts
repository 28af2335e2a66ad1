import { formatDuration } from "./format-duration.ts";
import { formatPercent } from "./format-percent.ts";
import type { SloWindow } from "./slo-window.ts";
import type { BudgetStatus } from "./verdict.ts";

/**
 * The budget in plain words, for messages and pages: `61 % of the budget left; at this rate it is gone in
 * 2 h 10 min`. One line without a full stop, so that it fits into any sentence.
 */
export function explainBudget(budget: BudgetStatus, window: SloWindow): string {
  const remaining = budget.remainingRatio;
  if (remaining === undefined) {
    const when = window.kind === "rolling" ? `the last ${formatDuration(window.ms)}` : "this period so far";
    return `no events in ${when}, so nothing to judge`;
  }
  return judgedBudget(budget, remaining) + silentParts(budget);
}

function judgedBudget(budget: BudgetStatus, remaining: number): string {
  if (remaining <= 0) return `the budget is ${spentBudget(remaining)}`;
  const left =
    remaining === 1 ? "all of the budget is left" : `${formatPercent(remaining)} of the budget left`;
  if (budget.exhaustedInMs !== undefined) {
    return `${left}; at this rate it is gone in ${formatDuration(budget.exhaustedInMs)}`;
  }
  return remaining === 1 ? left : `${left}; at this rate it lasts`;
}

/** Of a composite: `; nothing from "search" (25 % of the weight)`. */
function silentParts({ composite }: BudgetStatus): string {
  const silent = composite?.parts.filter(({ spentRatio }) => spentRatio === undefined) ?? [];
  if (composite === undefined || silent.length === 0) return "";
  const names = silent.map(({ part }) => `"${part.name}"`).join(", ");
  return `; nothing from ${names} (${formatPercent(1 - composite.coveredWeightRatio)} of the weight)`;
}

/**
 * A budget that is spent, in words: `spent`, `overspent by 25 %`, and in multiples where a percentage would puzzle:
 * `spent 18.7 times over`. `remainingRatio` <= 0.
 */
export function spentBudget(remainingRatio: number): string {
  if (remainingRatio === 0) return "spent";
  if (remainingRatio > -1) return `overspent by ${formatPercent(-remainingRatio)}`;
  const times = 1 - remainingRatio;
  return `spent ${times < 100 ? Number(times.toFixed(1)) : Math.round(times)} times over`;
}
