import { escapeMarkup } from "./escape-markup.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { Report, ReportSummary, SloReport } from "../report/report.ts";
import { REPORT_STYLE } from "./report-style.ts";
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
  zonedText,
  type ReportGrouping,
} from "./report-text.ts";

/** One self-contained page: no script, nothing is loaded; light or dark as the reader's system is, and made to be printed. */
export function printReportAsHtml(report: Report, by: ReportGrouping): string {
  const groups = reportGroups(report, by);
  const { timeZone } = report.period;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(reportTitle(report))}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(reportTitle(report))}</h1>
<p>${escapeMarkup(periodText(report))} · made ${zonedText(report.generatedAt, timeZone)}</p>
<p class="totals">${escapeMarkup(totalsText(report))}</p>
${report.notes.map((note) => `<p class="note">${escapeMarkup(note)}</p>`).join("\n")}
</header>
<main>
${
  groups.length > 1
    ? summarySection(
        groups.map(({ title, summary }) => [title, summary]),
        by,
      )
    : ""
}
${groups.map(({ title, slos }) => groupSection(title, slos, report)).join("\n")}
</main>
</body>
</html>
`;
}

function summarySection(
  rows: readonly (readonly [title: string, summary: ReportSummary])[],
  by: ReportGrouping,
): string {
  const head = row("th", [
    by === "service" ? "Service" : "Owner",
    ...["SLOs", "Met", "Missed", "No data", "Met before"].map(right),
    "Alerts",
    "Most budget spent",
  ]);
  const body = rows.map(([title, summary]) =>
    row("td", [
      escapeMarkup(title),
      ...[summary.slos, summary.met, summary.missed, summary.noData, summary.metBefore].map((count) =>
        right(String(count)),
      ),
      summary.episodes === 0 ? "none" : `${summary.episodes}, ${formatDuration(summary.firingMs)} firing`,
      summary.worstSlo === null
        ? ""
        : `${spentText(summary.worstBudgetSpentRatio)}<small>${escapeMarkup(summary.worstSlo)}</small>`,
    ]),
  );
  return `<section><h2>By ${by}</h2>${table(head, body)}</section>`;
}

function groupSection(title: string, slos: readonly SloReport[], report: Report): string {
  const head = row("th", [
    "SLO",
    "Result",
    right("SLI"),
    right("Budget spent"),
    right("Bad"),
    "Coverage",
    "Alerts",
    `Before (${escapeMarkup(report.previous.name)})`,
  ]);
  const body = slos.map((slo) => sloRow(slo, report.period.timeZone));
  return `<section><h2>${escapeMarkup(title)}</h2>${table(head, body)}</section>`;
}

function sloRow(slo: SloReport, timeZone: string): string {
  const raw = rawText(slo);
  const { longest } = slo.episodes;
  const name = [
    escapeMarkup(slo.displayName),
    ...(slo.displayName === slo.slo ? [] : [small(slo.slo)]),
    ...(raw === undefined ? [] : [small(raw)]),
    ...slo.notes.map(small),
  ];
  const hasGap = slo.coverage.ratio < 1 || slo.coverage.text !== `${slo.coverage.ofDays} days`;
  return row("td", [
    name.join(""),
    `<span class="result ${slo.result}">${RESULT_WORDS[slo.result]}</span>`,
    right(`${sliText(slo.sli)}<small>target ${formatPercent(slo.target)}</small>`),
    right(`${spentText(slo.budgetSpentRatio)}${bar(slo.budgetSpentRatio)}`),
    right(escapeMarkup(badText(slo)).replace(" of ", "<small>of ").concat("</small>")),
    hasGap ? `<span class="gap">${escapeMarkup(slo.coverage.text)}</span>` : escapeMarkup(slo.coverage.text),
    `${escapeMarkup(alertsText(slo))}${longest === null ? "" : small(`longest ${incidentText(longest, timeZone)}`)}`,
    escapeMarkup(beforeText(slo)),
  ]);
}

function bar(ratio: number | null): string {
  if (ratio === null) return "";
  const width = Math.round(Math.min(1, ratio) * 100);
  return `<span class="bar${ratio > 1 ? " over" : ""}"><i style="width:${width}%"></i></span>`;
}

/** A cell that is set to the right. */
interface Right {
  readonly right: string;
}

function right(markup: string): Right {
  return { right: markup };
}

function small(text: string): string {
  return `<small>${escapeMarkup(text)}</small>`;
}

function row(tag: "th" | "td", cells: readonly (string | Right)[]): string {
  return `<tr>${cells
    .map((cell) =>
      typeof cell === "string" ? `<${tag}>${cell}</${tag}>` : `<${tag} class="n">${cell.right}</${tag}>`,
    )
    .join("")}</tr>`;
}

function table(head: string, body: readonly string[]): string {
  return `<div class="scroll"><table><thead>${head}</thead><tbody>\n${body.join("\n")}\n</tbody></table></div>`;
}
