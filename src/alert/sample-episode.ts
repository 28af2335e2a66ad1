import { timestampMs } from "../model/time.ts";
import type { Episode, EpisodeFacts } from "./episode.ts";

/** A page of a payment service, for tests and previews. */
export const SAMPLE_FACTS: EpisodeFacts = {
  sloName: "payment-availability",
  sloDisplayName: "Payment availability",
  description: "99.99 % of requests return something other than a 5xx",
  service: "payment",
  owner: "payments",
  runbookUrl: "https://runbooks.example/payment",
  target: 0.9999,
  sloWindowMs: 30 * 86_400_000,
  tier: "page-quick",
  burnThreshold: 14.4,
  longWindowMs: 3_600_000,
  shortWindowMs: 300_000,
  longBurnRate: 18.2,
  shortBurnRate: 52.3,
  badEvents: 182,
  totalEvents: 100_000,
  budgetRemainingRatio: 0.31,
  exhaustedInMs: 15_000_000,
};

/** A firing episode made of `SAMPLE_FACTS`, with what a test wants otherwise. */
export function sampleEpisode(changes: Partial<Episode> = {}): Episode {
  const startedAt = timestampMs(1_750_000_000_000);
  return {
    id: "019770a1-0000-7000-8000-000000000001",
    sloName: SAMPLE_FACTS.sloName,
    alertKey: "critical",
    severity: "critical",
    state: "firing",
    startedAt,
    firedAt: startedAt,
    resolvedAt: null,
    tiers: { "page-quick": { breachingSince: startedAt, calmSince: null } },
    resolution: null,
    facts: SAMPLE_FACTS,
    updatedAt: startedAt,
    version: 1,
    acknowledgedAt: null,
    acknowledgedBy: null,
    ...changes,
  };
}
