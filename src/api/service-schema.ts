import { z } from "@hono/zod-openapi";

export const dateTime = z.string().openapi({ format: "date-time" });
/** Of an answer about a time. */
export const rangeFields = { start: dateTime, end: dateTime };

const share = z.number().nullable().openapi({ description: "0..1; null without requests" });

/** Rate, errors, duration. */
export const redFields = {
  requests: z.number().openapi({ description: "Spans of kind server and consumer" }),
  requestsPerSecond: z.number(),
  errors: z
    .number()
    .openapi({ description: "Status error, or HTTP 500 and above as a server's span names it" }),
  errorShare: share,
  durationMs: z
    .object({ mean: z.number(), p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() })
    .nullable()
    .openapi({ description: "Percentiles are within 0.4 %" }),
  apdex: z.number().nullable().openapi({
    description:
      "(satisfied + tolerating / 2) / requests: satisfied within the threshold T, tolerating within 4 T, neither where it failed",
  }),
};

const summaryFields = {
  name: z.string(),
  ...redFields,
  spans: z.number().openapi({ description: "Of any kind" }),
  lastSeen: dateTime.nullable().openapi({ description: "null: it sent no spans in this time" }),
  versions: z
    .array(
      z.object({
        version: z.string().openapi({ description: "service.version; empty where spans name none" }),
        firstSeen: dateTime,
        lastSeen: dateTime,
        spans: z.number(),
        isRunning: z
          .boolean()
          .openapi({ description: "Seen less than five minutes before the service's last span" }),
      }),
    )
    .openapi({ description: "The one that was seen last first" }),
  owners: z.array(z.string()).openapi({ description: "Those that its SLOs name" }),
  slos: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["backfilling", "no_data", "met", "at_risk", "breached"]),
      budgetRemainingRatio: z.number().nullable(),
    }),
  ),
};

export const serviceListSchema = z
  .object({
    ...rangeFields,
    apdexThresholdMs: z.number(),
    services: z.array(z.object(summaryFields)),
    isTruncated: z.boolean().openapi({ description: "There are more than `limit`" }),
  })
  .openapi("ServiceList");
export type ServiceListBody = z.infer<typeof serviceListSchema>;

const edgeSchema = z
  .object({
    client: z.string().openapi({ description: "user: whoever calls without a span of their own" }),
    server: z.string(),
    connection: z
      .enum(["call", "messaging", "database", "virtual"])
      .openapi({ description: "virtual: one side sends no spans; the other side's attributes name it" }),
    requests: z.number(),
    requestsPerSecond: z.number(),
    errors: z.number().openapi({ description: "The client's or the server's span has status error" }),
    errorShare: share,
    durationMs: z
      .object({
        mean: z.number(),
        p95: z
          .number()
          .nullable()
          .openapi({ description: "null below 100 ms, where the recorded buckets begin" }),
      })
      .nullable()
      .openapi({ description: "As the client saw it" }),
  })
  .openapi("ServiceEdge");

export const serviceSchema = z
  .object({
    ...rangeFields,
    apdexThresholdMs: z.number(),
    ...summaryFields,
    endpoints: z.array(
      z.object({
        operation: z
          .string()
          .openapi({ description: "Method and http.route where there is one, else the span's name" }),
        ...redFields,
        timeShare: z.number().nullable().openapi({
          description: "Of the time that all requests of the service took together, 0..1",
        }),
      }),
    ),
    callees: z.array(edgeSchema).openapi({ description: "Whom it calls, the busiest first" }),
    callers: z.array(edgeSchema).openapi({ description: "Who calls it, the busiest first" }),
  })
  .openapi("ServiceDetail");
export type ServiceBody = z.infer<typeof serviceSchema>;

export const serviceMapSchema = z
  .object({
    ...rangeFields,
    nodes: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(["service", "database", "queue", "external", "user"]).openapi({
          description: "service: it sent spans; anything else is named by who calls it",
        }),
        red: z
          .object(redFields)
          .nullable()
          .openapi({ description: "Of a service: the requests that it answered" }),
        isLone: z.boolean().openapi({ description: "It calls nobody and nobody calls it" }),
      }),
    ),
    edges: z.array(edgeSchema).openapi({ description: "From series that are recorded every minute" }),
    isTruncated: z.boolean().openapi({ description: "There are more than `limit`" }),
  })
  .openapi("ServiceMap");
export type ServiceMapBody = z.infer<typeof serviceMapSchema>;
