import type { TimestampMs } from "../model/time.ts";
import type { JudgedCounts, SliCounts } from "./bucket.ts";
import { sliceMsOf } from "./budgeting-method.ts";
import { burnRate } from "./burn-rate.ts";
import { combineCounts, weightedMean } from "./composite.ts";
import { coveredFromMs, countParts, type CountPart } from "./count-parts.ts";
import { budgetStatus } from "./error-budget.ts";
import { excludedFor, lastExcludedMs, type Exclusion } from "./exclusion.ts";
import { calendarProgress, evaluateSlo, evaluationWindowsMs, longestWindowMs } from "./evaluate-slo.ts";
import type { CompositePart } from "./indicator.ts";
import { NO_DATA_WINDOWS_MS, withMissingSlices } from "./no-data-policy.ts";
import type { Slo } from "./slo.ts";
import { elapsedMs } from "./slo-window.ts";
import type { CompositeVerdict, PartVerdict, SloVerdict } from "./verdict.ts";

/** What was counted of a part, or of the only indicator, over a window that ends with the bucket of the evaluation. */
export type PartCounts = (part: CountPart, windowMs: number) => SliCounts;

/** The windows that `judgeSlo` asks for of a part at this time, and one that none of them will ever exceed. */
export function partWindows(
  slo: Slo,
  part: CountPart,
  at: TimestampMs,
): { readonly windowsMs: readonly number[]; readonly longestMs: number } {
  const more = slo.noData === undefined ? [] : NO_DATA_WINDOWS_MS;
  const windowsMs = evaluationWindowsMs(slo, at).map((windowMs) => partWindowMs(slo, part, windowMs, at));
  const longestMs = Math.max(longestWindowMs(slo), sliceMsOf(part.method) ?? 0, ...more);
  return { windowsMs: [...windowsMs, ...more], longestMs };
}

/** A window that looks back holds a slice at least: the last that ended. */
export function partWindowMs(slo: Slo, { method }: CountPart, windowMs: number, at: TimestampMs): number {
  return windowMs === elapsedMs(slo.window, at) ? windowMs : Math.max(windowMs, sliceMsOf(method) ?? 0);
}

/**
 * Judges an SLO at one time by what was counted of its parts: as `evaluateSlo` does where it has one indicator, a composite by
 * the weighted mean of its parts. Slices without events count as the SLO's policy says. `coveredFromMsOf`: since when an
 * indicator's counts are complete. `exclusion`: what the counts leave out.
 */
export function judgeSlo(
  slo: Slo,
  sum: PartCounts,
  at: TimestampMs,
  coveredFromMsOf: (indicatorId: string) => number | undefined,
  exclusion?: Exclusion,
): SloVerdict {
  const { noData } = slo;
  const countsOf = (part: CountPart, windowMs: number): JudgedCounts => {
    const { method, indicator } = part;
    const ownMs = partWindowMs(slo, part, windowMs, at);
    const counts = (askedMs: number): SliCounts => sum(part, askedMs);
    if (noData === undefined || method.kind === "occurrences") return counts(ownMs);
    const fromMs = coveredFromMsOf(indicator.id) ?? at;
    const excluded =
      exclusion && ((startMs: number, endMs: number) => excludedFor(exclusion, method, startMs, endMs));
    return withMissingSlices({ policy: noData, method, counts, coveredFromMs: fromMs, excluded }, ownMs, at);
  };
  // That nothing came while nothing counts says nothing about the service.
  const quietMs = exclusion && lastExcludedMs(exclusion, at, longestWindowMs(slo));
  const coveredMs = coveredFromMs(slo, coveredFromMsOf);
  const provenMs = Math.max(coveredMs ?? Number.NEGATIVE_INFINITY, quietMs ?? Number.NEGATIVE_INFINITY);
  return judgeCounts(slo, countsOf, at, quietMs === undefined ? coveredMs : provenMs, exclusion);
}

/** The same by counts that are judged as they are. */
export function judgeCounts(
  slo: Slo,
  partCounts: (part: CountPart, windowMs: number) => JudgedCounts,
  at: TimestampMs,
  coveredMs?: number,
  exclusion?: Exclusion,
): SloVerdict {
  const { indicator } = slo;
  const [first] = countParts(slo);
  if (indicator.source !== "composite") {
    return evaluateSlo(slo, (windowMs) => partCounts(first!, windowMs), at, coveredMs, undefined, exclusion);
  }
  const { parts } = indicator;
  const counts = eachOnce(partCounts);
  const combined = (windowMs: number): JudgedCounts => {
    const own = parts.map((part) => counts(part, windowMs));
    const whole = combineCounts(parts, own);
    // Where slices without events are all there is, there is no data, whatever they count as.
    const isSilent = own.every(({ total, missing }) => total === (missing ?? 0));
    return isSilent ? { ...whole, missing: whole.total } : whole;
  };
  const elapsed = elapsedMs(slo.window, at);
  const budgets = parts.map((part) =>
    budgetStatus({
      counts: counts(part, elapsed),
      target: part.target,
      windowMs: slo.windowMs,
      period: calendarProgress(slo, part.method, at, exclusion),
      recentBurnRate: undefined,
    }),
  );
  const left = budgets.map(({ remainingRatio }) => remainingRatio);
  const { mean, coveredRatio } = weightedMean(parts, left);
  const verdict = evaluateSlo(slo, combined, at, coveredMs, mean, exclusion);
  const judged = parts.map((part, i): PartVerdict => {
    const budget = budgets[i]!;
    const share = part.weight / parts.reduce((sum, { weight }) => sum + weight, 0) / coveredRatio;
    const spent = budget.remainingRatio === undefined ? undefined : share * (1 - budget.remainingRatio);
    return { part, budget, spentRatio: spent, burns: burnsOf(part, verdict, counts, budget.counts) };
  });
  const composite: CompositeVerdict = { parts: judged, coveredWeightRatio: coveredRatio };
  return { ...verdict, budget: { ...verdict.budget, composite } };
}

/** Sums of long windows are not asked for twice. */
function eachOnce<P extends object, R>(
  read: (part: P, windowMs: number) => R,
): (part: P, windowMs: number) => R {
  const known = new Map<P, Map<number, R>>();
  return (part, windowMs) => {
    let ofPart = known.get(part);
    if (ofPart === undefined) known.set(part, (ofPart = new Map<number, R>()));
    const found = ofPart.get(windowMs) ?? read(part, windowMs);
    ofPart.set(windowMs, found);
    return found;
  };
}

/** The windows of the whole, of one part. */
function burnsOf(
  part: CompositePart,
  { slo, burns }: SloVerdict,
  counts: (part: CountPart, windowMs: number) => JudgedCounts,
  whole: JudgedCounts,
): PartVerdict["burns"] {
  return burns.map(({ windowMs }) => {
    const events = windowMs === slo.windowMs ? whole : counts(part, windowMs);
    return { windowMs, counts: events, burnRate: burnRate(events, part.target) };
  });
}
