import type { JudgedCounts } from "./bucket.ts";
import { badEvents, budgetRatioOf, burnRate } from "./burn-rate.ts";
import type { BudgetStatus } from "./verdict.ts";

export interface BudgetInput {
  /** Events of the whole SLO window. */
  readonly counts: JudgedCounts;
  /** 0 <= target < 1. */
  readonly target: number;
  readonly windowMs: number;
  /** Of a calendar window. */
  readonly period?: CalendarProgress | undefined;
  /** Burn of the last hour, which forecasts the exhaustion; undefined without events in it. */
  readonly recentBurnRate: number | undefined;
  /** Of a composite, whose counts alone do not say it. */
  readonly remainingRatio?: number | undefined;
}

/** How far a calendar period is. */
export interface CalendarProgress {
  /** What is over, > 0. */
  readonly elapsedMs: number;
  readonly periodMs: number;
  /** What the whole period will count: known of slices of time, unknown of events. */
  readonly totalEvents: number | undefined;
}

/** State of the error budget. Without events everything that is a ratio is undefined, never 0 or 1. */
export function budgetStatus(input: BudgetInput): BudgetStatus {
  const { counts, target, windowMs, period, recentBurnRate } = input;
  if (burnRate(counts, target) === undefined) {
    return {
      counts,
      sli: undefined,
      remainingRatio: undefined,
      remainingEvents: undefined,
      exhaustedInMs: undefined,
    };
  }
  const bad = badEvents(counts);
  const budgetRatio = budgetRatioOf(counts, target);
  const budgetOf = period?.totalEvents ?? counts.total;
  const remainingRatio = input.remainingRatio ?? 1 - bad / budgetOf / budgetRatio;
  return {
    counts,
    sli: (counts.total - bad) / counts.total,
    remainingRatio,
    remainingEvents:
      input.remainingRatio === undefined
        ? budgetOf * budgetRatio - bad
        : remainingRatio * counts.total * budgetRatio,
    exhaustedInMs:
      period === undefined
        ? exhaustedInMs(remainingRatio, recentBurnRate, windowMs)
        : exhaustedInPeriodMs(remainingRatio, recentBurnRate, period),
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

/**
 * The same for a calendar period, undefined where the period ends first. A budget of events grows with them: only a burn
 * above 1 ever spends it, after remaining x elapsed / (burn - 1) where traffic goes on as in the period so far.
 */
function exhaustedInPeriodMs(
  remainingRatio: number,
  burn: number | undefined,
  { elapsedMs, periodMs, totalEvents }: CalendarProgress,
): number | undefined {
  if (remainingRatio <= 0) return 0;
  if (burn === undefined) return undefined;
  const speed = totalEvents === undefined ? (burn - 1) / elapsedMs : burn / periodMs;
  if (speed <= 0) return undefined;
  const forecastMs = remainingRatio / speed;
  return forecastMs <= periodMs - elapsedMs ? forecastMs : undefined;
}
