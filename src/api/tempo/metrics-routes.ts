import type { Context, Hono } from "hono";
import { jsonResponse } from "../prometheus/json-response.ts";
import { AttributeType } from "../../model/attributes.ts";
import type { FoundSeries, MetricsOptions, TempoPorts } from "./ports.ts";
import { readCount, readDuration, readRange } from "./read-params.ts";
import { labelJson, unparsable } from "./search-routes.ts";
import { invalidParameter, TempoError } from "./tempo-error.ts";

const EXEMPLARS = { otherwise: 100, least: 0, most: 10_000 };
/** As Prometheus allows. */
const MOST_STEPS = 11_000;
/** Steps of a graph whose step nobody chose. */
const USUAL_STEPS = 120;
const NICE_STEPS_S = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** Adds `/api/metrics/query_range` and `/api/metrics/query`. Without a time range they are about the last hour. */
export function addMetricsRoutes(app: Hono, ports: TempoPorts): void {
  app.get("/api/metrics/query_range", async (c) => {
    const query = readQuery(c);
    const range = readRange(c, ports.now());
    const stepMs = Math.max(1, Math.round(readDuration(c, "step") ?? usualStepMs(range)));
    const steps = Math.ceil((range.endMs - range.startMs) / stepMs);
    if (steps > MOST_STEPS) {
      throw invalidParameter("step", `${steps} steps are more than ${MOST_STEPS}; ask for a longer step`);
    }
    const maxExemplars = readCount(c, "exemplars", EXEMPLARS);
    const series = await ask(c, ports, query, { ...range, stepMs, maxExemplars });
    return answer(c, series, query, ({ samples, exemplars }) => ({
      samples: samples.map(({ timestampMs, value }) => ({
        timestampMs: String(timestampMs),
        value: number(value),
      })),
      exemplars: exemplars.map(({ traceId, timestampMs, value }) => ({
        labels: [{ key: "trace:id", value: { stringValue: traceId } }],
        value: number(value),
        timestampMs: String(timestampMs),
      })),
    }));
  });
  app.get("/api/metrics/query", async (c) => {
    const query = readQuery(c);
    const range = readRange(c, ports.now());
    const stepMs = range.endMs - range.startMs;
    const series = await ask(c, ports, query, { ...range, stepMs, maxExemplars: 0 });
    return answer(c, series, query, ({ samples }) => ({ value: number(samples.at(-1)?.value ?? 0) }));
  });
}

function readQuery(c: Context): string {
  const query = (c.req.query("q") ?? c.req.query("query") ?? "").trim();
  if (query === "")
    throw new TempoError(400, "q is missing: a TraceQL metrics query, for instance { } | rate()");
  return query;
}

async function ask(
  c: Context,
  ports: TempoPorts,
  query: string,
  options: Omit<MetricsOptions, "signal">,
): Promise<readonly FoundSeries[]> {
  const found = await ports.metrics(query, { ...options, signal: c.req.raw.signal });
  if (found.kind === "invalid") throw unparsable(found.error);
  return found.series;
}

function answer(
  c: Context,
  series: readonly FoundSeries[],
  query: string,
  values: (series: FoundSeries) => object,
): Response {
  const body = series.map((one) => {
    const labels = one.labels.length > 0 ? one.labels : [nameLabel(query)];
    const texts = labels.map(({ key, value }) => `${JSON.stringify(key)}=${JSON.stringify(String(value))}`);
    return { labels: labels.map(labelJson), promLabels: `{${texts.join(", ")}}`, ...values(one) };
  });
  return jsonResponse(c, [JSON.stringify({ series: body, metrics: {} })]);
}

/** A series without labels is called after its function. */
function nameLabel(query: string) {
  const name = /\|\s*(\w+_over_time|rate)\s*\(/.exec(query)?.[1] ?? "value";
  return { key: "__name__", type: AttributeType.string, value: name };
}

/** JSON has no NaN and no infinities; Protocol Buffers' JSON names them. */
const number = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function usualStepMs({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): number {
  const leastS = (endMs - startMs) / 1_000 / USUAL_STEPS;
  return (NICE_STEPS_S.find((seconds) => seconds >= leastS) ?? Math.ceil(leastS)) * 1_000;
}
