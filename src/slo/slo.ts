import type { DurationMs } from "../model/time.ts";
import type { BudgetingMethod } from "./budgeting-method.ts";
import type { GroupBy, SloGroup } from "./group-by.ts";
import type { SloIndicator } from "./indicator.ts";
import type { LowTrafficGate } from "./low-traffic.ts";
import type { NoDataPolicy } from "./no-data-policy.ts";
import type { SloWindow } from "./slo-window.ts";

/** critical goes to PagerDuty, warning to Slack. */
export type Severity = "critical" | "warning";

/** Where a document was written, for messages that people can click on. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How the burn compares with the threshold while an alert burns. */
export type BurnOperator = "gt" | "gte" | "lt" | "lte";

/**
 * A burn-rate condition. It breaches when the burn over the long window, and over the short one if there is one,
 * is above (`gt`, `gte`) or below (`lt`, `lte`) the threshold; both windows count back from the evaluation time. One of kind `no-data` breaches
 * while the long window holds no event, once counts reach back so far.
 */
export interface AlertTier {
  /** `burn` where it is left out. */
  readonly kind?: "burn" | "no-data";
  /** `page-quick`, … or the name of the OpenSLO AlertCondition. */
  readonly name: string;
  readonly longWindowMs: DurationMs;
  readonly shortWindowMs: DurationMs | undefined;
  /** Times the rate that spends the budget exactly over the SLO window; > 0, of `lte` >= 0. Without meaning, 0, where data is missing. */
  readonly burnThreshold: number;
  readonly operator: BurnOperator;
  /** How long the breach must last before the alert fires. */
  readonly alertAfterMs: DurationMs;
  /** How long the (short) window must not fulfil the condition before the episode closes. */
  readonly resolveAfterMs: DurationMs;
}

/** What becomes one episode: the tiers of one severity, or one OpenSLO AlertPolicy. */
export interface AlertDefinition {
  /** Unique within the SLO and stable across reloads: `critical`, `warning`, or `policy/<name>`. */
  readonly key: string;
  readonly severity: Severity;
  /** Ordered worst first. */
  readonly tiers: readonly AlertTier[];
  /** False: nobody is told that it is over. */
  readonly tellsResolved?: boolean;
  /** Names of the OpenSLO AlertNotificationTargets, for people. */
  readonly notificationTargets?: readonly string[];
  /** What those targets may be called as receivers: told are those that noroshi.yaml or the environment sets up. */
  readonly targetReceivers?: readonly string[];
}

export interface Slo {
  /** Unique across all sources. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly service: string;
  readonly owner: string | undefined;
  readonly runbookUrl: string | undefined;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly objectiveName: string;
  /** Share of good events, 0 <= target < 1. Of a composite the one that follows from its parts. */
  readonly target: number;
  readonly window: SloWindow;
  /** Length of the window; of a calendar window its nominal one: a month 30 days, a quarter 90, a year 365. */
  readonly windowMs: DurationMs;
  /** Of a composite Occurrences: each of its parts has its own. */
  readonly method: BudgetingMethod;
  readonly indicator: SloIndicator;
  /** What slices without events count as; left out: nothing. */
  readonly noData?: NoDataPolicy;
  readonly alerts: readonly AlertDefinition[];
  /** Has groups with budgets of their own. */
  readonly groupBy?: GroupBy;
  /** Is one group of another SLO. */
  readonly group?: SloGroup;
  /** An alert needs at least this many events in the long window; 1 unless `noroshi.dev/min-events` says more. */
  readonly minEvents: number;
  /** What else an alert needs where few events are bad; null: nothing. `DEFAULT_GATE` where it is left out. */
  readonly lowTrafficGate?: LowTrafficGate | null;
  readonly location: SourceLocation;
}
