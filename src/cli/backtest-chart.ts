import type { BacktestRun, BudgetPoint } from "../backtest/backtest.ts";
import type { HistoryRange } from "../backtest/history.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { shortUtc } from "./backtest-report.ts";

const WIDTH = 1_000;
const LEFT = 64;
const RIGHT = 12;
const TOP = 10;
const PLOT = 220;
const TRACK = 20;
/** Below this the curve would hide what happens above: an overspent budget is cut off here, and says so in numbers. */
const LOWEST = -1;

/** The budget over time as SVG, with a bar for each episode below it, one track for each alert. */
export function budgetChart(run: BacktestRun, range: HistoryRange): string {
  const least = Math.max(LOWEST, Math.min(0, run.least?.remaining ?? 0));
  const x = (atMs: number): number =>
    round(LEFT + ((atMs - range.startMs) / (range.endMs - range.startMs)) * (WIDTH - LEFT - RIGHT));
  const y = (left: number): number => round(TOP + ((1 - Math.max(least, left)) / (1 - least)) * PLOT);
  const keys = run.slo.alerts.map(({ key }) => key);
  const height = TOP + PLOT + 14 + keys.length * TRACK + 22;
  const label = `Error budget left, from ${formatPercent(run.curve[0]?.remaining)} to ${formatPercent(run.curve.at(-1)?.remaining)}`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">
${gridLines(least, y)}
${stretches(run.curve)
  .map((points) => curveOf(points, x, y, y(Math.max(least, 0))))
  .join("\n")}
${keys.map((key, i) => track(run, key, TOP + PLOT + 14 + i * TRACK, range, x)).join("\n")}
${timeLabels(range, x, height)}
</svg>`;
}

function gridLines(least: number, y: (left: number) => number): string {
  const levels = least < 0 ? [1, 0.5, 0, least] : [1, 0.75, 0.5, 0.25, 0];
  return levels
    .map((level) => {
      const kind = level === 0 && least < 0 ? "zero" : "grid";
      const line = `<line class="${kind}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(level)}" y2="${y(level)}"/>`;
      return `${line}<text x="${LEFT - 8}" y="${y(level) + 4}" text-anchor="end">${formatPercent(level)}</text>`;
    })
    .join("\n");
}

/** Points in a row that have a budget; gaps are where there was no event. */
function stretches(curve: readonly BudgetPoint[]): readonly (readonly BudgetPoint[])[] {
  const found: BudgetPoint[][] = [[]];
  for (const point of curve) {
    if (point.remaining !== undefined) found.at(-1)!.push(point);
    else if (found.at(-1)!.length > 0) found.push([]);
  }
  return found.filter((points) => points.length > 0);
}

function curveOf(
  points: readonly BudgetPoint[],
  x: (atMs: number) => number,
  y: (left: number) => number,
  zero: number,
): string {
  const line = points.map(({ atMs, remaining }) => `${x(atMs)},${y(remaining!)}`).join(" ");
  const first = x(points[0]!.atMs);
  const last = x(points.at(-1)!.atMs);
  return `<polygon class="area" points="${first},${zero} ${line} ${last},${zero}"/><polyline class="curve" points="${line}"/>`;
}

function track(
  run: BacktestRun,
  key: string,
  top: number,
  range: HistoryRange,
  x: (atMs: number) => number,
): string {
  const bars = run.episodes
    .filter(({ alertKey }) => alertKey === key)
    .map(({ severity, firedMs, resolvedMs, told }) => {
      const from = x(firedMs);
      const width = Math.max(3, x(resolvedMs ?? range.endMs) - from);
      const title = `${shortUtc(firedMs)} UTC, ${told.map(({ tier }) => escapeMarkup(tier)).join(", ")}`;
      return `<rect class="${severity}" x="${from}" y="${top}" width="${round(width)}" height="12" rx="2"><title>${title}</title></rect>`;
    });
  const name = key.replace(/^policy\//, "");
  const short = name.length > 9 ? `${name.slice(0, 8)}…` : name;
  const base = `<rect class="track" x="${LEFT}" y="${top + 5}" width="${WIDTH - LEFT - RIGHT}" height="2"/>`;
  return `<text x="${LEFT - 8}" y="${top + 10}" text-anchor="end">${escapeMarkup(short)}</text>${base}${bars.join("")}`;
}

function timeLabels({ startMs, endMs }: HistoryRange, x: (atMs: number) => number, height: number): string {
  return [0, 0.25, 0.5, 0.75, 1]
    .map((part) => {
      const atMs = startMs + part * (endMs - startMs);
      const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
      return `<text x="${x(atMs)}" y="${height - 5}" text-anchor="${anchor}">${shortUtc(atMs)}</text>`;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
