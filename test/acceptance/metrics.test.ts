import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { OTLPMetricExporter as GrpcExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorld } from "./receivers.ts";
import type { World } from "./receivers.ts";
import { remoteWrite } from "./remote-write.ts";
import { eventually, startService } from "./service-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { sendTraces, spansNow, traceBody } from "./spans.ts";

/** One service for all: nothing here needs it to be new, and its first minute passes while others are at work. */
let world: World;
let service: ServiceProcess;
let target: Server;
let targetHost: string;

const SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-availability}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: shop-non-5xx}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: prometheus, spec: {query: 'sum(rate(shop_requests_total{code!~"5.."}[5m]))'}}}
        total: {metricSource: {type: prometheus, spec: {query: 'sum(rate(shop_requests_total[5m]))'}}}
  objectives: [{displayName: Available, target: 0.999}]
`;

/** Latency from a native histogram: the share of requests under 300 ms, evaluated every 30 s. */
const NATIVE_SPEC = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-native}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 1d, isRolling: true}]
  indicator:
    metadata: {name: shop-under-300ms}
    spec:
      ratioMetric:
        rawType: success
        raw: {metricSource: {type: prometheus, spec: {query: 'histogram_fraction(0, 0.3, sum(rate(shop_native_seconds[5m])))'}}}
  objectives: [{displayName: Fast, target: 0.5}]
`;

/** A real SDK's exponential histogram: three requests of 10 ms, and one of 10 s. */
async function sendNativeHistogram(url: string): Promise<void> {
  const exporter = new ProtobufExporter({ url });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ "service.name": "shop" }),
    readers: [reader],
    views: [{ instrumentName: "shop.native", aggregation }],
  });
  const histogram = provider.getMeter("test").createHistogram("shop.native", { unit: "s" });
  for (const seconds of [0.01, 0.01, 0.01, 10]) histogram.record(seconds);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await reader.forceFlush();
  await provider.shutdown();
}

beforeAll(async () => {
  world = await createWorld();
  target = createServer((_, response) => {
    response
      .setHeader("content-type", "text/plain; version=0.0.4")
      .end("# TYPE jobs_total counter\njobs_total 7\n");
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  targetHost = `127.0.0.1:${(target.address() as AddressInfo).port}`;
  const config = join(world.specs, "..", "noroshi.yaml");
  await writeFile(
    config,
    `scrape: {interval: 1s, timeout: 1s, jobs: [{name: batch, targets: ["${targetHost}"]}]}\n`,
  );
  await world.writeSpec("shop.yaml", `${SPEC}---\n${NATIVE_SPEC}`);
  service = await startService({
    dataDir: world.dataDir,
    specs: world.specs,
    env: { ...world.env, NOROSHI_CONFIG: config },
  });
  const status = await sendTraces(service.otlpUrl, traceBody(spansNow("payment", 200, 25)));
  if (status !== 200) throw new Error(`the spans were answered ${status}`);
  await sendNativeHistogram(`${service.otlpUrl}/v1/metrics`);
});

afterAll(async () => {
  await service?.kill();
  target.close();
  await world.close();
});

interface Vector {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
}

const query = async (url: string, promql: string): Promise<readonly Vector[]> => {
  const response = await fetch(`${url}/prometheus/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query: promql }),
  });
  const body = (await response.json()) as { status: string; error?: string; data: { result: Vector[] } };
  if (body.status !== "success") throw new Error(`${promql}: ${body.error}`);
  return body.data.result;
};

const valueOf = async (url: string, promql: string): Promise<number | undefined> => {
  const [first] = await query(url, promql);
  return first === undefined ? undefined : Number(first.value[1]);
};

const untilValue = (url: string, promql: string, expected: number): Promise<unknown> =>
  eventually(`${promql} is ${expected}`, 15_000, async () =>
    (await valueOf(url, promql)) === expected ? true : undefined,
  );

describe("metrics, end to end", () => {
  it("takes metrics from the real OpenTelemetry exporters: protobuf, JSON and gRPC, cumulative and delta", async () => {
    const { url, otlpUrl, otlpGrpcUrl } = service;
    const exporters: Record<
      string,
      (temporalityPreference: AggregationTemporalityPreference) => PushMetricExporter
    > = {
      protobuf: (temporalityPreference) =>
        new ProtobufExporter({ url: `${otlpUrl}/v1/metrics`, temporalityPreference }),
      json: (temporalityPreference) => new JsonExporter({ url: `${url}/v1/metrics`, temporalityPreference }),
      grpc: (temporalityPreference) => new GrpcExporter({ url: otlpGrpcUrl, temporalityPreference }),
    };
    for (const [name, make] of Object.entries(exporters)) {
      for (const temporality of [
        AggregationTemporalityPreference.CUMULATIVE,
        AggregationTemporalityPreference.DELTA,
      ]) {
        const job = `${name}-${temporality}`;
        const reader = new PeriodicExportingMetricReader({
          exporter: make(temporality),
          exportIntervalMillis: 3_600_000,
        });
        const provider = new MeterProvider({
          resource: resourceFromAttributes({
            "service.name": job,
            "service.instance.id": "one",
            "host.name": "h1",
          }),
          readers: [reader],
        });
        const meter = provider.getMeter("test");
        const requests = meter.createCounter("http.requests", {
          unit: "{request}",
          description: "Requests.",
        });
        const duration = meter.createHistogram("http.server.request.duration", {
          unit: "s",
          advice: { explicitBucketBoundaries: [0.1, 0.5, 1] },
        });
        const open = meter.createUpDownCounter("connections.open");
        for (let round = 0; round < 3; round += 1) {
          requests.add(5, { "http.route": "/pay" });
          duration.record(0.25, { "http.route": "/pay" });
          open.add(2);
          await new Promise((resolve) => setTimeout(resolve, 5));
          await reader.forceFlush();
        }
        await provider.shutdown();
        const of = `job="${job}"`;
        await untilValue(url, `http_requests_total{${of},http_route="/pay"}`, 15);
        await untilValue(url, `http_server_request_duration_seconds_bucket{${of},le="0.5"}`, 3);
        await untilValue(url, `http_server_request_duration_seconds_bucket{${of},le="0.1"}`, 0);
        await untilValue(url, `http_server_request_duration_seconds_sum{${of}}`, 0.75);
        await untilValue(url, `connections_open{${of}}`, 6);
        await untilValue(url, `target_info{${of},instance="one",host_name="h1"}`, 1);
      }
    }
  });

  it("answers what Grafana's Prometheus data source asks", async () => {
    const { url } = service;
    const nowMs = Date.now();
    const labels = { __name__: "grafana_test_total", job: "grafana" };
    expect(
      await remoteWrite(`${url}/prometheus/api/v1/write`, [
        {
          labels,
          samples: [
            [nowMs - 30_000, 1],
            [nowMs - 15_000, 2],
            [nowMs, 4],
          ],
        },
      ]),
    ).toBe(204);
    const at = String(nowMs / 1_000);
    const get = async (path: string): Promise<Record<string, unknown>> => {
      const response = await fetch(`${url}/prometheus/api/v1/${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      return (await response.json()) as Record<string, unknown>;
    };
    const post = async (path: string, form: Record<string, string>): Promise<Record<string, unknown>> => {
      const response = await fetch(`${url}/prometheus/api/v1/${path}`, {
        method: "POST",
        body: new URLSearchParams(form),
      });
      expect([path, response.status]).toEqual([path, 200]);
      return (await response.json()) as Record<string, unknown>;
    };
    expect(await post("query", { query: "1+1", time: "4" })).toEqual({
      status: "success",
      data: { resultType: "scalar", result: [4, "2"] },
    });
    const build = await get("status/buildinfo");
    expect(build).toMatchObject({
      status: "success",
      data: { version: expect.stringMatching(/^\d/) as string },
    });
    expect(build["data"] as object).not.toHaveProperty("features");
    expect(
      await post("query_range", { query: "grafana_test_total", start: at, end: at, step: "15" }),
    ).toEqual({
      status: "success",
      data: { resultType: "matrix", result: [{ metric: labels, values: [[nowMs / 1_000, "4"]] }] },
    });
    expect(await post("series", { "match[]": "grafana_test_total", start: at, end: at })).toEqual({
      status: "success",
      data: [labels],
    });
    expect(await post("labels", { "match[]": "grafana_test_total" })).toEqual({
      status: "success",
      data: ["__name__", "job"],
    });
    expect(await get(`label/job/values?match[]=grafana_test_total`)).toEqual({
      status: "success",
      data: ["grafana"],
    });
    expect(await get("metadata")).toMatchObject({ status: "success", data: {} });
    expect(await post("query_exemplars", { query: "grafana_test_total", start: at, end: at })).toEqual({
      status: "success",
      data: [],
    });
    expect(await get("rules")).toMatchObject({
      status: "success",
      data: { groups: [{ name: "shop-availability" }, { name: "shop-native" }] },
    });
    expect(await get("alerts")).toMatchObject({ status: "success", data: { alerts: [] } });
  });

  it("pages for an SLO on metrics that burns", { timeout: 120_000 }, async () => {
    const { url } = service;
    const count = { good: 1_000, bad: 0 };
    const write = (atMs: number): Promise<number> =>
      remoteWrite(`${url}/prometheus/api/v1/write`, [
        { labels: { __name__: "shop_requests_total", code: "200" }, samples: [[atMs, count.good]] },
        { labels: { __name__: "shop_requests_total", code: "503" }, samples: [[atMs, count.bad]] },
      ]);
    const nowMs = Date.now();
    expect(await write(nowMs - 20_000)).toBe(204);
    count.good += 500;
    count.bad += 500;
    expect(await write(nowMs - 10_000)).toBe(204);
    await eventually("PagerDuty is called", 20_000, () =>
      world.pagerduty.requests.some(({ body }) => body.includes("shop-availability")) ? true : undefined,
    );
    const slo = (await (await fetch(`${url}/api/v1/slos/shop-availability`)).json()) as {
      budget: { totalEvents: number; badEvents: number };
    };
    expect([slo.budget.totalEvents, slo.budget.badEvents]).toEqual([1_000, 500]);
    const alerts = (await (await fetch(`${url}/prometheus/api/v1/alerts`)).json()) as {
      data: { alerts: { labels: Record<string, string>; state: string }[] };
    };
    expect(
      alerts.data.alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels["slo"]),
    ).toContain("shop-availability");
  });

  it("scrapes targets, says when one is down, and ends its series", { timeout: 90_000 }, async () => {
    const { url } = service;
    await untilValue(url, 'up{job="batch"}', 1);
    await untilValue(url, `jobs_total{instance="${targetHost}"}`, 7);
    await new Promise<void>((resolve) => {
      target.close(() => resolve());
      target.closeAllConnections();
    });
    await untilValue(url, 'up{job="batch"}', 0);
    await eventually("the series ends at once", 5_000, async () =>
      (await query(url, "jobs_total")).length === 0 ? true : undefined,
    );
  });

  it("records span metrics and the service graph for dashboards", { timeout: 120_000 }, async () => {
    const { url } = service;
    await eventually("the calls are a metric", 80_000, async () =>
      (await valueOf(url, 'sum(traces_spanmetrics_calls_total{service="payment"})')) === 25
        ? true
        : undefined,
    );
  });

  it("keeps an SLO on a native histogram, evaluated as time goes by", { timeout: 90_000 }, async () => {
    const slo = await eventually("a tick is evaluated", 60_000, async () => {
      const body = (await (await fetch(`${service.url}/api/v1/slos/shop-native`)).json()) as {
        sli: number | null;
        budget: { totalEvents: number };
      };
      return body.budget.totalEvents > 0 ? body : undefined;
    });
    expect(slo.sli).toBeCloseTo(0.75, 9);
  });
});
