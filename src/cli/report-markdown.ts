import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { Report, ReportSummary, SloReport } from "../report/report.ts";
import {
  alertsText,
  badText,
  beforeText,
  incidentText,
  periodText,
  rawText,
  reportGroups,
  reportTitle,
  RESULT_WORDS,
  sliText,
  spentText,
  totalsText,
  type ReportGrouping,
} from "./report-text.ts";

/** Markdown with tables, for wikis and pull requests. */
export function printReportAsMarkdown(report: Report, by: ReportGrouping): string {
  const groups = reportGroups(report, by);
  const lines = [
    `# ${reportTitle(report)}`,
    "",
    periodText(report),
    "",
    totalsText(report),
    ...report.notes.flatMap((note) => ["", `> ${cell(note)}`]),
  ];
  if (groups.length > 1) {
    lines.push(
      "",
      `## By ${by}`,
      "",
      ...summaryTable(
        groups.map(({ title, summary }) => [title, summary]),
        by,
      ),
    );
  }
  for (const { title, slos } of groups) lines.push("", `## ${cell(title)}`, "", ...sloTable(slos, report));
  return `${lines.join("\n")}\n`;
}

function summaryTable(rows: readonly (readonly [string, ReportSummary])[], by: ReportGrouping): string[] {
  const head = [
    by === "service" ? "Service" : "Owner",
    "SLOs",
    "Met",
    "Missed",
    "No data",
    "Met before",
    "Alerts",
    "Most budget spent",
  ];
  return table(
    head,
    rows.map(([title, summary]) => [
      title,
      String(summary.slos),
      String(summary.met),
      String(summary.missed),
      String(summary.noData),
      String(summary.metBefore),
      summary.episodes === 0 ? "none" : `${summary.episodes}, ${formatDuration(summary.firingMs)}`,
      summary.worstSlo === null ? "" : `${spentText(summary.worstBudgetSpentRatio)} (${summary.worstSlo})`,
    ]),
    [1, 5],
  );
}

function sloTable(slos: readonly SloReport[], { previous, period }: Report): string[] {
  const head = [
    "SLO",
    "Result",
    "SLI",
    "Target",
    "Budget spent",
    "Bad",
    "Coverage",
    "Alerts",
    `Before (${previous.name})`,
  ];
  const rows = slos.map((slo) => [
    slo.displayName === slo.slo ? slo.slo : `${slo.displayName} (${slo.slo})`,
    slo.result === "missed" ? "**missed**" : RESULT_WORDS[slo.result],
    sliText(slo.sli),
    formatPercent(slo.target),
    spentText(slo.budgetSpentRatio),
    badText(slo),
    slo.coverage.text,
    alertsText(slo),
    beforeText(slo),
  ]);
  const remarks = slos.flatMap((slo) => {
    const raw = rawText(slo);
    const { longest } = slo.episodes;
    return [
      ...(raw === undefined ? [] : [`- ${cell(slo.slo)}: ${raw}`]),
      ...(longest === null
        ? []
        : [`- ${cell(slo.slo)}: longest incident ${cell(incidentText(longest, period.timeZone))}`]),
      ...slo.notes.map((note) => `- ${cell(slo.slo)}: ${cell(note)}`),
    ];
  });
  return [...table(head, rows, [2, 4]), ...(remarks.length === 0 ? [] : ["", ...remarks])];
}

/** Columns `right[0]`..`right[1]` are set to the right. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly [number, number],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rule = head.map((_, i) => (i >= right[0] && i <= right[1] ? "---:" : "---"));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)];
}

/** What a name holds must neither end a cell nor become markup: the bold words are ours. */
function cell(text: string): string {
  if (/^\*\*[a-z ]+\*\*$/.test(text)) return text;
  return text.replaceAll(/[\r\n\t]+/g, " ").replaceAll(/[\\|<>*_`[\]]/g, (character) => `\\${character}`);
}
