import type { Severity } from "../slo/slo.ts";

// JSON as the API gives it: times are RFC 3339 in UTC, ratios 0..1, lengths milliseconds.

export type ReportResult = "met" | "missed" | "no_data";

/** What was counted in a period, and what it says. */
export interface PeriodNumbers {
  result: ReportResult;
  sli: number | null;
  /** 0 nothing, 1 all of it, above 1 overspent; null without events. */
  budgetSpentRatio: number | null;
  goodEvents: number;
  badEvents: number;
  totalEvents: number;
}

/** How much of a period the numbers rest on. */
export interface PeriodCoverage {
  /** Days of the period that are over, in part or whole. */
  ofDays: number;
  /** How many of them counts cover. */
  days: number;
  /** 0..1 */
  ratio: number;
  /** Days with an event; null where that is not counted, as of composites. */
  eventDays: number | null;
  /** Since when counts are complete, where that lies within the period. */
  countsFrom: string | null;
  /** `covered 12 of 31 days`, `31 days`. */
  text: string;
}

export interface ReportedEpisode {
  id: string;
  alert: string;
  severity: Severity;
  tier: string;
  firedAt: string;
  /** null: it still fires. */
  resolvedAt: string | null;
  /** How long it fired within the period. */
  firingMs: number;
}

export interface ReportedEpisodes {
  count: number;
  critical: number;
  warning: number;
  /** When anything fired, overlaps once. */
  firingMs: number;
  /** Critical before warning, then the longest. */
  worst: ReportedEpisode | null;
  longest: ReportedEpisode | null;
}

export interface SloReport extends PeriodNumbers {
  slo: string;
  displayName: string;
  service: string;
  owner: string | null;
  target: number;
  /** The SLO's own. */
  window: string;
  /** `events`, or `slices of 5 min`. */
  counted: string;
  /** As if there were no corrections. */
  raw: PeriodNumbers;
  coverage: PeriodCoverage;
  episodes: ReportedEpisodes;
  /** Of the period before, by the same definition. */
  previous: PeriodNumbers & { coverageRatio: number };
  /** What to know before drawing conclusions. */
  notes: string[];
}

/** Of all SLOs with the same service, or owner. */
export interface ReportSummary {
  name: string;
  slos: number;
  met: number;
  missed: number;
  noData: number;
  /** In the period before. */
  metBefore: number;
  episodes: number;
  firingMs: number;
  /** The one that spent most of its budget. */
  worstSlo: string | null;
  worstBudgetSpentRatio: number | null;
}

export interface ReportedPeriod {
  name: string;
  kind: "week" | "month" | "quarter" | "year";
  start: string;
  end: string;
  timeZone: string;
  days: number;
}

/** How the SLOs did in a calendar period. */
export interface Report {
  generatedAt: string;
  /** What is counted ends here: before `end` while the period is not over. */
  period: ReportedPeriod & { countedUntil: string; isOver: boolean };
  previous: ReportedPeriod;
  totals: ReportSummary;
  /** By name. */
  services: ReportSummary[];
  owners: ReportSummary[];
  /** By service and name. */
  slos: SloReport[];
  notes: string[];
}
