import { z } from "@hono/zod-openapi";

const instant = (description?: string) =>
  z.string().openapi({ format: "date-time", ...(description === undefined ? {} : { description }) });
const events = { goodEvents: z.number(), badEvents: z.number(), totalEvents: z.number() };
const state = z.enum(["no_data", "met", "at_risk", "breached"]);

const explainedNumberSchema = z
  .object({
    judgedAt: instant("When it was judged, or the time that it is computed for"),
    state,
    sli: z.number().nullable().openapi({ description: "0..1; null without events" }),
    budgetRemainingRatio: z
      .number()
      .nullable()
      .openapi({ description: "1 untouched, 0 spent, negative overspent" }),
    ...events,
    counted: z.string().openapi({ example: "events", description: "What the counts are of" }),
    raw: z.object(events).openapi({ description: "With what corrections take out" }),
    exclusions: z
      .array(
        z.object({
          id: z.string(),
          reason: z.string(),
          author: z.string().nullable(),
          start: instant(),
          end: instant(),
        }),
      )
      .openapi({ description: "Time within the window that corrections take out" }),
    window: z.object({ start: instant(), end: instant(), description: z.string() }),
    coverage: z.object({
      countsFrom: instant("Counts are complete from here on; null: as far back as anything goes").nullable(),
      ratio: z.number(),
      rawFrom: instant("Spans or samples are still stored from here on"),
      rawRatio: z.number(),
      explanation: z.string(),
    }),
    tiers: z.array(
      z.object({
        alert: z.string(),
        severity: z.enum(["critical", "warning"]),
        tier: z.string(),
        kind: z.enum(["burn", "no-data"]),
        longWindowMs: z.number(),
        shortWindowMs: z.number().nullable(),
        burnThreshold: z.number(),
        longBurnRate: z.number().nullable(),
        shortBurnRate: z.number().nullable(),
      }),
    ),
    sentence: z.string(),
    steps: z
      .array(z.object({ what: z.string(), formula: z.string(), result: z.string() }))
      .openapi({ description: "The arithmetic, to be checked with a pocket calculator" }),
  })
  .openapi("ExplainedNumber");

const explainedRevisionSchema = z.object({
  revision: z.string(),
  isCurrent: z.boolean(),
  target: z.number(),
  window: z.string(),
  source: z.string().openapi({ example: "counted span by span" }),
  queries: z.array(z.object({ what: z.string(), query: z.string() })),
  file: z.string().nullable(),
  commit: z.string().nullable(),
  loadedAt: instant().nullable(),
});

export const explanationSchema = z
  .object({
    slo: z.string(),
    displayName: z.string(),
    service: z.string(),
    owner: z.string().nullable(),
    at: instant(),
    asKnown: explainedNumberSchema.nullable().openapi({ description: "What people saw then" }),
    asKnownNote: z.string().nullable(),
    revision: explainedRevisionSchema.nullable().openapi({ description: "The definition that was in force" }),
    computedNow: explainedNumberSchema
      .nullable()
      .openapi({ description: "For the same time and by the same definition, from the counts of today" }),
    computedNowNote: z.string().nullable(),
    difference: z.array(z.string()),
  })
  .openapi("Explanation");

export const sloHistorySchema = z
  .object({
    slo: z.string(),
    start: instant(),
    end: instant(),
    stepMs: z.number(),
    points: z
      .array(
        z.object({
          at: instant(),
          state,
          sli: z.number().nullable(),
          budgetRemainingRatio: z.number().nullable(),
          goodEvents: z.number(),
          badEvents: z.number(),
          totalEvents: z.number(),
          revision: z.string(),
        }),
      )
      .openapi({
        description: "The last that was known in each step; steps in which nothing was are missing",
      }),
  })
  .openapi("SloHistory");

export const sloRevisionListSchema = z
  .object({
    slo: z.string(),
    revisions: z
      .array(
        explainedRevisionSchema.extend({
          changes: z.array(z.string()).openapi({ description: "Against the revision before" }),
          inForce: z
            .array(z.object({ from: instant(), to: instant() }))
            .openapi({ description: "When the SLO was judged by it, newest first" }),
        }),
      )
      .openapi({ description: "Newest first" }),
  })
  .openapi("SloRevisionList");

export type SloHistoryBody = z.output<typeof sloHistorySchema>;
export type SloRevisionListBody = z.output<typeof sloRevisionListSchema>;
