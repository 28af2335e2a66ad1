import { z } from "@hono/zod-openapi";
import { correctedSchema } from "./corrected-body.ts";
import { groupSchema, groupsSchema } from "./group-body.ts";
import { indicatorSchema } from "./indicator-body.ts";
import { methodSchema } from "./method-body.ts";
import { partSchema } from "./part-body.ts";

const events = z
  .number()
  .openapi({ description: "Whole where spans are counted; metrics may give fractions" });
const counts = { goodEvents: events, badEvents: events, totalEvents: events };

const tier = z.object({
  name: z.string().openapi({ example: "page-quick" }),
  kind: z
    .enum(["burn", "no-data"])
    .openapi({ description: "no-data: breaches while the long window is empty" }),
  longWindowMs: z.number(),
  shortWindowMs: z.number().nullable(),
  burnThreshold: z.number().openapi({ example: 14.4 }),
  operator: z
    .enum(["gt", "gte", "lt", "lte"])
    .openapi({ description: "How the burn rates compare with the threshold while the tier breaches" }),
  longBurnRate: z.number().nullable(),
  shortBurnRate: z.number().nullable(),
  breaching: z.boolean(),
  errorRate: z
    .object({ low: z.number(), high: z.number(), confidence: z.number() })
    .nullable()
    .openapi({ description: "Where the error rate of the long window lies, 0..1 (Wilson's interval)" }),
  heldBack: z.boolean().openapi({
    description: "Above the threshold, and not breaching: with so few bad events it may be chance",
  }),
});

const alert = z.object({
  key: z.string().openapi({ example: "critical" }),
  severity: z.enum(["critical", "warning"]),
  state: z.enum(["ok", "pending", "firing"]),
  episodeId: z.string().nullable(),
  tellsResolved: z.boolean(),
  notificationTargets: z
    .array(z.string())
    .openapi({ description: "Names of OpenSLO AlertNotificationTargets" }),
  tiers: z.array(tier),
});

export const sloSchema = z
  .object({
    name: z.string().openapi({ example: "payment-availability" }),
    displayName: z.string(),
    description: z.string(),
    service: z.string(),
    owner: z.string().nullable(),
    runbookUrl: z.string().nullable(),
    labels: z.record(z.string(), z.array(z.string())),
    objective: z.string(),
    target: z.number().openapi({ example: 0.9999, description: "Share of good events, 0..1" }),
    windowMs: z
      .number()
      .openapi({ description: "Nominal length of the window: a calendar month is 30 days" }),
    window: z.object({
      kind: z.enum(["rolling", "calendar"]),
      description: z.string().openapi({ example: "calendar month (Europe/Berlin)" }),
      timeZone: z.string().nullable(),
      start: z.string().nullable().openapi({ format: "date-time" }),
      end: z
        .string()
        .nullable()
        .openapi({ format: "date-time", description: "Of a calendar window: when the period ends" }),
    }),
    budgetingMethod: methodSchema,
    indicator: indicatorSchema,
    parts: z.array(partSchema).openapi({
      description:
        "Of a composite. Its own events are as many as know its SLI as well as the parts together do",
    }),
    noData: z
      .enum(["ignore", "bad", "good"])
      .openapi({ description: "What slices of time without events count as" }),
    state: z.enum(["backfilling", "no_data", "met", "at_risk", "breached"]).openapi({
      description: "backfilling: what is stored is still being counted, so nothing is judged yet",
    }),
    evaluatedAt: z.string().nullable().openapi({ format: "date-time" }),
    sli: z
      .number()
      .nullable()
      .openapi({ description: "good / total over the window, of events or slices; null without events" }),
    budget: z.object({
      remainingRatio: z
        .number()
        .nullable()
        .openapi({ description: "1 untouched, 0 spent, negative overspent" }),
      remainingEvents: z.number().nullable(),
      exhaustedInMs: z.number().nullable(),
      explanation: z.string(),
      coveredWeightRatio: z
        .number()
        .nullable()
        .openapi({ description: "Of a composite: how much of the weight has events in the window, 0..1" }),
      emptySlices: z
        .number()
        .openapi({ description: "Of totalEvents: slices without events that count by noData" }),
      coveredFrom: z.string().nullable().openapi({
        format: "date-time",
        description: "Nothing from before is stored: the window is judged since then",
      }),
      coverageRatio: z
        .number()
        .nullable()
        .openapi({ description: "Share of the window up to now that is covered, 0..1" }),
      ...counts,
    }),
    burns: z.array(z.object({ windowMs: z.number(), burnRate: z.number().nullable(), ...counts })),
    alerts: z.array(alert),
    group: groupSchema,
    corrected: correctedSchema,
    groups: groupsSchema,
    source: z.object({ file: z.string(), line: z.number().int() }),
  })
  .openapi("Slo");

export type SloBody = z.output<typeof sloSchema>;

export const sloListSchema = z.object({ slos: z.array(sloSchema) }).openapi("SloList");
