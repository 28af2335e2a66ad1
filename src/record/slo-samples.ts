import { labelsOf } from "../model/labels.ts";
import type { Labels } from "../model/labels.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import type { JudgedCounts, SliCounts } from "../slo/bucket.ts";
import { badEvents, burnRate, errorBudgetRatio } from "../slo/burn-rate.ts";
import { combineCounts } from "../slo/composite.ts";
import { countParts } from "../slo/count-parts.ts";
import { windowName } from "../slo/format-duration.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloVerdict } from "../slo/verdict.ts";

export interface SloSample {
  readonly labels: Labels;
  readonly value: number;
}

/** Events of an indicator over a window that ends now; undefined where that is not known. */
export type WindowCounts = (indicatorId: string, windowMs: number) => SliCounts | undefined;

/** The windows that Sloth records, besides the SLO's own. */
export const SLOTH_WINDOWS_MS: readonly number[] = [
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  3 * DAY_MS,
];

/**
 * What dashboards ask about SLOs: the series of Sloth's recording rules, and our own. Windows that a verdict does not
 * have are asked of `counts`, or left out. A ratio of no events is no sample.
 */
export function sloSamples(verdicts: Iterable<SloVerdict>, counts?: WindowCounts): SloSample[] {
  const samples: SloSample[] = [];
  for (const verdict of verdicts) {
    const windows = windowCounts(verdict, counts);
    samples.push(...slothSamples(verdict, windows), ...ownSamples(verdict));
  }
  return samples;
}

/** By length, shortest first. */
function windowCounts(
  verdict: SloVerdict,
  counts: WindowCounts | undefined,
): ReadonlyMap<number, JudgedCounts> {
  const { slo, burns } = verdict;
  const known = new Map(burns.map((burn) => [burn.windowMs, burn.counts]));
  const result = new Map<number, JudgedCounts>();
  for (const windowMs of [...new Set([...SLOTH_WINDOWS_MS, slo.windowMs])].sort((a, b) => a - b)) {
    const asked = counts !== undefined && isWhole(verdict, windowMs);
    const events = known.get(windowMs) ?? (asked ? askedCounts(slo, windowMs, counts) : undefined);
    if (events !== undefined) result.set(windowMs, events);
  }
  return result;
}

/** Corrections take nothing out of the window, so that all that was counted counts. */
function isWhole({ at, window, corrected }: SloVerdict, windowMs: number): boolean {
  if (corrected === undefined) return true;
  const fromMs = at - windowMs;
  // Which corrections lie before the SLO's window is not known.
  if (fromMs < window.startMs) return false;
  return corrected.corrections.every(({ intervals }) => intervals.every(({ endMs }) => endMs <= fromMs));
}

/** Events say nothing of slices. */
function askedCounts(slo: Slo, windowMs: number, counts: WindowCounts): JudgedCounts | undefined {
  const parts = countParts(slo);
  if (parts.some(({ method }) => method.kind !== "occurrences")) return undefined;
  const own = parts.flatMap(({ indicator }) => counts(indicator.id, windowMs) ?? []);
  if (own.length < parts.length) return undefined;
  return slo.indicator.source === "composite" ? combineCounts(slo.indicator.parts, own) : own[0];
}

function slothSamples(
  { slo, budget }: SloVerdict,
  windows: ReadonlyMap<number, JudgedCounts>,
): readonly SloSample[] {
  const common = slothLabels(slo);
  const samples: SloSample[] = [];
  const add = (
    name: string,
    value: number | undefined,
    more: Readonly<Record<string, string>> = {},
  ): void => {
    if (value === undefined) return;
    samples.push({ labels: labelsOf(Object.entries({ ...common, ...more, __name__: name })), value });
  };
  for (const [windowMs, counts] of windows) {
    const window = windowName(windowMs);
    const ratio = errorRatio(counts, slo.target);
    add(`slo:sli_error:ratio_rate${window}`, ratio, { sloth_window: window });
  }
  add("slo:objective:ratio", slo.target);
  add("slo:error_budget:ratio", errorBudgetRatio(slo.target));
  add("slo:time_period:days", slo.windowMs / DAY_MS);
  const recent = windows.get(5 * MINUTE_MS);
  add("slo:current_burn_rate:ratio", recent && burnRate(recent, slo.target));
  add("slo:period_burn_rate:ratio", burnRate(budget.counts, slo.target));
  add("slo:period_error_budget_remaining:ratio", budget.remainingRatio);
  add("sloth_slo_info", 1, {
    sloth_mode: "noroshi",
    sloth_objective: String(Number((slo.target * 100).toPrecision(12))),
    sloth_spec: "openslo/v1",
    sloth_version: "noroshi",
  });
  return samples;
}

/** What its dashboards divide by the error budget, to get the burn. */
function errorRatio(counts: JudgedCounts, target: number): number | undefined {
  if (!(counts.total > 0)) return undefined;
  return counts.budgetRatio === undefined
    ? badEvents(counts) / counts.total
    : burnRate(counts, target)! * errorBudgetRatio(target);
}

/** Sloth gives every series the labels of the SLO's spec as well; those that cannot be names of labels are left out. */
function slothLabels(slo: Slo): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, values] of Object.entries(slo.labels)) {
    if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !name.startsWith("__")) labels[name] = values.join(",");
  }
  return {
    ...labels,
    sloth_id: `${slo.service}-${slo.name}`,
    sloth_service: slo.service,
    sloth_slo: slo.name,
  };
}

function ownSamples({ slo, budget, burns, corrected }: SloVerdict): readonly SloSample[] {
  const samples: SloSample[] = [];
  const add = (name: string, value: number | undefined, window = "", part = ""): void => {
    if (value === undefined) return;
    const labels = { __name__: name, slo: slo.name, service: slo.service, window, part };
    samples.push({ labels: labelsOf(Object.entries(labels)), value });
  };
  add("noroshi_slo_objective_ratio", slo.target);
  add("noroshi_slo_error_budget_remaining_ratio", budget.remainingRatio);
  add("noroshi_slo_raw_error_budget_remaining_ratio", corrected?.raw.budget.remainingRatio);
  for (const burn of burns) add("noroshi_slo_burn_rate", burn.burnRate, windowName(burn.windowMs));
  for (const { part, spentRatio, burns: partBurns } of budget.composite?.parts ?? []) {
    add("noroshi_slo_part_budget_spent_ratio", spentRatio, "", part.name);
    for (const { windowMs, burnRate } of partBurns)
      add("noroshi_slo_part_burn_rate", burnRate, windowName(windowMs), part.name);
  }
  return samples;
}
