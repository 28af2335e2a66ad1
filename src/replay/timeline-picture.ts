import { formatPercent } from "../slo/format-percent.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { badEvents } from "../slo/burn-rate.ts";
import type { CountTimeline } from "./count-timeline.ts";
import type { Replay } from "./replay-slo.ts";

export interface PictureOptions {
  /** Characters of the time axis. */
  readonly columns: number;
  /** Of a time, at both ends of the axis. */
  readonly timeText: (atMs: number) => string;
}

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const LABEL_COLUMNS = 12;

/**
 * Traffic, errors, budget and alerts of a replay, one line each, for a terminal:
 * ```
 * traffic      ▇▇▇▇▇▇▇▇  up to 10/s
 * errors       ▁▁▁█▁▁▁▁  up to 50 %
 * budget left  ████▄▄▄▄  100 % to 42 %
 * critical     ···━━···  1 episode
 *              0      8h
 * ```
 */
export function timelinePicture(
  counts: CountTimeline,
  replay: Replay,
  options: PictureOptions,
): readonly string[] {
  const { startMs, endMs } = replay;
  const buckets = Math.max(1, Math.round((endMs - startMs) / BUCKET_MS));
  const columns = Math.min(options.columns, buckets);
  const edge = (i: number): number => startMs + Math.round((i * buckets) / columns) * BUCKET_MS;
  const cells = Array.from({ length: columns }, (_, i) => ({ fromMs: edge(i), toMs: edge(i + 1) }));
  const sums = cells.map(({ fromMs, toMs }) => counts.sum(fromMs, toMs));
  const rates = sums.map(({ total }, i) => (total * 1_000) / (cells[i]!.toMs - cells[i]!.fromMs));
  const errors = sums.map((sum) => (sum.total > 0 ? badEvents(sum) / sum.total : undefined));
  const budget = cells.map(({ toMs }) => replay.verdictAt(toMs).budget.remainingRatio);
  const lines = [
    line(
      "traffic",
      blocks(
        rates.map((rate) => (rate > 0 ? rate : undefined)),
        0,
      ),
      `up to ${rateText(Math.max(...rates))}`,
    ),
    line(
      "errors",
      blocks(errors, 0),
      `up to ${formatPercent(Math.max(0, ...errors.map((share) => share ?? 0)))}`,
    ),
    line(
      "budget left",
      blocks(
        budget.map((left) => (left === undefined ? left : Math.max(0, left))),
        0,
        1,
      ),
      budgetRange(budget),
    ),
  ];
  for (const { definition, episodes } of replay.alerts) {
    const drawn = cells.map(({ fromMs, toMs }) =>
      episodes.some(({ firedMs, resolvedMs }) => firedMs <= toMs && fromMs < (resolvedMs ?? endMs + 1))
        ? "━"
        : "·",
    );
    const count = episodes.length === 1 ? "1 episode" : `${episodes.length} episodes`;
    lines.push(line(definition.key.replace(/^policy\//, ""), drawn.join(""), count));
  }
  const end = options.timeText(endMs);
  const start = options.timeText(startMs);
  lines.push(line("", `${start}${" ".repeat(Math.max(1, columns - start.length - end.length))}${end}`, ""));
  return lines;
}

function line(label: string, drawn: string, note: string): string {
  const short =
    label.length > LABEL_COLUMNS ? `${label.slice(0, LABEL_COLUMNS - 1)}…` : label.padEnd(LABEL_COLUMNS);
  return `${short} ${drawn}  ${note}`.trimEnd();
}

/** One block for each value between `least` and `most`; a space where there is none. */
function blocks(values: readonly (number | undefined)[], least: number, most = highest(values)): string {
  const span = most - least;
  return values
    .map((value) => {
      if (value === undefined) return " ";
      const part = span <= 0 ? 0 : (value - least) / span;
      return BLOCKS[Math.min(7, Math.max(0, Math.ceil(part * 8) - 1))]!;
    })
    .join("");
}

function highest(values: readonly (number | undefined)[]): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}

function budgetRange(budget: readonly (number | undefined)[]): string {
  const known = budget.filter((left) => left !== undefined);
  if (known.length === 0) return "no data";
  return `least ${formatPercent(Math.min(...known))}, at the end ${formatPercent(known.at(-1))}`;
}

function rateText(perSecond: number): string {
  if (perSecond >= 1 || perSecond === 0) return `${Number(perSecond.toFixed(1))}/s`;
  return perSecond * 60 >= 1
    ? `${Number((perSecond * 60).toFixed(1))}/min`
    : `${Number((perSecond * 3_600).toFixed(1))}/h`;
}
