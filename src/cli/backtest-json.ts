import type { BacktestEpisode, BacktestRun } from "../backtest/backtest.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { BacktestReport } from "./backtest.ts";

/** JSON of a stable shape; times as RFC 3339, lengths in milliseconds. */
export function printBacktestAsJson({ slo, range, history, runs }: BacktestReport): string {
  const body = {
    slo: slo.name,
    start: time(range.startMs),
    end: time(range.endMs),
    knownFrom: timeOrNull(history.knownFromMs),
    source: history.source,
    runs: runs.map(runBody),
  };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}

function runBody({ slo, asWritten, episodes, tiers, curve, least }: BacktestRun): object {
  return {
    target: slo.target,
    windowMs: slo.windowMs,
    window: describeWindow(slo.window),
    asWritten,
    episodes: episodes.map(episodeBody),
    tiers,
    leastBudget: least === undefined ? null : { at: time(least.atMs), remainingRatio: least.remaining },
    budgetAtEnd: curve.at(-1)?.remaining ?? null,
    budget: curve.map(({ atMs, remaining }) => [time(atMs), remaining ?? null]),
  };
}

function episodeBody(episode: BacktestEpisode): object {
  return {
    alert: episode.alertKey,
    severity: episode.severity,
    troubleSince: time(episode.troubleMs),
    firedAt: time(episode.firedMs),
    detectionMs: episode.firedMs - episode.troubleMs,
    resolvedAt: timeOrNull(episode.resolvedMs ?? undefined),
    resolution: episode.resolution,
    tiers: episode.told.map(({ tier, atMs }) => ({ name: tier, at: time(atMs) })),
    budgetAtFire: episode.budgetAtFire ?? null,
    budgetAtEnd: episode.budgetAtEnd ?? null,
  };
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

function timeOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : time(atMs);
}
