import type { EpisodeFacts, NotificationAction, Resolution } from "./episode.ts";
import type { Severity } from "../slo/slo.ts";
import type { RemoteIncident } from "./handling.ts";
import type { NotificationContext } from "./notification-context.ts";
import type { TimestampMs } from "../model/time.ts";

export const RECEIVER_TYPES = ["pagerduty", "slack", "webhook", "email", "log"] as const;
export type ReceiverType = (typeof RECEIVER_TYPES)[number];

/** Where an episode is told. `address` holds a secret for PagerDuty (the routing key): never log or show it. */
export interface ReceiverChoice {
  /** Its name in noroshi.yaml; of those that the environment sets up, their type. */
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  /** PagerDuty: the routing key · Slack: the channel · webhook: the URL · email: the addresses · log: empty. */
  readonly address: string;
}

/** How an episode is told to one receiver; from its route, when the episode began. */
export interface TellingPolicy {
  /** Tell again that it still goes on; null: never. */
  readonly repeatIntervalMs: number | null;
  /** What joins the same group is told together, at most this often. */
  readonly groupIntervalMs: number;
  /** Hours of the day (0-23) in `timeZone` at which everything since the last is told at once; null: as it comes. */
  readonly digest: { readonly hours: readonly number[]; readonly timeZone: string } | null;
}

/** The message that was posted in Slack; of e-mail the Message-ID of the first in `ts`, and no channel. */
export interface MessageReference {
  readonly channel: string;
  readonly ts: string;
}

/** What a receiver's template makes of a notification; what is left out is worded as everywhere. */
export interface Wording {
  /** Plain text, one line. */
  readonly title?: string;
  /** Slack: mrkdwn with its values escaped · otherwise plain text. */
  readonly body?: string;
}

/** One notification that this worker alone may send until its lease runs out. */
export interface ClaimedNotification {
  /** UUID v7; the same at every attempt. */
  readonly id: string;
  readonly episodeId: string;
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  readonly address: string;
  readonly action: NotificationAction;
  /** From 1. */
  readonly attempt: number;
  /** An earlier attempt got no clear answer: look whether it arrived before sending again. */
  readonly maybeSent: boolean;
  /** Slack and e-mail: what was sent first for the episode; null before. */
  readonly reference: MessageReference | null;
  readonly sloName: string;
  readonly alertKey: string;
  readonly severity: Severity;
  /** The episode as it was when this notification was decided. */
  readonly facts: EpisodeFacts;
  /** What was found beside the facts, for this one or the one before; left out until it was looked up. */
  readonly context?: NotificationContext;
  /** The context is the one of an earlier notification of the episode. */
  readonly isContextEarlier?: boolean;
  /** As the template of its receiver words it; set just before it is sent. */
  readonly wording?: Wording;
  readonly at: TimestampMs;
  readonly startedAt: TimestampMs;
  readonly firedAt: TimestampMs;
  /** Only of a `resolve`. */
  readonly resolution: Resolution | null;
  /** When it was put into the outbox, on the database's clock. */
  readonly createdAt: TimestampMs;
  /** What has the same is told in one message (see Bundle); null: by itself. */
  readonly bundleId: string | null;
  /** What people did to the episode, as of the claim; left out where nothing is known of that. */
  readonly handling?: Handling;
}

/** What people did to an episode. */
export interface Handling {
  readonly acknowledged: { readonly by: string; readonly at: TimestampMs } | null;
  /** The silence that mutes it here. */
  readonly silenced: { readonly id: string; readonly by: string; readonly until: TimestampMs } | null;
  /** Its incident at PagerDuty. */
  readonly remote: RemoteIncident | null;
  /** That incident was resolved by hand then, while it still burns; null: no. */
  readonly closedAt: TimestampMs | null;
}

/** What one receiver is told in one message, because its episodes belong to one group. */
export interface Bundle {
  /** The same at every attempt until it is known whether the receiver has it; a notification's id, so unique. */
  readonly id: string;
  /** Critical ones first, each episode's in its order; an episode may be there several times. Never empty. */
  readonly notifications: readonly ClaimedNotification[];
  /** An earlier attempt with this id got no clear answer. */
  readonly maybeSent: boolean;
  /** When the oldest was put into the outbox, on the database's clock. */
  readonly createdAt: TimestampMs;
  readonly group: GroupSoFar;
}

/** Since the first that was told to a group until all are over. */
export interface GroupSoFar {
  /** As routing gave it. */
  readonly key: string;
  /** Slack: the group's message; null before it is posted. */
  readonly reference: MessageReference | null;
  /** What each episode was told last, this bundle included: one for each episode, those that fire first, then the worst. */
  readonly latest: readonly ClaimedNotification[];
}

/**
 * How an attempt ended. `detail` is what the receiver said in a few words people can act on; never a secret.
 * `ambiguous`: the receiver may have taken it. `afterMs`: the receiver asked to wait so long.
 * `holdAddress`: that wait is for everything that goes to the same address, whatever receivers have it.
 */
export type SendOutcome =
  | { readonly kind: "delivered"; readonly detail: string; readonly reference?: MessageReference }
  | {
      readonly kind: "retry";
      readonly detail: string;
      readonly ambiguous: boolean;
      readonly afterMs?: number;
      readonly holdAddress?: boolean;
    }
  | {
      readonly kind: "rejected";
      readonly detail: string;
      /** It was not for what was sent: the receiver would refuse anything. */
      readonly refusesAll?: boolean;
    };

/** How an attempt ended, as it is recorded. */
export interface AttemptResult {
  readonly outcome: SendOutcome;
  readonly durationMs: number;
  /** For a `retry`: how long to wait before the next attempt. */
  readonly retryInMs: number;
}

/** What a worker asks of the outbox. */
export interface ClaimRequest {
  readonly receiverType: ReceiverType;
  /** Most notifications. */
  readonly limit: number;
  /** The worker that will send them. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Most messages under way to one address; no bound where it is left out. */
  readonly perAddress?: number;
  readonly budget?: AddressBudget | undefined;
  /** Ids of what this worker is sending; see Asker. Nothing is concluded where it is left out. */
  readonly held?: readonly string[];
  /** Groups are claimed as bundles; otherwise each notification by itself. */
  readonly bundles?: boolean;
}

/**
 * A worker and the notifications that it is sending: what else is leased to it comes of a claim whose answer was lost, and is
 * free at once.
 */
export interface Asker {
  readonly owner: string;
  readonly held: readonly string[];
}

/** How many messages one address takes: `burst` at once, then one every `everyMs`. */
export interface AddressBudget {
  readonly everyMs: number;
  readonly burst: number;
}
