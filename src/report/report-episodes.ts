import { unionOf } from "../slo/intervals.ts";
import type { Severity } from "../slo/slo.ts";
import type { ReportedEpisode, ReportedEpisodes } from "./report.ts";

/** An episode that fired, of any time. */
export interface FiredEpisode {
  readonly id: string;
  readonly sloName: string;
  readonly alertKey: string;
  readonly severity: Severity;
  readonly tier: string;
  readonly firedMs: number;
  /** undefined: it still fires. */
  readonly resolvedMs: number | undefined;
}

/** What fired in [startMs, endMs). */
export function reportEpisodes(
  episodes: readonly FiredEpisode[],
  startMs: number,
  endMs: number,
): ReportedEpisodes {
  const within = episodes.flatMap((episode) => {
    const interval = {
      startMs: Math.max(startMs, episode.firedMs),
      endMs: Math.min(endMs, episode.resolvedMs ?? endMs),
    };
    const isWithin =
      episode.firedMs < endMs && (episode.firedMs >= startMs || (episode.resolvedMs ?? endMs) > startMs);
    return isWithin ? [{ episode, interval, firingMs: Math.max(0, interval.endMs - interval.startMs) }] : [];
  });
  const body = (found: (typeof within)[number] | undefined): ReportedEpisode | null =>
    found === undefined
      ? null
      : {
          id: found.episode.id,
          alert: found.episode.alertKey,
          severity: found.episode.severity,
          tier: found.episode.tier,
          firedAt: new Date(found.episode.firedMs).toISOString(),
          resolvedAt:
            found.episode.resolvedMs === undefined ? null : new Date(found.episode.resolvedMs).toISOString(),
          firingMs: found.firingMs,
        };
  const longest = [...within].sort((a, b) => b.firingMs - a.firingMs);
  const critical = longest.filter(({ episode }) => episode.severity === "critical");
  return {
    count: within.length,
    critical: critical.length,
    warning: within.length - critical.length,
    firingMs: unionOf(within.map(({ interval }) => interval)).reduce(
      (sum, { startMs, endMs }) => sum + endMs - startMs,
      0,
    ),
    worst: body(critical[0] ?? longest[0]),
    longest: body(longest[0]),
  };
}
