import { z } from "zod";
import type { GetJson } from "../backtest/history.ts";

const sums = {
  requests: z.number(),
  bad: z.number(),
  durationMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }),
  within: z.array(z.object({ thresholdMs: z.number(), requests: z.number() })),
};

const telemetryBody = z.object({
  start: z.string(),
  end: z.string(),
  spans: z.array(z.object({ kind: z.string(), spans: z.number(), errors: z.number() })),
  http: z
    .object({ ...sums, routes: z.array(z.object({ route: z.string(), requests: z.number() })) })
    .nullable(),
  grpc: z.object(sums).nullable(),
  metrics: z.array(z.object({ name: z.string(), labels: z.array(z.string()), nativeHistogram: z.boolean() })),
  services: z.array(z.string()),
});
/** What a service sent, as the server tells it. */
export type Telemetry = z.infer<typeof telemetryBody>;

/** Asks the server what a service sent in the last `since`, e.g. `7d`. Throws HistoryError. */
export async function readTelemetry(service: string, since: string, getJson: GetJson): Promise<Telemetry> {
  const path = `/api/v1/services/${encodeURIComponent(service)}/telemetry?since=${encodeURIComponent(since)}`;
  return telemetryBody.parse(await getJson(path));
}
