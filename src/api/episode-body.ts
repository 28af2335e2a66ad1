import type { Episode } from "../alert/episode.ts";
import { episodeSummary } from "../alert/episode-text.ts";
import type { EpisodeBody, ToldBody } from "./episode-schema.ts";

/** An episode as the API shows it. `dedupKey`: how it is known at PagerDuty. */
export function episodeBody(
  episode: Episode,
  dedupKey: string,
  receivers: readonly ToldBody[] = [],
): EpisodeBody {
  const { facts } = episode;
  const { self } = facts;
  return {
    id: episode.id,
    dedupKey,
    sloName: episode.sloName,
    service: facts.service,
    alertKey: episode.alertKey,
    severity: episode.severity,
    state: episode.state,
    summary: episodeSummary({
      action: episode.state === "resolved" ? "resolve" : "trigger",
      facts,
      startedAtMs: episode.startedAt,
      atMs: episode.resolvedAt ?? episode.updatedAt,
      resolution: episode.resolution,
    }),
    startedAt: timeText(episode.startedAt),
    firedAt: timeOrNull(episode.firedAt),
    resolvedAt: timeOrNull(episode.resolvedAt),
    resolution: episode.resolution,
    acknowledgedAt: timeOrNull(episode.acknowledgedAt),
    acknowledgedBy: episode.acknowledgedBy,
    self: self === undefined ? null : { summary: self.summary, detail: self.detail, path: self.path },
    tier: facts.tier,
    longWindowMs: facts.longWindowMs,
    shortWindowMs: facts.shortWindowMs,
    burnThreshold: facts.burnThreshold,
    burnOperator: facts.burnOperator ?? "gt",
    parts: facts.parts === undefined ? null : [...facts.parts],
    longBurnRate: facts.longBurnRate,
    shortBurnRate: facts.shortBurnRate,
    badEvents: facts.badEvents,
    totalEvents: facts.totalEvents,
    budgetRemainingRatio: facts.budgetRemainingRatio,
    exhaustedInMs: facts.exhaustedInMs,
    flapping: facts.flapping ?? null,
    receivers: [...receivers],
    updatedAt: timeText(episode.updatedAt),
  };
}

/** RFC 3339, UTC, milliseconds. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function timeOrNull(atMs: number | null): string | null {
  return atMs === null ? null : timeText(atMs);
}
