import { spentBudget } from "../slo/explain-budget.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { ExplainedNumber } from "./explanation.ts";
import { plainNumber } from "./number-text.ts";

export interface DifferenceParts {
  readonly told: ExplainedNumber;
  readonly now: ExplainedNumber;
  /** The corrections in force were other ones. */
  readonly correctionsChanged: boolean;
  /** Counts older than this are deleted, epoch milliseconds. */
  readonly countsKeptFromMs: number;
}

/** Events of metrics are sums of fractions: what is below this share of them is rounding. */
const ROUNDING = 1e-9;

/** Why the number of then and the one that is computed now differ, a sentence each. */
export function explainDifference(parts: DifferenceParts): string[] {
  const { told, now, correctionsChanged } = parts;
  const sentences: string[] = [];
  const rawChange = changeOf(told.raw, now.raw, now.counted);
  if (rawChange !== undefined) sentences.push(`${rawChange}. ${reasonOf(parts)}`);
  if (correctionsChanged) {
    const taken = now.raw.totalEvents - now.totalEvents;
    const before = told.raw.totalEvents - told.totalEvents;
    sentences.push(
      `Corrections were changed since: they take out ${plainNumber(taken)} ${now.counted} of this window now, and took out ${plainNumber(before)} then.`,
    );
  } else if (rawChange === undefined && changeOf(told, now, now.counted) !== undefined) {
    sentences.push("Events within corrected times have changed since.");
  }
  if (sentences.length === 0) {
    return ["Nothing has changed since: today's counts give the same number."];
  }
  const [before, after] = [leftText(told.budgetRemainingRatio), leftText(now.budgetRemainingRatio)];
  if (before !== after) sentences.push(`Budget left then: ${before}; by today's counts: ${after}.`);
  return sentences;
}

type Counted = Pick<ExplainedNumber["raw"], "badEvents" | "totalEvents">;

/** `3 more events are counted now, 1 more bad`; undefined where nothing changed. */
function changeOf(told: Counted, now: Counted, noun: string): string | undefined {
  const total = difference(told.totalEvents, now.totalEvents);
  const bad = difference(told.badEvents, now.badEvents);
  if (total === 0 && bad === 0) return undefined;
  if (total === 0) return `As many ${noun} are counted now as then, but ${moreOrFewer(bad)} of them bad`;
  return `${capital(moreOrFewer(total))} ${noun} are counted in the window now than then, ${bad === 0 ? "as many of them bad" : `${moreOrFewer(bad)} of them bad`}`;
}

function difference(told: number, now: number): number {
  const change = now - told;
  return Math.abs(change) <= Math.max(Math.abs(told), Math.abs(now)) * ROUNDING ? 0 : change;
}

function moreOrFewer(change: number): string {
  return `${plainNumber(Math.abs(change))} ${change > 0 ? "more" : "fewer"}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What can be said of the cause from here. */
function reasonOf({ told, now, countsKeptFromMs }: DifferenceParts): string {
  if (Date.parse(now.window.start) < countsKeptFromMs && now.raw.totalEvents < told.raw.totalEvents) {
    return "Counts from before the retention are deleted by now.";
  }
  if (countsBegan(now) < countsBegan(told)) {
    return "Counts reach back further now: what was stored from before has been counted since.";
  }
  return now.raw.totalEvents < told.raw.totalEvents
    ? "Counts were repaired: they are compared with what is stored, and what was counted twice is taken back."
    : "They arrived late, or their counts were repaired: an event counts at the time that it ended, whenever it arrives.";
}

function countsBegan({ coverage }: ExplainedNumber): number {
  return coverage.countsFrom === null ? 0 : Date.parse(coverage.countsFrom);
}

function leftText(ratio: number | null): string {
  return ratio === null || ratio > 0 ? formatPercent(ratio ?? undefined) : `none, ${spentBudget(ratio)}`;
}
