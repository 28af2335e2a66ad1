import type { TimestampMs } from "../model/time.ts";
import type { AlertDefinition, AlertTier, Slo } from "./slo.ts";
import type { JudgedCounts } from "./bucket.ts";
import type { CompositePart } from "./indicator.ts";
import type { ErrorInterval } from "./low-traffic.ts";
import type { CorrectionTimes } from "./exclusion.ts";
import type { Period } from "./slo-window.ts";

/** Burn over one window; `undefined` rate means no data (no event in it), which is neither good nor bad. */
export interface WindowBurn {
  /** Of the current period of a calendar window, its nominal length. */
  readonly windowMs: number;
  readonly counts: JudgedCounts;
  readonly burnRate: number | undefined;
}

export interface TierVerdict {
  readonly tier: AlertTier;
  readonly long: WindowBurn;
  readonly short: WindowBurn | undefined;
  /** Both windows are above the threshold, there are enough events, and they are no chance. */
  readonly breaching: boolean;
  /** Where the error rate of the long window lies; left out where the SLO has no gate for low traffic, or no event. */
  readonly interval?: ErrorInterval;
  /** The long window is above the threshold, and with so few events that it may be chance. */
  readonly heldBack?: boolean;
  /** The window that decides recovery has come down (or holds no event while the long one no longer breaches). */
  readonly calm: boolean;
}

export interface AlertVerdict {
  readonly definition: AlertDefinition;
  readonly tiers: readonly TierVerdict[];
}

/** State of the error budget over the SLO window. */
export interface BudgetStatus {
  readonly counts: JudgedCounts;
  /** good / total, 0..1; undefined without events. */
  readonly sli: number | undefined;
  /** Share of the budget that is left: 1 untouched, 0 spent, negative overspent; undefined without events. */
  readonly remainingRatio: number | undefined;
  /** Bad events that the budget still allows over the window's events so far; negative when overspent. */
  readonly remainingEvents: number | undefined;
  /**
   * At the burn of the last hour; 0 when spent; undefined when it would take longer than the window or the rest of the
   * calendar period, or without data.
   */
  readonly exhaustedInMs: number | undefined;
  /** Of a composite: what its parts did with it. */
  readonly composite?: CompositeVerdict;
}

/** What one part of a composite did over the SLO window. */
export interface PartVerdict {
  readonly part: CompositePart;
  /** Of the part alone, against its own target. */
  readonly budget: BudgetStatus;
  /** What this part spent of the budget of the whole: 0 nothing, 1 all of it; undefined without events. */
  readonly spentRatio: number | undefined;
  /** Burns of the part over the windows of the SLO's alerts, shortest first. */
  readonly burns: readonly WindowBurn[];
}

export interface CompositeVerdict {
  /** In the order of the parts. */
  readonly parts: readonly PartVerdict[];
  /** How much of the weight has events in the SLO window, 0..1. */
  readonly coveredWeightRatio: number;
}

export type SloState = "no_data" | "met" | "at_risk" | "breached";

/** Everything the evaluator knows about one SLO at one time. */
export interface SloVerdict {
  readonly slo: Slo;
  readonly at: TimestampMs;
  /** What the budget is judged by: of a calendar window the whole period, which ends later than `at`. */
  readonly window: Period;
  /** no_data: no event in the window · breached: budget spent · at_risk: an alert tier breaches · met: otherwise. */
  readonly state: SloState;
  readonly budget: BudgetStatus;
  readonly alerts: readonly AlertVerdict[];
  /** The distinct windows of all tiers and, where no tier has its length, the SLO window; shortest first. */
  readonly burns: readonly WindowBurn[];
  /** Where corrections select the SLO: everything above is without what they exclude. */
  readonly corrected?: CorrectedVerdict;
}

/** What corrections changed. */
export interface CorrectedVerdict {
  /** As if there were none. */
  readonly raw: Pick<SloVerdict, "state" | "budget" | "burns">;
  /** Those that exclude time of the window up to now. */
  readonly corrections: readonly CorrectionTimes[];
}
