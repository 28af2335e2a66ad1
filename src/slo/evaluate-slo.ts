import { HOUR_MS, type TimestampMs } from "../model/time.ts";
import { BUCKET_MS, bucketStartMs, type JudgedCounts } from "./bucket.ts";
import { sliceMsOf, type BudgetingMethod } from "./budgeting-method.ts";
import { badEvents, budgetRatioOf, burnRate } from "./burn-rate.ts";
import { fulfilsCondition, isFloor } from "./burn-operator.ts";
import { countParts } from "./count-parts.ts";
import { budgetStatus, type CalendarProgress } from "./error-budget.ts";
import { excludedFor, type Exclusion } from "./exclusion.ts";
import type { AlertTier, Slo } from "./slo.ts";
import { countSlices } from "./no-data-policy.ts";
import { DEFAULT_GATE, errorInterval, isGated, type ErrorInterval } from "./low-traffic.ts";
import { elapsedMs, longestPeriodMs, windowAt } from "./slo-window.ts";
import type { AlertVerdict, BudgetStatus, SloState, SloVerdict, TierVerdict, WindowBurn } from "./verdict.ts";

/**
 * Judges one SLO at one time. `counts` gives the events of a window that ends with the bucket of `at`; it is asked
 * once for each window of `evaluationWindowsMs`. The SLO's own window may be the current period of a calendar; alerts
 * always look back from `at`, across the start of the period too. `coveredFromMs`: counts from before are not known, so
 * that no data in a window that begins earlier proves nothing. `remainingRatio`: of the budget, where the counts do not say it.
 * `exclusion`: what `counts` leave out.
 */
export function evaluateSlo(
  slo: Slo,
  counts: (windowMs: number) => JudgedCounts,
  at: TimestampMs,
  coveredFromMs = Number.NEGATIVE_INFINITY,
  remainingRatio?: number,
  exclusion?: Exclusion,
): SloVerdict {
  const asked = new Map<number, JudgedCounts>();
  const countsOver = (windowMs: number): JudgedCounts => {
    const known = asked.get(windowMs) ?? counts(windowMs);
    asked.set(windowMs, known);
    return known;
  };
  const byWindow = new Map<number, WindowBurn>();
  const burnOver = (windowMs: number): WindowBurn => {
    const known = byWindow.get(windowMs);
    if (known !== undefined) return known;
    const events = countsOver(countedMs(slo, windowMs));
    const burn: WindowBurn = { windowMs, counts: events, burnRate: burnRate(events, slo.target) };
    byWindow.set(windowMs, burn);
    return burn;
  };

  const whole = wholeBurn(slo, countsOver(elapsedMs(slo.window, at)));
  const window = windowAt(slo.window, at);
  const budget = budgetStatus({
    counts: whole.counts,
    target: slo.target,
    windowMs: slo.windowMs,
    period: calendarProgress(slo, countParts(slo)[0]!.method, at, exclusion),
    recentBurnRate: burnOver(forecastWindowMs(slo)).burnRate,
    remainingRatio,
  });
  const alerts: readonly AlertVerdict[] = slo.alerts.map((definition) => ({
    definition,
    tiers: definition.tiers.map((tier) =>
      tier.kind === "no-data"
        ? judgeNoData(tier, burnOver(tier.longWindowMs), at - tier.longWindowMs >= coveredFromMs)
        : judgeTier(slo, tier, burnOver),
    ),
  }));
  const tierWindows = tierWindowsMs(slo);
  const burns = tierWindows.map(burnOver);
  if (!tierWindows.includes(slo.windowMs)) burns.push(whole);
  burns.sort((a, b) => a.windowMs - b.windowMs);
  return { slo, at, window, state: sloState(budget, alerts), budget, alerts, burns };
}

/** Over the SLO window, which goes by its nominal length. */
function wholeBurn(slo: Slo, counts: JudgedCounts): WindowBurn {
  return { windowMs: slo.windowMs, counts, burnRate: burnRate(counts, slo.target) };
}

/** How far the period of a calendar window is, in which this is counted; undefined of a rolling window. */
export function calendarProgress(
  { window }: Slo,
  method: BudgetingMethod,
  at: TimestampMs,
  exclusion?: Exclusion,
): CalendarProgress | undefined {
  if (window.kind === "rolling") return undefined;
  const { startMs, endMs } = windowAt(window, at);
  const sliceMs = sliceMsOf(method);
  const excludedSlices = (fromMs: number, toMs: number): number =>
    exclusion === undefined || method.kind === "occurrences"
      ? 0
      : countSlices(method, excludedFor(exclusion, method, fromMs, toMs), fromMs, toMs);
  return {
    elapsedMs: bucketStartMs(at) + BUCKET_MS - startMs,
    periodMs: endMs - startMs,
    totalEvents:
      sliceMs === undefined
        ? undefined
        : Math.floor(endMs / sliceMs) - Math.floor(startMs / sliceMs) - excludedSlices(startMs, endMs),
  };
}

/** A window holds a slice at least: the last that ended. */
function countedMs(slo: Slo, windowMs: number): number {
  return Math.max(windowMs, sliceMsOf(slo.method) ?? 0);
}

/** Every window that `evaluateSlo` asks for at this time, shortest first. */
export function evaluationWindowsMs(slo: Slo, at: TimestampMs): readonly number[] {
  const lookingBack = [...tierWindowsMs(slo), forecastWindowMs(slo)];
  return distinctAscending([
    elapsedMs(slo.window, at),
    ...lookingBack.map((windowMs) => countedMs(slo, windowMs)),
  ]);
}

/** No window that `evaluateSlo` asks for is ever longer. */
export function longestWindowMs(slo: Slo): number {
  const lookingBack = [...tierWindowsMs(slo), forecastWindowMs(slo)];
  return Math.max(longestPeriodMs(slo.window), ...lookingBack.map((windowMs) => countedMs(slo, windowMs)));
}

function tierWindowsMs(slo: Slo): readonly number[] {
  const windows: number[] = [];
  for (const definition of slo.alerts) {
    for (const tier of definition.tiers) {
      windows.push(tier.longWindowMs);
      if (tier.shortWindowMs !== undefined) windows.push(tier.shortWindowMs);
    }
  }
  return distinctAscending(windows);
}

/** The burn that forecasts the exhaustion is the last hour's, or the whole window's where that is shorter. */
function forecastWindowMs(slo: Slo): number {
  return Math.min(HOUR_MS, slo.windowMs);
}

function distinctAscending(windowsMs: readonly number[]): readonly number[] {
  return [...new Set(windowsMs)].sort((a, b) => a - b);
}

function judgeTier(slo: Slo, tier: AlertTier, burnOver: (windowMs: number) => WindowBurn): TierVerdict {
  const long = burnOver(tier.longWindowMs);
  const short = tier.shortWindowMs === undefined ? undefined : burnOver(tier.shortWindowMs);
  const gate = slo.lowTrafficGate === undefined ? DEFAULT_GATE : slo.lowTrafficGate;
  const interval = gate === null ? undefined : errorInterval(long.counts, gate.confidence);
  const allowed = budgetRatioOf(long.counts, slo.target);
  const isSure = !isGated(gate, badEvents(long.counts)) || clears(tier, allowed, interval);
  const burns = fulfils(tier, long) && long.counts.total >= slo.minEvents;
  const longBreaches = burns && isSure;
  const breaching = longBreaches && (short === undefined || fulfils(tier, short));
  const deciding = short ?? long;
  // Silence in the short window proves nothing while the long one still breaches: a service that is down for good
  // sends no event either.
  const calm = deciding.burnRate === undefined ? !longBreaches : !fulfils(tier, deciding);
  return {
    tier,
    long,
    short,
    breaching,
    ...(interval === undefined ? {} : { interval }),
    ...(burns && !isSure ? { heldBack: true } : {}),
    calm,
  };
}

/** Even the error rate that is likely and speaks most against it fulfils the condition. */
function clears(tier: AlertTier, budgetRatio: number, interval: ErrorInterval | undefined): boolean {
  if (interval === undefined) return false;
  const threshold = tier.burnThreshold * budgetRatio;
  return isFloor(tier) ? interval.high < threshold : interval.low > threshold;
}

function judgeNoData(tier: AlertTier, long: WindowBurn, isCovered: boolean): TierVerdict {
  const hasEvents = long.counts.total > (long.counts.missing ?? 0);
  return { tier, long, short: undefined, breaching: !hasEvents && isCovered, calm: hasEvents };
}

/** No data fulfils nothing. */
function fulfils(tier: AlertTier, { burnRate }: WindowBurn): boolean {
  return burnRate !== undefined && fulfilsCondition(tier, burnRate);
}

function sloState(budget: BudgetStatus, alerts: readonly AlertVerdict[]): SloState {
  if (budget.remainingRatio === undefined) return "no_data";
  if (budget.remainingRatio <= 0) return "breached";
  return alerts.some((alert) => alert.tiers.some((tier) => tier.breaching)) ? "at_risk" : "met";
}
