import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs, type DurationMs } from "../model/time.ts";
import { highestBurnRate } from "./burn-rate.ts";
import type { AlertDefinition, AlertTier, Severity } from "./slo.ts";

/** One row of the Workbook's table: "this share of the budget, spent within the long window, is worth this severity". */
export interface WorkbookTier {
  readonly name: string;
  readonly severity: Severity;
  readonly longWindowMs: DurationMs;
  readonly shortWindowMs: DurationMs;
  /** Percent of the SLO window's budget, 0..100. Whole numbers keep the burn free of rounding: 14.4, not 14.399…. */
  readonly budgetPercent: number;
}

/**
 * Multiwindow, multi-burn-rate alerts of the Site Reliability Workbook, chapter 5, table 5-8, each with a short
 * window so that alerts end soon after the trouble does. Ordered worst first.
 * @see https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
export const WORKBOOK_TIERS: readonly WorkbookTier[] = [
  {
    name: "page-quick",
    severity: "critical",
    longWindowMs: HOUR_MS,
    shortWindowMs: durationMs(5 * MINUTE_MS),
    budgetPercent: 2,
  },
  {
    name: "page-slow",
    severity: "critical",
    longWindowMs: durationMs(6 * HOUR_MS),
    shortWindowMs: durationMs(30 * MINUTE_MS),
    budgetPercent: 5,
  },
  {
    name: "ticket-quick",
    severity: "warning",
    longWindowMs: DAY_MS,
    shortWindowMs: durationMs(2 * HOUR_MS),
    budgetPercent: 10,
  },
  {
    name: "ticket-slow",
    severity: "warning",
    longWindowMs: durationMs(3 * DAY_MS),
    shortWindowMs: durationMs(6 * HOUR_MS),
    budgetPercent: 10,
  },
];

/** A Workbook tier fitted to one SLO. */
export interface FittedTier {
  readonly severity: Severity;
  readonly tier: AlertTier;
  /** False when even an outage of everything burns too slowly to exceed the threshold. */
  readonly reachable: boolean;
}

/**
 * The Workbook's tiers for an SLO window and a target (0 <= target < 1), worst first. The burn of a tier is
 * budget fraction x SLO window / long window, and never below 1: slower than that the budget lasts. A tier whose
 * long window is longer than the SLO window is left out, so a window under one hour has none.
 */
export function tiersFor(windowMs: DurationMs, target: number): readonly FittedTier[] {
  const highest = highestBurnRate(target);
  return WORKBOOK_TIERS.filter((row) => row.longWindowMs <= windowMs).map((row) => {
    const burnThreshold = Math.max(1, (row.budgetPercent * windowMs) / (100 * row.longWindowMs));
    const tier: AlertTier = {
      name: row.name,
      longWindowMs: row.longWindowMs,
      shortWindowMs: row.shortWindowMs,
      burnThreshold,
      operator: "gt",
      alertAfterMs: durationMs(0),
      resolveAfterMs: durationMs(row.shortWindowMs / 2),
    };
    return { severity: row.severity, tier, reachable: highest > burnThreshold };
  });
}

/** What an SLO without alert policies gets: `critical` and `warning`, each with the tiers of its severity that fit. */
export function workbookAlerts(windowMs: DurationMs, target: number): readonly AlertDefinition[] {
  const fitted = tiersFor(windowMs, target);
  const severities: readonly Severity[] = ["critical", "warning"];
  return severities
    .map((severity) => ({
      key: severity,
      severity,
      tiers: fitted.filter((row) => row.severity === severity).map((row) => row.tier),
    }))
    .filter((definition) => definition.tiers.length > 0);
}
