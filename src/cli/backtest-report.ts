import type { BacktestEpisode, BacktestRun } from "../backtest/backtest.ts";
import { timelinePicture } from "../replay/timeline-picture.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { BacktestReport } from "./backtest.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
const PICTURE_COLUMNS = 72;
const MOST_EPISODES = 40;

/** For people: a picture, the episodes and what the tiers did, of the first run; of several, a line each. */
export function printBacktest(report: BacktestReport, { colours }: { readonly colours: boolean }): string {
  const { history, range, runs } = report;
  const [shown] = runs;
  const lines = [
    ...(runs.length > 1 ? [...whatIfLines(runs), ""] : []),
    ...runLines(report, shown!, colours),
  ];
  if (history.knownFromMs !== undefined) {
    const since =
      history.knownFromMs > range.startMs ? "nothing" : "not all that the first budgets look back on";
    lines.push(
      "",
      `${since} is known from before ${shortUtc(history.knownFromMs)}: budgets rest on what is there`,
    );
  }
  if (report.slo.groupBy !== undefined)
    lines.push(
      "",
      `This is the whole: its groups by ${report.slo.groupBy.keys.join(", ")} are not replayed.`,
    );
  lines.push(
    "",
    paint("dim", `From ${history.source}; evaluated at the end of each bucket of 10 s.`, colours),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function whatIfLines(runs: readonly BacktestRun[]): readonly string[] {
  const keys = [...new Set(runs.flatMap(({ slo }) => slo.alerts.map(({ key }) => key)))];
  const rows = runs.map((run) => [
    `${formatPercent(run.slo.target)}${run.asWritten ? " *" : ""}`,
    describeWindow(run.slo.window),
    ...keys.map((key) => String(run.episodes.filter(({ alertKey }) => alertKey === key).length)),
    firstDetection(run.episodes),
    formatPercent(run.least?.remaining),
    formatPercent(run.curve.at(-1)?.remaining),
  ]);
  const head = ["target", "window", ...keys.map(shortKey), "quickest", "least budget", "at the end"];
  const note = runs.some(({ asWritten }) => asWritten) ? ["* as the spec has it"] : [];
  return [...table([head, ...rows]), ...note];
}

function firstDetection(episodes: readonly BacktestEpisode[]): string {
  const lengths = episodes.map(({ firedMs, troubleMs }) => firedMs - troubleMs);
  return lengths.length === 0 ? "-" : formatDuration(Math.min(...lengths));
}

function runLines(
  { slo, range, history }: BacktestReport,
  run: BacktestRun,
  colours: boolean,
): readonly string[] {
  const { startMs, endMs } = range;
  const what = `${formatPercent(run.slo.target)} over ${describeWindow(run.slo.window)}`;
  const when = `${shortUtc(startMs)} to ${shortUtc(endMs)} UTC`;
  const picture = timelinePicture(history.timeline, run.replay, {
    columns: PICTURE_COLUMNS,
    timeText: shortUtc,
  });
  return [
    `${paint("bold", slo.name, colours)}  ${what}, ${when}`,
    "",
    ...picture.map((line) => `  ${line}`),
    "",
    ...episodeLines(run.episodes, colours),
    "",
    ...tierLines(run),
  ];
}

function episodeLines(episodes: readonly BacktestEpisode[], colours: boolean): readonly string[] {
  if (episodes.length === 0) return [`  ${paint("green", "nothing would have fired", colours)}`];
  const rows = episodes
    .slice(0, MOST_EPISODES)
    .map((episode) => [
      shortUtc(episode.firedMs),
      shortKey(episode.alertKey),
      episode.told.map(({ tier }) => tier).join(" > "),
      formatDuration(episode.firedMs - episode.troubleMs),
      episode.resolvedMs === null ? "still firing" : formatDuration(episode.resolvedMs - episode.firedMs),
      `${formatPercent(episode.budgetAtFire)} > ${formatPercent(episode.budgetAtEnd)}`,
    ]);
  const more = episodes.length - rows.length;
  return [
    ...table([["fired", "alert", "tier", "detected in", "lasted", "budget left"], ...rows]),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function tierLines({ tiers }: BacktestRun): readonly string[] {
  const rows = tiers.map(({ tier, fired, firingMs }) => [
    tier,
    fired === 1 ? "once" : `${fired} times`,
    fired === 0 ? "" : formatDuration(firingMs),
  ]);
  return table([["tier", "fired", "together"], ...rows]);
}

/** Columns two spaces apart, indented. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`);
}

function shortKey(key: string): string {
  return key.replace(/^policy\//, "");
}

/** `2026-01-31 03:04`. */
export function shortUtc(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
}

function paint(style: keyof typeof CODES, text: string, colours: boolean): string {
  return colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}
