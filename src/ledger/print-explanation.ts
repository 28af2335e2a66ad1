import { windowName } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { spentBudget } from "../slo/explain-budget.ts";
import type { ExplainedNumber, ExplainedTier, Explanation } from "./explanation.ts";
import { plainNumber, utcText } from "./number-text.ts";

/** The explanation as a page of text. */
export function printExplanation(explanation: Explanation): string {
  const { asKnown, computedNow, revision, difference } = explanation;
  const isSame = asKnown !== null && computedNow !== null && sameNumber(asKnown, computedNow);
  const lines = [
    `${explanation.displayName}  (${[explanation.slo, explanation.service, explanation.owner ?? "no owner"].join(" · ")})`,
    "",
  ];
  const told = asKnown ?? computedNow;
  if (explanation.asKnownNote !== null) lines.push(explanation.asKnownNote, "");
  if (told !== null) lines.push(...numberLines(told, asKnown === null ? "Computed now" : "As it was known"));
  if (computedNow !== null && asKnown !== null && !isSame) {
    lines.push(...numberLines(computedNow, "Computed now, for the same time"));
  }
  if (explanation.computedNowNote !== null)
    lines.push(`Not computed now: ${explanation.computedNowNote}`, "");
  if (difference.length > 0) lines.push("Since then", ...difference.map((sentence) => `  ${sentence}`), "");
  if (revision !== null) {
    const state = revision.isCurrent ? "in force today" : "no longer in force";
    lines.push(
      `Definition ${revision.revision.slice(0, 12)}, ${state}`,
      `  target ${formatPercent(revision.target)} over ${revision.window}, ${revision.source}`,
      ...revision.queries.map(({ what, query }) => `  ${what}: ${query}`),
      ...(revision.file === null
        ? []
        : [`  ${revision.file}${revision.commit === null ? "" : ` at ${revision.commit.slice(0, 12)}`}`]),
      ...(revision.loadedAt === null ? [] : [`  loaded first at ${utcText(Date.parse(revision.loadedAt))}`]),
    );
  }
  return `${lines.map(printable).join("\n").trimEnd()}\n`;
}

function sameNumber(a: ExplainedNumber, b: ExplainedNumber): boolean {
  return (
    a.judgedAt === b.judgedAt &&
    a.totalEvents === b.totalEvents &&
    a.badEvents === b.badEvents &&
    a.raw.totalEvents === b.raw.totalEvents &&
    a.raw.badEvents === b.raw.badEvents &&
    a.state === b.state
  );
}

function numberLines(number: ExplainedNumber, title: string): string[] {
  const widths = [0, 1].map((column) =>
    Math.max(...number.steps.map(({ what, formula }) => (column === 0 ? what : formula).length)),
  );
  return [
    `${title}: ${utcText(Date.parse(number.judgedAt))}`,
    `  ${number.sentence}`,
    "",
    `  SLI ${formatPercent(number.sli ?? undefined)}   budget left ${budgetText(number.budgetRemainingRatio)}   state ${number.state.replace("_", " ")}`,
    "",
    ...number.steps.map(
      ({ what, formula, result }) =>
        `  ${what.padEnd(widths[0]!)}  ${formula.padEnd(widths[1]!)}  ${result.startsWith("≈") ? "" : "= "}${result}`,
    ),
    "",
    `  Window    ${utcText(Date.parse(number.window.start))} to ${utcText(Date.parse(number.window.end))} (${number.window.description})`,
    `  Coverage  ${number.coverage.explanation}`,
    ...excludedLines(number),
    ...number.tiers.map((tier) => `  ${tierText(tier)}`),
    "",
  ];
}

function excludedLines({ exclusions, raw, totalEvents, badEvents, counted }: ExplainedNumber): string[] {
  const events = raw.totalEvents - totalEvents;
  if (exclusions.length === 0 && events === 0) return [];
  const bad = raw.badEvents - badEvents;
  return [
    `  Excluded  ${plainNumber(events)} ${counted}, ${plainNumber(bad)} of them bad, by corrections:`,
    ...exclusions.map(
      ({ start, end, reason, author }) =>
        `            ${utcText(Date.parse(start))} to ${utcText(Date.parse(end))}: ${reason}${author === null ? "" : ` (${author})`}`,
    ),
    ...(exclusions.length === 0 ? ["            they were changed since; the audit log tells how"] : []),
  ];
}

function tierText(tier: ExplainedTier): string {
  const { longWindowMs, shortWindowMs, longBurnRate, shortBurnRate, burnThreshold, kind } = tier;
  const name = `Burn      ${tier.tier} (${tier.severity})`;
  if (kind === "no-data") return `${name}: without an event for ${windowName(longWindowMs)}`;
  const burn = (rate: number | null, windowMs: number): string =>
    `${rate === null ? "no data" : `${Number(rate.toPrecision(4))}x`} over ${windowName(windowMs)}`;
  const short = shortWindowMs === null ? "" : `, ${burn(shortBurnRate, shortWindowMs)}`;
  return `${name}: ${burn(longBurnRate, longWindowMs)}${short}; threshold ${Number(burnThreshold.toPrecision(4))}x`;
}

function budgetText(ratio: number | null): string {
  return ratio === null || ratio > 0 ? formatPercent(ratio ?? undefined) : spentBudget(ratio);
}

/** What a file says must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
