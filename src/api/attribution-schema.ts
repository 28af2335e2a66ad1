import { z } from "@hono/zod-openapi";

const share = z.number().openapi({ description: "0..1" });
const traceIds = z
  .array(z.string())
  .openapi({ description: "Of bad events, the latest first; three at most" });

const valueSchema = z
  .object({
    attribute: z.string().openapi({
      example: "span.http.route",
      description: "As TraceQL writes it; `endpoint`: route and method, or the span's name",
    }),
    value: z.string(),
    badShare: share,
    goodShare: share,
    lift: z.number().nullable().openapi({
      description: "badShare / goodShare; null where no good event has the value",
    }),
    score: z.number().openapi({
      description:
        "What values are ranked by: badShare less goodShare, each at the worse end of its 95 % confidence interval; 0..1",
    }),
    alsoTrue: z
      .array(z.object({ attribute: z.string(), value: z.string() }))
      .openapi({ description: "Values on the same events: one thing by several names" }),
    query: z.string().nullable().openapi({
      description: "TraceQL that finds the spans; null where a filter cannot say it",
    }),
    traceIds,
    words: z.string().openapi({
      example: "82 % of bad events have http.route=/refund, 9 % of good ones do",
    }),
  })
  .openapi("AttributedValue");

export const attributionSchema = z
  .object({
    slo: z.string(),
    part: z.string().nullable().openapi({ description: "Of a composite: which part" }),
    source: z.enum(["traces", "metrics"]),
    start: z.string(),
    end: z.string(),
    summary: z.string(),
    events: z.object({
      total: z.number(),
      bad: z.number(),
      estimated: z
        .boolean()
        .openapi({ description: "There are too many spans to count them all, or counters were read" }),
    }),
    sampled: z.object({ bad: z.number(), good: z.number() }).openapi({
      description: "Events that were looked at, chosen by trace id. Shares are shares of these",
    }),
    spenders: z
      .array(
        valueSchema.extend({
          dimension: z.enum(["endpoint", "version", "region"]),
          only: z.boolean().openapi({ description: "No event has another one" }),
        }),
      )
      .openapi({ description: "The endpoint, version and region with most of the bad events" }),
    contributors: z.array(valueSchema).openapi({ description: "Where it fails, most telling first" }),
    symptoms: z.array(valueSchema).openapi({
      description: "How it fails: statuses, messages, exceptions, and what the SLO itself calls bad",
    }),
    excluded: z
      .array(z.object({ attribute: z.string(), reason: z.string() }))
      .openapi({ description: "Attributes that were left out by rule" }),
  })
  .openapi("SloAttribution");

export type AttributionBody = z.infer<typeof attributionSchema>;
export type AttributedValueBody = z.infer<typeof valueSchema>;
