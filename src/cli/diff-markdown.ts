import type { DiffBody } from "../api/spec-change-schema.ts";
import { formatPercent } from "../slo/format-percent.ts";
import {
  alertCounts,
  ENDS,
  firedText,
  knownText,
  number,
  summaryLine,
  type SloDiffBody,
} from "./diff-text.ts";

type Effect = NonNullable<SloDiffBody["effect"]>;
type Budget = NonNullable<Effect["before"]>;

/** GitHub takes 65,536 characters in a comment. */
const LONGEST = 60_000;

/** A comment for a pull request: a line, a table, and what is behind each row, folded. */
export function printDiffAsMarkdown(diff: DiffBody): string {
  const changed = diff.slos.filter(({ change }) => change !== "unchanged");
  const head = [
    `<!-- noroshi diff ${diff.source} -->`,
    `### SLOs of \`${diff.source}\``,
    "",
    `${diff.valid ? "" : "**Not valid.** "}${summaryLine(diff)}`,
  ];
  const corrections = diff.corrections.map(({ name, change }) => `- correction ${code(name)}: ${change}`);
  const faults = [...faultLines(diff), ...(corrections.length === 0 ? [] : ["", ...corrections])];
  const table = changed.length === 0 ? [] : ["", ...tableOf(changed)];
  const start = [...head, ...faults, ...table].join("\n");
  let text = start.slice(0, LONGEST);
  let left = changed.length;
  for (const slo of changed) {
    const details = detailsOf(slo);
    if (text.length + details.length > LONGEST) break;
    text += details;
    left -= 1;
  }
  if (left > 0)
    text += `\n\n${left} more without details: this comment is full. \`noroshi diff\` shows them.`;
  return `${text}\n`;
}

function faultLines({ conflicts, diagnostics }: DiffBody): readonly string[] {
  if (conflicts.length + diagnostics.length === 0) return [];
  const rows = [
    ...conflicts.map(({ slo, file, owner, ownerFile }) =>
      row(["conflict", code(file), `\`${slo}\` belongs to ${cell(`${owner} (${ownerFile})`)}`]),
    ),
    ...diagnostics.map(({ severity, file, line, message, hint }) =>
      row([severity, code(`${file}:${line}`), `${cell(message)}<br>${cell(hint)}`]),
    ),
  ];
  return ["", row(["", "where", "what"]), row(["---", "---", "---"]), ...rows];
}

function tableOf(slos: readonly SloDiffBody[]): readonly string[] {
  return [
    row(["SLO", "", "budget left", "SLI", "alerts"]),
    row(["---", "---", "---", "---", "---"]),
    ...slos.map((slo) => {
      const { effect } = slo;
      return row([
        code(slo.name),
        slo.change,
        effect === null ? "" : pair(effect, (budget) => formatPercent(budget.remainingRatio ?? undefined)),
        effect === null ? "" : pair(effect, (budget) => formatPercent(budget.sli ?? undefined)),
        effect === null ? "" : alertsText(effect),
      ]);
    }),
  ];
}

/** Before → after. */
function pair({ before, after }: Effect, text: (budget: Budget) => string): string {
  const texts = [before, after].flatMap((budget) => (budget === null ? [] : [text(budget)]));
  const [first, second] = texts;
  return second === undefined || first === second ? (first ?? "") : `${first} → **${second}**`;
}

function alertsText({ gained, lost, same, ends, replayed }: Effect): string {
  const parts = [
    ...(gained.length > 0 ? [`**+${gained.length}**`] : []),
    ...(lost.length > 0 ? [`−${lost.length}`] : []),
    ...(ends.length > 0 ? [`ends ${ends.length} that ${ends.length === 1 ? "is" : "are"} open`] : []),
  ];
  if (parts.length > 0) return parts.join(", ");
  return replayed === null ? "not known" : same === 0 ? "none" : `${same} as before`;
}

function detailsOf(slo: SloDiffBody): string {
  const lines = [
    "",
    "",
    `<details><summary><code>${escapeHtml(slo.name)}</code>: ${slo.change}</summary>`,
    "",
    `Service ${code(slo.service)}${slo.change === "kept" ? "" : `, ${code(`${slo.file}:${slo.line}`)}`}`,
    "",
    ...bodyOf(slo),
    "",
    "</details>",
  ];
  return lines.join("\n");
}

function bodyOf({ change, fields, effect }: SloDiffBody): readonly string[] {
  if (change === "kept") return ["No longer in the files; it runs on: `noroshi apply --prune` ends it."];
  return [
    ...(fields.length === 0 ? [] : ["```diff", ...fields.flatMap(fieldLines), "```"]),
    ...(effect === null
      ? change === "changed"
        ? ["Budget and alerts stay as they are."]
        : []
      : effectLines(effect)),
  ];
}

function fieldLines({ field, before, after }: SloDiffBody["fields"][number]): readonly string[] {
  const fenced = (sign: string, text: string): readonly string[] =>
    text === "" ? [] : [`${sign} ${field}: ${text.replaceAll("```", "'''").replaceAll("\n", " ")}`];
  return [...fenced("-", before), ...fenced("+", after)];
}

function effectLines(effect: Effect): readonly string[] {
  const { before, after, gained, lost, replayed, ends, limits } = effect;
  const lines: string[] = [];
  if (before !== null) lines.push(`- budget before: ${budgetText(before)}`);
  if (after !== null) lines.push(`- budget after: ${budgetText(after)}`);
  if (replayed !== null) lines.push(`- alerts: ${alertCounts(effect)}`);
  for (const alert of gained.slice(0, 20)) lines.push(`  - would have fired: ${cell(firedText(alert))}`);
  for (const alert of lost.slice(0, 20)) lines.push(`  - would fire no longer: ${cell(firedText(alert))}`);
  for (const { alert, reason } of ends)
    lines.push(`- **an open alert (${cell(alert)}) would end**: ${ENDS[reason]}`);
  for (const limit of limits) lines.push(`- ${cell(limit)}`);
  return lines;
}

function budgetText(budget: Budget): string {
  const { remainingRatio, sli } = budget;
  if (remainingRatio === null || sli === null) return `no data${knownText(budget)}`;
  const events = `${number(budget.badEvents)} bad of ${number(budget.totalEvents)}`;
  return `${formatPercent(remainingRatio)} left, SLI ${formatPercent(sli)}, ${events}${knownText(budget)}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Text within a cell or an item: no markup, no mention of anybody. */
function cell(text: string): string {
  return escapeHtml(text)
    .replaceAll("\n", " ")
    .replace(/[|\\*_`~[\]#]/g, (mark) => `\\${mark}`)
    .replaceAll("@", "@\u200b");
}

const code = (text: string): string =>
  `\`${text.replaceAll("`", "'").replaceAll("|", "\\|").replaceAll("\n", " ")}\``;

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
