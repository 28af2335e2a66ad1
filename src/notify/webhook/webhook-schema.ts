import { z } from "zod";

const time = z.iso.datetime().describe("RFC 3339, UTC");
/** What is only shown in messages that can be changed is not sent. */
export const WEBHOOK_ACTIONS = ["trigger", "update", "remind", "acknowledge", "resolve"] as const;
const action = z
  .enum(WEBHOOK_ACTIONS)
  .describe("It began · got worse · goes on · a person took it on · is over");

const burn = z
  .object({
    target: z.number().describe("Of the SLO, 0..1"),
    sloWindow: z.string().nullable().describe("Of the SLO, in words"),
    tier: z.string().describe("The worst tier that fires"),
    threshold: z.number(),
    operator: z.enum(["gt", "gte", "lt", "lte"]).describe("How the burn has to compare with the threshold"),
    longWindowSeconds: z.number(),
    longBurnRate: z.number().nullable().describe("null: no events"),
    shortWindowSeconds: z.number().nullable(),
    shortBurnRate: z.number().nullable(),
    badEvents: z.number().describe("In the long window"),
    totalEvents: z.number(),
    budgetRemainingRatio: z.number().nullable().describe("1 untouched, 0 spent, negative overspent"),
    budgetExhaustedInSeconds: z.number().nullable(),
  })
  .describe("Error budget and burn rates when this was decided");

const episode = z.object({
  id: z.string().describe("The same from trigger to resolve"),
  notificationId: z.string(),
  action,
  state: z.enum(["firing", "resolved"]),
  severity: z.enum(["critical", "warning"]),
  alert: z.string(),
  slo: z.string(),
  service: z.string(),
  owner: z.string().nullable(),
  labels: z.record(z.string(), z.string()).describe("Of the SLO"),
  summary: z.string().describe("The whole story in one line"),
  description: z.string(),
  details: z.array(z.object({ name: z.string(), value: z.string() })).describe("For people, in order of use"),
  whatToDo: z.string().nullable(),
  startedAt: time,
  firedAt: time,
  at: time.describe("When it changed to what is told here"),
  acknowledgedBy: z
    .string()
    .nullable()
    .describe("Of an acknowledge: who took it on, as slack:U123, pagerduty:…, key:<name>"),
  resolution: z.enum(["recovered", "no_traffic", "slo_deleted", "alert_removed"]).nullable(),
  burn: burn.nullable().describe("null of problems of Noroshi itself"),
  changes: z
    .array(z.object({ service: z.string(), version: z.string(), firstSeenAt: time }))
    .describe("Versions that came shortly before it began; empty: none, or not known"),
  contributors: z
    .array(
      z.object({
        kind: z.enum(["endpoint", "version"]),
        value: z.string(),
        badShare: z.number().describe("Of all bad events, 0..1"),
        eventShare: z.number().describe("Of all events, 0..1"),
      }),
    )
    .describe("Where most of the bad events are; empty: not known"),
  links: z.object({ page: z.string(), runbook: z.string().nullable() }),
});

/** What a webhook receiver gets. What is added keeps the version; what changes its meaning raises it. */
export const webhookSchema = z
  .object({
    schema: z.literal("noroshi.alert/v1"),
    notificationId: z
      .string()
      .describe("The same at every attempt, and in the header Noroshi-Notification-Id: take it once"),
    action: action.describe("Of the notification: of several episodes, the most urgent of theirs"),
    test: z.boolean().describe("true: somebody tries the receiver, nothing is wrong"),
    receiver: z.string(),
    summary: z.string(),
    url: z.string().describe("Where Noroshi is"),
    group: z
      .object({ key: z.string(), labels: z.record(z.string(), z.string()) })
      .nullable()
      .describe("Where several are told together, what they have in common; the key is opaque"),
    episodes: z
      .array(episode)
      .min(1)
      .describe("One, or those of a group in order; of one that is there twice the later counts"),
  })
  .meta({ title: "What Noroshi sends to a webhook receiver" });

export type WebhookPayload = z.output<typeof webhookSchema>;
export type WebhookEpisode = WebhookPayload["episodes"][number];

/** The schema as JSON Schema, for receivers. */
export function webhookJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(webhookSchema) as Readonly<Record<string, unknown>>;
}
