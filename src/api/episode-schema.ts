import { z } from "@hono/zod-openapi";
import { NOTIFICATION_ACTIONS } from "../alert/episode.ts";
import { historySchema } from "./episode-history.ts";
import { RECEIVER_TYPES } from "../alert/notification.ts";

const attempt = z.object({
  attempt: z.number().int(),
  at: z.string().openapi({ format: "date-time" }),
  durationMs: z.number(),
  outcome: z.enum(["delivered", "retry", "rejected"]),
  detail: z.string().openapi({ description: "What the receiver said" }),
});

const notificationSchema = z
  .object({
    id: z.string(),
    episodeId: z.string(),
    sloName: z.string(),
    receiver: z.string().openapi({ description: "Its name in noroshi.yaml, or its type" }),
    receiverType: z.enum(RECEIVER_TYPES),
    action: z.enum(NOTIFICATION_ACTIONS),
    state: z.enum(["pending", "delivered", "rejected", "superseded"]),
    at: z.string().openapi({ format: "date-time", description: "When the episode changed" }),
    createdAt: z.string().openapi({ format: "date-time" }),
    nextAttemptAt: z.string().nullable().openapi({ format: "date-time" }),
    deliveredAt: z.string().nullable().openapi({ format: "date-time" }),
    attempts: z.array(attempt),
  })
  .openapi("Notification");

export type NotificationBody = z.output<typeof notificationSchema>;

const toldSchema = z
  .object({
    receiver: z.string(),
    told: z
      .enum(["firing", "resolved"])
      .nullable()
      .openapi({ description: "What it was told last, or is about to be; null: nothing" }),
    toldAt: z.string().nullable().openapi({ format: "date-time" }),
    mutedBy: z.string().nullable().openapi({
      description:
        "Why it is told nothing but ends: silence:<id>, maintenance:<correction>, inhibited:<episode>",
    }),
    mutedWhy: z.string().nullable().openapi({ description: "The same in words" }),
  })
  .openapi("Told");
export type ToldBody = z.output<typeof toldSchema>;

export const episodeSchema = z
  .object({
    id: z.string(),
    dedupKey: z.string().openapi({ description: "PagerDuty's dedup_key" }),
    sloName: z.string(),
    service: z.string(),
    alertKey: z.string(),
    severity: z.enum(["critical", "warning"]),
    state: z.enum(["pending", "firing", "resolved"]),
    summary: z.string(),
    startedAt: z.string().openapi({ format: "date-time" }),
    firedAt: z.string().nullable().openapi({ format: "date-time" }),
    resolvedAt: z.string().nullable().openapi({ format: "date-time" }),
    resolution: z.enum(["recovered", "no_traffic", "slo_deleted", "alert_removed"]).nullable(),
    acknowledgedAt: z.string().nullable().openapi({ format: "date-time" }),
    acknowledgedBy: z
      .string()
      .nullable()
      .openapi({ description: "Who took it on: slack:<user>, pagerduty:<user>, key:<name>, local" }),
    self: z.object({ summary: z.string(), detail: z.string(), path: z.string() }).nullable().openapi({
      description:
        "A problem of Noroshi itself; null for episodes of SLOs. The numbers below then mean nothing",
    }),
    tier: z.string(),
    longWindowMs: z.number(),
    shortWindowMs: z.number().nullable(),
    burnThreshold: z.number(),
    burnOperator: z
      .enum(["gt", "gte", "lt", "lte"])
      .openapi({ description: "lt and lte: alerts while the burn is below the threshold" }),
    parts: z
      .array(
        z.object({ name: z.string(), burnRate: z.number().nullable(), spentRatio: z.number().nullable() }),
      )
      .nullable()
      .openapi({ description: "Of a composite, those that burn most in the long window first" }),
    longBurnRate: z.number().nullable(),
    shortBurnRate: z.number().nullable(),
    badEvents: z.number(),
    totalEvents: z.number(),
    budgetRemainingRatio: z.number().nullable(),
    exhaustedInMs: z.number().nullable(),
    flapping: z
      .object({ times: z.number().int(), withinMs: z.number(), holdMs: z.number() })
      .nullable()
      .openapi({ description: "It fired so often lately that it is held open until it is calm for holdMs" }),
    receivers: z
      .array(toldSchema)
      .openapi({ description: "Who is told of it; empty of one that has not fired" }),
    updatedAt: z.string().openapi({ format: "date-time" }),
  })
  .openapi("Episode");

export type EpisodeBody = z.output<typeof episodeSchema>;

const page = {
  nextCursor: z.string().nullable().openapi({ description: "Pass as `cursor` for the next page" }),
};

export const episodeListSchema = z
  .object({ episodes: z.array(episodeSchema), ...page })
  .openapi("EpisodeList");
export const episodeDetailSchema = z
  .object({
    episode: episodeSchema,
    notifications: z.array(notificationSchema),
    history: z.array(historySchema).openapi({ description: "What happened, oldest first" }),
  })
  .openapi("EpisodeDetail");
export type EpisodeDetailBody = z.output<typeof episodeDetailSchema>;
export const notificationListSchema = z
  .object({ notifications: z.array(notificationSchema), ...page })
  .openapi("NotificationList");
