import { createRoute, z } from "@hono/zod-openapi";
import type { NativeArea } from "./native-routes.ts";
import { json, name, problem } from "./route-parts.ts";

const requestSums = {
  requests: z.number(),
  bad: z.number().openapi({ description: "Those that the preset for availability takes for bad" }),
  badRatio: z.number(),
  durationMs: z.object({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() }),
  within: z
    .array(z.object({ thresholdMs: z.number(), requests: z.number() }))
    .openapi({ description: "How many took at most so long" }),
  first: z.string().openapi({ format: "date-time" }),
  last: z.string().openapi({ format: "date-time" }),
};

/** What a service sends, and how it did. */
const telemetrySchema = z
  .object({
    service: z.string(),
    start: z.string().openapi({ format: "date-time" }),
    end: z.string().openapi({ format: "date-time" }),
    spans: z.array(z.object({ kind: z.string(), spans: z.number(), errors: z.number() })),
    http: z
      .object({
        ...requestSums,
        routes: z.array(
          z.object({ route: z.string(), requests: z.number(), badRatio: z.number(), p95Ms: z.number() }),
        ),
      })
      .nullable()
      .openapi({ description: "HTTP requests that it answered, from its spans" }),
    grpc: z
      .object({
        ...requestSums,
        codes: z.array(z.object({ code: z.string(), calls: z.number() })),
      })
      .nullable()
      .openapi({ description: "gRPC calls that it answered, from its spans" }),
    metrics: z.array(
      z.object({
        name: z.string(),
        series: z.number(),
        labels: z.array(z.string()),
        nativeHistogram: z.boolean(),
      }),
    ),
    services: z
      .array(z.string())
      .openapi({ description: "Services that were seen, where this one was not; the busiest first" }),
  })
  .openapi("ServiceTelemetry");
export type ServiceTelemetryBody = z.infer<typeof telemetrySchema>;

export interface TelemetryPort {
  /** What the service sent in the last `sinceMs`. */
  readTelemetry(service: string, sinceMs: number): Promise<ServiceTelemetryBody>;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** As long as spans are usually kept, and short enough to be read in seconds. */
const LONGEST_MS = 31 * 86_400_000;

const since = z
  .string()
  .default("7d")
  .transform((text, context) => {
    const [, count, unit] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? [];
    const ms = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
    if (ms <= LONGEST_MS) return ms;
    const message = `"${text}" is not a length of time up to 31d: write e.g. 12h or 7d`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .openapi({ type: "string", example: "7d", description: "How far back: m, h, d or w, up to 31d" });

const showTelemetry = createRoute({
  method: "get",
  path: "/services/{service}/telemetry",
  summary: "What a service sends: kinds of spans, requests with errors and durations, names of metrics",
  request: { params: z.object({ service: name }), query: z.object({ since }) },
  responses: {
    200: json("The telemetry; empty where there is none", telemetrySchema),
    400: problem,
    401: problem,
    503: problem,
  },
});

/** `GET /services/{service}/telemetry`. */
export function telemetryRoutes(port: TelemetryPort): NativeArea {
  return (app) => {
    app.openapi(showTelemetry, async (c) => {
      const { service } = c.req.valid("param");
      return c.json(await port.readTelemetry(service, c.req.valid("query").since), 200);
    });
  };
}
