import { goQuote } from "../../promql/syntax/go-quote.ts";
import { BURN_SIGNS } from "../../slo/burn-operator.ts";
import { errorBudgetRatio } from "../../slo/burn-rate.ts";
import { windowName } from "../../slo/format-duration.ts";
import type { AlertTier, Slo } from "../../slo/slo.ts";

/** A series that is written for an SLO, and the query that gives the same from its events. */
export interface RecordedRule {
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The condition of a tier over the series that are recorded; true while it breaches. */
export function tierQuery(slo: Slo, tier: AlertTier): string {
  if (tier.kind === "no-data") {
    return `absent(noroshi_slo_burn_rate{slo=${goQuote(slo.name)}, window="${windowName(tier.longWindowMs)}"})`;
  }
  const operator = BURN_SIGNS[tier.operator];
  const condition = (windowMs: number): string =>
    `noroshi_slo_burn_rate{slo=${goQuote(slo.name)}, window="${windowName(windowMs)}"} ${operator} ${tier.burnThreshold}`;
  const long = condition(tier.longWindowMs);
  return tier.shortWindowMs === undefined
    ? long
    : `${long} and ignoring (window) ${condition(tier.shortWindowMs)}`;
}

/** The windows that Sloth's dashboards ask for, besides the SLO's own. */
const SLOTH_WINDOWS: ReadonlySet<string> = new Set(["5m", "30m", "1h", "2h", "6h", "1d", "3d"]);

/** The series that are written for an SLO and follow from its events by a query: ours, and Sloth's error ratios. */
export function recordedRules(slo: Slo): readonly RecordedRule[] {
  const budget = errorBudgetRatio(slo.target);
  const own = { slo: slo.name, service: slo.service };
  const sloth = { sloth_id: `${slo.service}-${slo.name}`, sloth_service: slo.service, sloth_slo: slo.name };
  const windows = windowsMs(slo).map((windowMs) => ({
    window: windowName(windowMs),
    isWhole: windowMs === slo.windowMs && slo.window.kind === "rolling",
    isSloth: windowMs === slo.windowMs || SLOTH_WINDOWS.has(windowName(windowMs)),
    ratio: errorRatio(slo, windowMs),
  }));
  const remaining = {
    name: "noroshi_slo_error_budget_remaining_ratio",
    query: `1 - ${errorRatio(slo, slo.windowMs)} / ${budget}`,
    labels: own,
  };
  return [
    { name: "noroshi_slo_objective_ratio", query: `vector(${slo.target})`, labels: own },
    ...(windows.some(({ isWhole }) => isWhole) ? [remaining] : []),
    ...windows.map(({ window, ratio }) => ({
      name: "noroshi_slo_burn_rate",
      query: `${ratio} / ${budget}`,
      labels: { ...own, window },
    })),
    ...windows
      .filter(({ isSloth }) => isSloth)
      .map(({ window, ratio }) => ({
        name: `slo:sli_error:ratio_rate${window}`,
        query: ratio,
        labels: { ...sloth, sloth_window: window },
      })),
  ];
}

/** Of the SLO and of its alerts, shortest first. No query says "since the month began", how many slices were good, or the mean of those parts that have events. */
function windowsMs(slo: Slo): readonly number[] {
  if (slo.method.kind !== "occurrences" || slo.indicator.source === "composite") return [];
  const all = new Set<number>(slo.window.kind === "rolling" ? [slo.windowMs] : []);
  for (const { longWindowMs, shortWindowMs } of slo.alerts.flatMap((definition) => definition.tiers)) {
    all.add(longWindowMs);
    if (shortWindowMs !== undefined) all.add(shortWindowMs);
  }
  return [...all].sort((a, b) => a - b);
}

function errorRatio(slo: Slo, windowMs: number): string {
  const increase = (matchers: string): string =>
    `sum(increase(noroshi_slo_events_total{${matchers}}[${windowName(windowMs)}]))`;
  const ofSlo = `slo=${goQuote(slo.name)}`;
  return `${increase(`${ofSlo}, outcome="bad"`)} / ${increase(ofSlo)}`;
}
