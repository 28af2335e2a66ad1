import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { NOTIFICATION_ACTIONS, type EpisodeFacts, type TierTrack } from "../../alert/episode.ts";
import type { RemoteIncident } from "../../alert/handling.ts";
import type { NotificationContext } from "../../alert/notification-context.ts";
import { RECEIVER_TYPES, type TellingPolicy } from "../../alert/notification.ts";
import { databaseTime, timestampMs } from "./columns.ts";

/** Alert episodes (see alert/episode.ts). */
export const episodes = pgTable(
  "episodes",
  {
    id: text("id").primaryKey(),
    sloName: text("slo_name").notNull(),
    alertKey: text("alert_key").notNull(),
    severity: text("severity", { enum: ["critical", "warning"] }).notNull(),
    state: text("state", { enum: ["pending", "firing", "resolved"] }).notNull(),
    startedAt: timestampMs("started_at").notNull(),
    firedAt: timestampMs("fired_at"),
    resolvedAt: timestampMs("resolved_at"),
    /** By tier name; see TierTrack. */
    tiers: jsonb("tiers").$type<Record<string, TierTrack>>().notNull(),
    resolution: text("resolution", { enum: ["recovered", "no_traffic", "slo_deleted", "alert_removed"] }),
    facts: jsonb("facts").$type<EpisodeFacts>().notNull(),
    updatedAt: timestampMs("updated_at").notNull(),
    /** When a person took it on, and who: `slack:<user>`, `pagerduty:<user>`, `key:<name>`. */
    acknowledgedAt: timestampMs("acknowledged_at"),
    acknowledgedBy: text("acknowledged_by"),
    /** Counts the changes: a writer that worked on an older one changes nothing. */
    version: integer("version").notNull(),
  },
  (table) => [
    // One open episode for an alert definition: two evaluators cannot both open one.
    uniqueIndex("episodes_one_open")
      .on(table.sloName, table.alertKey)
      .where(sql`${table.state} <> 'resolved'`),
    index("episodes_by_start").on(table.startedAt, table.id),
  ],
);

/**
 * Where the notifications of an episode go, fixed at the first one: a resolve must use the routing key that triggered,
 * and an update the message that was posted. `address` holds a secret (the routing key) and never leaves the store.
 */
export const episodeReceivers = pgTable(
  "episode_receivers",
  {
    episodeId: text("episode_id")
      .notNull()
      .references(() => episodes.id),
    /** Its name. */
    receiver: text("receiver").notNull(),
    receiverType: text("receiver_type", { enum: RECEIVER_TYPES }).notNull(),
    /** PagerDuty: the routing key · Slack: the channel · webhook: the URL · email: the addresses · log: "". */
    address: text("address").notNull(),
    /** Slack: `{channel, ts}` of the posted message; null before it is posted. */
    reference: jsonb("reference").$type<{ channel: string; ts: string }>(),
    /** Episodes of one receiver with the same key are told together; null: alone. */
    groupKey: text("group_key"),
    /** How often to tell again, how to bundle; as the route said when the episode began. */
    policy: jsonb("policy").$type<TellingPolicy>(),
    /** Why it is told nothing at present, as `silence:<id>`; null: it is. */
    mutedBy: text("muted_by"),
    /** What it was told last, or is about to be: null before the trigger. */
    toldState: text("told_state", { enum: ["firing", "resolved"] }),
    toldTier: text("told_tier"),
    /** Event time of that. */
    toldAt: timestampMs("told_at"),
    /** The receiver whose place it takes because that one failed; null: it was routed to. */
    standsInFor: text("stands_in_for"),
    /** PagerDuty: the incident, as its webhooks tell. */
    remote: jsonb("remote").$type<RemoteIncident>(),
    /** Event time at which that was resolved by hand while the episode fires; null again when it is told anew. */
    closedAt: timestampMs("closed_at"),
  },
  (table) => [
    primaryKey({ columns: [table.episodeId, table.receiver] }),
    index("episode_receivers_of_group")
      .on(table.receiver, table.groupKey)
      .where(sql`${table.groupKey} is not null`),
  ],
);

/** The outbox: rows are written in the transaction that changes the episode, in order, and sent FIFO per episode and receiver. */
export const notifications = pgTable(
  "notifications",
  {
    /** UUID v7; also the idempotency id in Slack's message metadata. */
    id: text("id").primaryKey(),
    /** Order of creation. */
    sequence: bigint("sequence", { mode: "number" }).generatedAlwaysAsIdentity().notNull(),
    episodeId: text("episode_id")
      .notNull()
      .references(() => episodes.id),
    receiver: text("receiver").notNull(),
    receiverType: text("receiver_type", { enum: RECEIVER_TYPES }).notNull(),
    action: text("action", { enum: NOTIFICATION_ACTIONS }).notNull(),
    /** The episode as it was at the transition. */
    facts: jsonb("facts").$type<EpisodeFacts>().notNull(),
    /** What was found beside them just before it was first sent; null before that. */
    context: jsonb("context").$type<NotificationContext>(),
    /** Event time of the transition. */
    at: timestampMs("at").notNull(),
    /**
     * rejected: the receiver will never take it; the reason is in the last attempt · superseded: it was not sent any more,
     * because the episode was over before the receiver heard of it.
     */
    state: text("state", { enum: ["pending", "delivered", "rejected", "superseded"] })
      .notNull()
      .default("pending"),
    /** Attempts begun, the one in flight included; with the lease's owner it fences off a worker that lost its lease. */
    attempts: integer("attempts").notNull().default(0),
    /** An attempt ended without a clear answer: the receiver may have it already. */
    maybeSent: boolean("maybe_sent").notNull().default(false),
    nextAttemptAt: databaseTime("next_attempt_at")
      .notNull()
      .default(sql`now()`),
    /** What was last sent in one message has the same; see Bundle. */
    bundleId: text("bundle_id"),
    /** The worker that sends it now; stays when the lease runs out unrecorded, so that the next one knows. */
    leaseOwner: text("lease_owner"),
    leasedUntil: databaseTime("leased_until"),
    createdAt: databaseTime("created_at")
      .notNull()
      .default(sql`now()`),
    deliveredAt: databaseTime("delivered_at"),
  },
  (table) => [
    // What is not delivered stays small, however long the history grows.
    index("notifications_undelivered")
      .on(table.receiverType, table.nextAttemptAt)
      .where(sql`${table.state} in ('pending', 'rejected')`),
    index("notifications_of_episode").on(table.episodeId, table.receiver, table.sequence),
    index("notifications_by_sequence").on(table.sequence),
  ],
);

/** What happened each time a notification was sent. Never holds a secret. */
export const notificationAttempts = pgTable(
  "notification_attempts",
  {
    notificationId: text("notification_id")
      .notNull()
      .references(() => notifications.id),
    attempt: integer("attempt").notNull(),
    at: databaseTime("at")
      .notNull()
      .default(sql`now()`),
    durationMs: integer("duration_ms").notNull(),
    outcome: text("outcome", { enum: ["delivered", "retry", "rejected"] }).notNull(),
    /** What the receiver said, in a few words people can act on. */
    detail: text("detail").notNull(),
  },
  (table) => [primaryKey({ columns: [table.notificationId, table.attempt] })],
);

/** See alert/silence.ts. An ended one stays, for the history. */
export const silences = pgTable(
  "silences",
  {
    id: text("id").primaryKey(),
    matchers: jsonb("matchers").$type<{ label: string; operator: string; value: string }[]>().notNull(),
    startsAt: timestampMs("starts_at").notNull(),
    endsAt: timestampMs("ends_at").notNull(),
    comment: text("comment").notNull(),
    /** Who answers for it, for people. */
    author: text("author").notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: databaseTime("created_at")
      .notNull()
      .default(sql`now()`),
    /** Who ended it before its time. */
    endedBy: text("ended_by"),
    /** When its author was reminded that it ends soon. */
    remindedAt: timestampMs("reminded_at"),
  },
  (table) => [index("silences_by_end").on(table.endsAt)],
);

/** Webhooks and interactions that were taken: each counts once, however often it is sent. */
export const takenWebhooks = pgTable("taken_webhooks", {
  /** `pagerduty:<X-Webhook-Id>`, `slack:<hash of the interaction>`. */
  id: text("id").primaryKey(),
  takenAt: databaseTime("taken_at")
    .notNull()
    .default(sql`now()`),
});

/** One message in a chat for several episodes (see episodeReceivers.groupKey); the newest of its receiver and key is open. */
export const groupMessages = pgTable(
  "group_messages",
  {
    receiver: text("receiver").notNull(),
    groupKey: text("group_key").notNull(),
    openedAt: databaseTime("opened_at")
      .notNull()
      .default(sql`now()`),
    reference: jsonb("reference").$type<{ channel: string; ts: string }>(),
    lastSentAt: databaseTime("last_sent_at"),
    closedAt: databaseTime("closed_at"),
  },
  (table) => [primaryKey({ columns: [table.receiver, table.groupKey, table.openedAt] })],
);

/** How the calls to one address are spaced out, whatever receivers it has. */
export const deliveryAddresses = pgTable("delivery_addresses", {
  /** The type and the MD5 of the address, which may be a secret. */
  key: text("key").primaryKey(),
  /** What was taken of its budget so far is paid for by then. */
  paidUntil: databaseTime("paid_until"),
  /** It asked to be left alone until then. */
  heldUntil: databaseTime("held_until"),
  /** Since when every attempt failed; null: the last one arrived. */
  failingSince: databaseTime("failing_since"),
});

/** Changes that teams tell of (see deployment-store.ts). */
export const deployments = pgTable(
  "deployments",
  {
    id: text("id").primaryKey(),
    service: text("service").notNull(),
    version: text("version"),
    /** When it took effect. */
    at: timestampMs("at").notNull(),
    /** `deployment`, `config`, `feature-flag`, or a word of the team's own. */
    kind: text("kind").notNull(),
    description: text("description").notNull(),
    url: text("url"),
    createdBy: text("created_by").notNull(),
    createdAt: databaseTime("created_at")
      .notNull()
      .default(sql`now()`),
  },
  (table) => [
    index("deployments_of_service").on(table.service, table.at),
    index("deployments_by_time").on(table.at, table.id),
  ],
);
