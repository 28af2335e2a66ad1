import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";
import type { JudgedCounts, SliCounts } from "../slo/bucket.ts";
import { badEvents } from "../slo/burn-rate.ts";
import { spentBudget } from "../slo/explain-budget.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { SloDefinition } from "../slo/slo-revision.ts";
import { describeWindow, windowAt } from "../slo/slo-window.ts";
import type { PartVerdict, SloState } from "../slo/verdict.ts";
import { budgetSteps } from "./budget-steps.ts";
import type {
  EventCounts,
  ExcludedTime,
  ExplainedNumber,
  ExplainedTier,
  NumberCoverage,
} from "./explanation.ts";
import type { LedgerBurn } from "./ledger-entry.ts";
import { hundredths, plainNumber, utcText } from "./number-text.ts";

/** Everything that a number is made of. */
export interface NumberParts {
  readonly definition: SloDefinition;
  readonly atMs: number;
  readonly state: SloState;
  readonly counts: JudgedCounts;
  readonly remainingRatio: number | undefined;
  /** With what corrections take out. */
  readonly raw: SliCounts;
  readonly burns: readonly LedgerBurn[];
  /** Of a composite, where they are known. */
  readonly parts?: readonly PartVerdict[] | undefined;
  readonly exclusions: readonly ExcludedTime[];
  /** Since when counts are complete, epoch milliseconds; 0: always. */
  readonly coveredFromMs: number;
  /** Since when raw telemetry is still there, epoch milliseconds. */
  readonly rawFromMs: number;
}

/** Tells a number with its window, coverage, tiers and arithmetic. */
export function explainNumber(parts: NumberParts): ExplainedNumber {
  const { definition, atMs, counts } = parts;
  const window = windowAt(definition.window, atMs);
  const bad = badEvents(counts);
  return {
    judgedAt: iso(atMs),
    state: parts.state,
    sli: counts.total > 0 ? (counts.total - bad) / counts.total : null,
    budgetRemainingRatio: parts.remainingRatio ?? null,
    ...eventCounts(counts),
    counted: countedNoun(definition),
    raw: eventCounts(parts.raw),
    exclusions: [...parts.exclusions],
    window: {
      start: iso(window.startMs),
      end: iso(window.endMs),
      description: describeWindow(definition.window),
    },
    coverage: coverageOf(parts, window.startMs),
    tiers: tiersOf(definition, parts.burns),
    sentence: sentenceOf(parts),
    steps: budgetSteps(parts),
  };
}

export function eventCounts(counts: SliCounts): EventCounts {
  const bad = badEvents(counts);
  return { goodEvents: counts.total - bad, badEvents: bad, totalEvents: counts.total };
}

/** What is counted: `events`, `slices of 5 min`, of a composite `weighted events`. */
export function countedNoun({ method, indicator }: SloDefinition): string {
  if (indicator.source === "composite") return "weighted events";
  return method.kind === "occurrences" ? "events" : `slices of ${formatDuration(method.sliceMs)}`;
}

function coverageOf(parts: NumberParts, startMs: number): NumberCoverage {
  const { atMs, coveredFromMs, rawFromMs, definition } = parts;
  const endMs = bucketStartMs(atMs) + BUCKET_MS;
  const share = (fromMs: number): number => Math.max(0, Math.min(1, (endMs - fromMs) / (endMs - startMs)));
  const ratio = share(Math.max(startMs, coveredFromMs));
  const rawRatio = share(Math.max(startMs, rawFromMs));
  const { source } = definition.indicator;
  const raw = source === "traces" ? "spans" : source === "metrics" ? "samples" : "spans and samples";
  const counted =
    ratio === 1
      ? "Counts cover the whole window"
      : `Counts are complete since ${utcText(coveredFromMs)}: ${formatDuration(ratio * (endMs - startMs))} of ${formatDuration(endMs - startMs)} (${formatPercent(ratio)}) of the window are covered; before that, events may be missing`;
  const kept =
    rawRatio === 1
      ? `the ${raw} that were counted are still stored, so all of it can be counted anew`
      : rawRatio === 0
        ? `the ${raw} that were counted are no longer stored: the counts stand alone`
        : `the ${raw} that were counted are still stored since ${utcText(rawFromMs)} (${formatPercent(rawRatio)} of the window); before that the counts stand alone`;
  return {
    countsFrom: coveredFromMs > 0 ? iso(coveredFromMs) : null,
    ratio,
    rawFrom: iso(Math.max(0, rawFromMs)),
    rawRatio,
    explanation: `${counted}; ${kept}.`,
  };
}

function tiersOf(definition: SloDefinition, burns: readonly LedgerBurn[]): ExplainedTier[] {
  const burnOver = (windowMs: number | undefined): number | null =>
    burns.find((burn) => burn.windowMs === windowMs)?.burnRate ?? null;
  return definition.alerts.flatMap(({ key, severity, tiers }) =>
    tiers.map((tier) => ({
      alert: key,
      severity,
      tier: tier.name,
      kind: tier.kind ?? "burn",
      longWindowMs: tier.longWindowMs,
      shortWindowMs: tier.shortWindowMs ?? null,
      burnThreshold: tier.burnThreshold,
      longBurnRate: burnOver(tier.longWindowMs),
      shortBurnRate: burnOver(tier.shortWindowMs),
    })),
  );
}

/** The number as one would say it to a colleague. */
function sentenceOf({ definition, counts, remainingRatio, atMs }: NumberParts): string {
  const { window, target } = definition;
  const noun = countedNoun(definition);
  const over =
    window.kind === "rolling"
      ? `In the ${formatDuration(window.ms)} up to ${utcText(atMs)}`
      : `From ${utcText(windowAt(window, atMs).startMs)} to ${utcText(atMs)}, in this ${describeWindow(window)}`;
  if (!(counts.total > 0) || remainingRatio === undefined) {
    return `${over} no ${noun} were counted, so there is nothing to judge.`;
  }
  const bad = badEvents(counts);
  const good = (counts.total - bad) / counts.total;
  const left =
    remainingRatio > 0
      ? `${formatPercent(remainingRatio)} of the budget is left`
      : `the budget is ${spentBudget(remainingRatio)}`;
  return `${over} ${plainNumber(hundredths(counts.total - bad))} of ${plainNumber(hundredths(counts.total))} ${noun} were good: ${formatPercent(good)}, with a target of ${formatPercent(target)}. ${plainNumber(hundredths(bad))} were bad, so ${left}.`;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
