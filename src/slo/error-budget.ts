import type { SliCounts } from "./bucket.ts";
import { badEvents, burnRate, errorBudgetRatio } from "./burn-rate.ts";
import type { BudgetStatus } from "./verdict.ts";

export interface BudgetInput {
  /** Events of the whole SLO window. */
  readonly counts: SliCounts;
  /** 0 <= target < 1. */
  readonly target: number;
  readonly windowMs: number;
  /** Burn of the last hour, which forecasts the exhaustion; undefined without events in it. */
  readonly recentBurnRate: number | undefined;
}

/** State of the error budget. Without events everything that is a ratio is undefined, never 0 or 1. */
export function budgetStatus(input: BudgetInput): BudgetStatus {
  const { counts, target, windowMs, recentBurnRate } = input;
  const spent = burnRate(counts, target);
  if (spent === undefined) {
    return {
      counts,
      sli: undefined,
      remainingRatio: undefined,
      remainingEvents: undefined,
      exhaustedInMs: undefined,
    };
  }
  const bad = badEvents(counts);
  const remainingRatio = 1 - spent;
  return {
    counts,
    sli: (counts.total - bad) / counts.total,
    remainingRatio,
    remainingEvents: counts.total * errorBudgetRatio(target) - bad,
    exhaustedInMs: exhaustedInMs(remainingRatio, recentBurnRate, windowMs),
  };
}

/**
 * When the budget is gone if the burn stays as it is: remaining x window / burn. 0 when it is spent already.
 * Undefined when nothing burns, and when the answer lies beyond one window: by then everything that was spent
 * before has left the rolling window, and a burn that slow is sustained for ever.
 */
export function exhaustedInMs(
  remainingRatio: number,
  burn: number | undefined,
  windowMs: number,
): number | undefined {
  if (remainingRatio <= 0) return 0;
  if (burn === undefined || burn <= 0) return undefined;
  const forecastMs = (remainingRatio * windowMs) / burn;
  return forecastMs <= windowMs ? forecastMs : undefined;
}
