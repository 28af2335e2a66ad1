import { z } from "@hono/zod-openapi";

const attributeSchema = z
  .object({
    key: z.string(),
    type: z.enum(["string", "int", "double", "bool", "json"]).openapi({
      description: "json: an array, a map, bytes or an empty value, in the JSON of OTLP",
    }),
    value: z
      .union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])
      .openapi({ description: "A text for integers beyond 2^53, and for NaN and the infinities" }),
  })
  .openapi("TraceAttribute");

const attributes = z.array(attributeSchema);
const nanos = z.string().openapi({ description: "Unix nanoseconds", example: "1700000000000000000" });
const dropped = z.number().openapi({ description: "Left out by the sender or by limits" });

const spanSchema = z
  .object({
    spanId: z.string(),
    parentSpanId: z.string().nullable(),
    name: z.string(),
    service: z.string().openapi({ description: "service.name of the resource" }),
    kind: z.enum(["unspecified", "internal", "server", "client", "producer", "consumer"]),
    status: z.enum(["unset", "ok", "error"]),
    statusMessage: z.string(),
    startUnixNano: nanos,
    endUnixNano: nanos,
    durationNanos: z.number(),
    traceState: z.string(),
    flags: z.number(),
    resource: z.number().openapi({ description: "Index into resources" }),
    scope: z.number().openapi({ description: "Index into scopes" }),
    attributes,
    droppedAttributes: dropped,
    events: z.array(
      z.object({ timeUnixNano: nanos, name: z.string(), attributes, droppedAttributes: dropped }),
    ),
    droppedEvents: dropped,
    links: z.array(
      z.object({
        traceId: z.string(),
        spanId: z.string(),
        traceState: z.string(),
        flags: z.number(),
        attributes,
        droppedAttributes: dropped,
      }),
    ),
    droppedLinks: dropped,
  })
  .openapi("TraceSpan");

/** A trace as it is stored. */
export const traceSchema = z
  .object({
    traceId: z.string(),
    startUnixNano: nanos,
    endUnixNano: nanos,
    truncated: z.boolean().openapi({ description: "There are more spans than these, the first ones" }),
    resources: z.array(z.object({ schemaUrl: z.string(), attributes })),
    scopes: z.array(z.object({ name: z.string(), version: z.string(), schemaUrl: z.string(), attributes })),
    spans: z.array(spanSchema).openapi({ description: "By their start, ties by id" }),
  })
  .openapi("Trace");

export type TraceBody = z.infer<typeof traceSchema>;
export type TraceAttributeBody = z.infer<typeof attributeSchema>;
