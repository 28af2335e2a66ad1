import type { BacktestEpisode, BacktestRun } from "../backtest/backtest.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { describeWindow } from "../slo/slo-window.ts";
import { budgetChart } from "./backtest-chart.ts";
import { BACKTEST_STYLE } from "./backtest-style.ts";
import type { BacktestReport } from "./backtest.ts";
import { shortUtc } from "./backtest-report.ts";

/** One self-contained page: no script, nothing is loaded; light or dark as the reader's system is. */
export function printBacktestAsHtml(report: BacktestReport): string {
  const { slo, range, history, runs } = report;
  const title = `Backtest of ${slo.name}`;
  const known =
    history.knownFromMs === undefined
      ? ""
      : `<p class="note">Nothing is known from before ${shortUtc(history.knownFromMs)} UTC; budgets rest on what is there.</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${BACKTEST_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(slo.displayName)}</h1>
<p>${escapeMarkup(slo.name)} · ${shortUtc(range.startMs)} to ${shortUtc(range.endMs)} UTC · from ${escapeMarkup(history.source)}</p>
${known}
</header>
<main>
${runs.length > 1 ? whatIfs(runs) : ""}
${runs.map((run) => runSection(run, report)).join("\n")}
</main>
</body>
</html>
`;
}

function whatIfs(runs: readonly BacktestRun[]): string {
  const keys = [...new Set(runs.flatMap(({ slo }) => slo.alerts.map(({ key }) => key)))];
  const head = ["Target", "Window", ...keys.map(nameOf), "Least budget", "At the end"];
  const rows = runs.map((run) => [
    `${formatPercent(run.slo.target)}${run.asWritten ? " (as written)" : ""}`,
    describeWindow(run.slo.window),
    ...keys.map((key) => String(run.episodes.filter(({ alertKey }) => alertKey === key).length)),
    formatPercent(run.least?.remaining),
    formatPercent(run.curve.at(-1)?.remaining),
  ]);
  return `<section><h2>What if</h2>${table(head, rows, 2)}</section>`;
}

function runSection(run: BacktestRun, { range }: BacktestReport): string {
  const what = escapeMarkup(`${formatPercent(run.slo.target)} over ${describeWindow(run.slo.window)}`);
  const count = run.episodes.length === 1 ? "1 alert" : `${run.episodes.length} alerts`;
  return `<section>
<h2>${what}${run.asWritten ? " <small>as written</small>" : ""}</h2>
<p>${count}; least budget ${formatPercent(run.least?.remaining)}, at the end ${formatPercent(run.curve.at(-1)?.remaining)}.</p>
${budgetChart(run, range)}
${run.episodes.length === 0 ? '<p class="good">Nothing would have fired.</p>' : episodeTable(run.episodes)}
${tierTable(run)}
</section>`;
}

/** A page of a thousand rows helps nobody. */
const MOST_EPISODES = 200;

function episodeTable(episodes: readonly BacktestEpisode[]): string {
  const head = ["Fired (UTC)", "Alert", "Tier", "Detected in", "Lasted", "Budget left"];
  const rows = episodes
    .slice(0, MOST_EPISODES)
    .map((episode) => [
      shortUtc(episode.firedMs),
      nameOf(episode.alertKey),
      episode.told.map(({ tier }) => tier).join(", then "),
      formatDuration(episode.firedMs - episode.troubleMs),
      episode.resolvedMs === null ? "still firing" : formatDuration(episode.resolvedMs - episode.firedMs),
      `${formatPercent(episode.budgetAtFire)} to ${formatPercent(episode.budgetAtEnd)}`,
    ]);
  const more = episodes.length > MOST_EPISODES ? `<p>and ${episodes.length - MOST_EPISODES} more</p>` : "";
  return table(head, rows, 3) + more;
}

function tierTable({ tiers }: BacktestRun): string {
  const rows = tiers.map(({ tier, fired, firingMs }) => [
    tier,
    String(fired),
    fired === 0 ? "" : formatDuration(firingMs),
  ]);
  return table(["Tier", "Fired", "Together"], rows, 1);
}

/** Columns from `numbersFrom` on are set to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom: number): string {
  const cell = (tag: "th" | "td", text: string, column: number): string =>
    `<${tag}${column >= numbersFrom ? ' class="n"' : ""}>${escapeMarkup(text)}</${tag}>`;
  const line = (tag: "th" | "td", cells: readonly string[]): string =>
    `<tr>${cells.map((text, column) => cell(tag, text, column)).join("")}</tr>`;
  const body = rows.map((row) => line("td", row)).join("\n");
  return `<div class="scroll"><table><thead>${line("th", head)}</thead><tbody>\n${body}\n</tbody></table></div>`;
}

function nameOf(key: string): string {
  return key.replace(/^policy\//, "");
}
