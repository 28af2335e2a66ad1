import type { TimestampMs } from "../model/time.ts";
import type { Severity } from "../slo/slo.ts";

export type EpisodeState = "pending" | "firing" | "resolved";

/** What people need to know about the alert, frozen at the time of a transition; plain JSON. */
export interface EpisodeFacts {
  readonly sloName: string;
  readonly sloDisplayName: string;
  readonly description: string;
  readonly service: string;
  readonly owner: string | null;
  readonly runbookUrl: string | null;
  readonly target: number;
  readonly sloWindowMs: number;
  /** The worst breaching tier, or the last one known when none breaches any more. */
  readonly tier: string;
  readonly burnThreshold: number;
  readonly longWindowMs: number;
  readonly shortWindowMs: number | null;
  readonly longBurnRate: number | null;
  readonly shortBurnRate: number | null;
  /** Events in the long window. */
  readonly badEvents: number;
  readonly totalEvents: number;
  /** 1 untouched .. 0 spent, negative overspent. */
  readonly budgetRemainingRatio: number | null;
  readonly exhaustedInMs: number | null;
}

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
  /** Since when every tier is calm; null while any is not. */
  readonly calmSince: TimestampMs | null;
  /** Since when each currently breaching tier breaches, by tier name. */
  readonly breachingSince: Readonly<Record<string, TimestampMs>>;
  /** Why it closed: `recovered`, `no_traffic`, `slo_deleted`, `alert_removed`; null while open. */
  readonly resolution: "recovered" | "no_traffic" | "slo_deleted" | "alert_removed" | null;
  readonly facts: EpisodeFacts;
  readonly updatedAt: TimestampMs;
}

/** What a change of an episode asks the notifiers to do. */
export type NotificationAction = "trigger" | "update" | "resolve";
