import type { TimestampMs } from "../model/time.ts";
import type { BurnOperator, Severity } from "../slo/slo.ts";
import type { Flapping } from "./flapping.ts";
import type { SelfFacts } from "./self-problem.ts";

export type EpisodeState = "pending" | "firing" | "resolved";

/** What people need to know about the alert, frozen when they are told (and when it opens or closes); plain JSON. */
export interface EpisodeFacts {
  readonly sloName: string;
  readonly sloDisplayName: string;
  readonly description: string;
  readonly service: string;
  readonly owner: string | null;
  /** Of the SLO, the first value of each; absent of episodes that older versions stored. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Names of receivers that the alert's policy asks for, set up or not; absent where it asks for none. */
  readonly targets?: readonly string[];
  readonly runbookUrl: string | null;
  readonly target: number;
  readonly sloWindowMs: number;
  /** In words; absent of episodes that older versions stored. */
  readonly sloWindow?: string;
  /** The worst breaching tier, or the last one known when none breaches any more. */
  readonly tier: string;
  /** The tier is about missing data, so there is no burn. */
  readonly noData?: boolean;
  readonly burnThreshold: number;
  /** How the burn compares with the threshold; `gt` where it is absent. */
  readonly burnOperator?: BurnOperator;
  readonly longWindowMs: number;
  readonly shortWindowMs: number | null;
  readonly longBurnRate: number | null;
  readonly shortBurnRate: number | null;
  /** Where slices of time are counted, how long one is. */
  readonly sliceMs?: number;
  /** Events, or slices, in the long window. */
  readonly badEvents: number;
  readonly totalEvents: number;
  /** Of a composite, those that burn most first; its events are a mean, and mean little. */
  readonly parts?: readonly PartFacts[];
  /** 1 untouched .. 0 spent, negative overspent. */
  readonly budgetRemainingRatio: number | null;
  readonly exhaustedInMs: number | null;
  /** It fires again and again, so it is held open for longer. */
  readonly flapping?: Flapping;
  /** A problem of Noroshi itself: this says it, and the numbers above mean nothing. */
  readonly self?: SelfFacts;
  /** Somebody tries a receiver; nothing is wrong. */
  readonly test?: boolean;
  /** Why this receiver is told instead of another. */
  readonly standIn?: StandInFacts;
}

export interface StandInFacts {
  /** The receiver that is not told. */
  readonly receiver: string;
  /** `payments-oncall has not taken this page for 5 min: 503`. */
  readonly reason: string;
}

export interface PartFacts {
  readonly name: string;
  /** Over the long window; null without events. */
  readonly burnRate: number | null;
  /** What it spent of the whole's budget, 0..1 and more; null without events. */
  readonly spentRatio: number | null;
}

/** What an episode remembers of one tier that breached while it was open. */
export interface TierTrack {
  /** Since when it breaches without a break; null while it does not. */
  readonly breachingSince: TimestampMs | null;
  /** Since when it is calm without a break; null while it is not. */
  readonly calmSince: TimestampMs | null;
}

export type Resolution = "recovered" | "no_traffic" | "slo_deleted" | "alert_removed";

/** One stretch of trouble of one alert definition. The unit of alerting: PagerDuty's dedup_key is made from its id. */
export interface Episode {
  /** UUID v7. */
  readonly id: string;
  readonly sloName: string;
  readonly alertKey: string;
  readonly severity: Severity;
  readonly state: EpisodeState;
  /** When the breach began (pending or firing). */
  readonly startedAt: TimestampMs;
  readonly firedAt: TimestampMs | null;
  readonly resolvedAt: TimestampMs | null;
  /** The tiers that breached during the episode, by name. */
  readonly tiers: Readonly<Record<string, TierTrack>>;
  /**
   * Why it closed: the burn came down · no event for so long that nothing burns any more · its SLO or its alert left the
   * specs; null while open.
   */
  readonly resolution: Resolution | null;
  readonly facts: EpisodeFacts;
  /** When a person took it on, and who: `slack:<user>`, `pagerduty:<user>`, `key:<name>`. */
  readonly acknowledgedAt: TimestampMs | null;
  readonly acknowledgedBy: string | null;
  /** Never goes back, even where the clock does. */
  readonly updatedAt: TimestampMs;
  /** Counts the changes from 1: a writer that worked on an older one is told so. */
  readonly version: number;
}

/** What a change of an episode asks the notifiers to do. */
export type NotificationAction = (typeof NOTIFICATION_ACTIONS)[number];

/**
 * trigger: it began, or is told anew after a silence · update: it got worse · remind: it still goes on · acknowledge: a person
 * took it on · note: what people did shows in messages that can be changed, and nobody is told · resolve: it is over.
 */
export const NOTIFICATION_ACTIONS = [
  "trigger",
  "update",
  "remind",
  "acknowledge",
  "note",
  "resolve",
] as const;
