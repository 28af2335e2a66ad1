import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp, type App } from "../app.ts";
import { loadConfig } from "../config.ts";
import { HOUR_MS, MINUTE_MS, timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { runInit, type InitOptions } from "./init.ts";

/** A whole service in this process, with what three services sent it. */
let app: App;
let url: string;
let root: string;
let specs: string;
const STARTED_MS = Date.now();
const NOW_MS = Math.floor(STARTED_MS / MINUTE_MS) * MINUTE_MS;

type Attributes = Readonly<Record<string, string | number>>;
const attributes = (values: Attributes) =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));

interface Sent {
  readonly attributes: Attributes;
  readonly durationMs: number;
  readonly kind?: number;
  readonly isError?: boolean;
}

/** Spans of a service over the last two hours. */
async function sendSpans(service: string, count: number, spanOf: (i: number) => Sent): Promise<void> {
  const spans = Array.from({ length: count }, (_, i) => {
    const span = spanOf(i);
    const endMs = NOW_MS - MINUTE_MS - Math.floor((i / count) * 2 * HOUR_MS);
    return {
      traceId: randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      name: "work",
      kind: span.kind ?? 2,
      startTimeUnixNano: String(BigInt(Math.round((endMs - span.durationMs) * 1e3)) * 1_000n),
      endTimeUnixNano: String(BigInt(endMs) * 1_000_000n),
      attributes: attributes(span.attributes),
      status: span.isError === true ? { code: 2 } : {},
    };
  });
  const resource = { attributes: attributes({ "service.name": service }) };
  await post("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

/** A histogram of requests, a gauge of lag and a time of the last success: every minute of the last two hours. */
async function sendMetrics(service: string): Promise<void> {
  const resource = {
    attributes: attributes({
      "service.name": service,
      "service.namespace": "shop",
      "service.instance.id": "1",
    }),
  };
  const startMs = NOW_MS - 2 * HOUR_MS;
  const minutes = Array.from({ length: 120 }, (_, i) => i + 1);
  const nano = (ms: number): string => String(BigInt(ms) * 1_000_000n);
  const point = (minute: number, status: number, perMinute: number) => ({
    startTimeUnixNano: nano(startMs),
    timeUnixNano: nano(startMs + minute * MINUTE_MS),
    count: String(perMinute * minute),
    sum: 1,
    explicitBounds: [0.1, 0.25, 1],
    // Of a thousand 900 within 0.1 s, 997 within 0.25 s, the others within 1 s.
    bucketCounts: [0.9, 0.097, 0.003, 0].map((share) => String(Math.round(share * perMinute * minute))),
    attributes: attributes({ "http.request.method": "GET", "http.response.status_code": status }),
  });
  const gauge = (value: (minute: number) => number, labels: Attributes) => ({
    dataPoints: minutes.map((minute) => ({
      timeUnixNano: nano(startMs + minute * MINUTE_MS),
      asDouble: value(minute),
      attributes: attributes(labels),
    })),
  });
  const metrics = [
    {
      name: "http.server.request.duration",
      unit: "s",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: minutes.flatMap((minute) => [point(minute, 200, 1_000), point(minute, 503, 2)]),
      },
    },
    { name: "kafka.consumer.records.lag", gauge: gauge(() => 73, { topic: "orders", partition: "0" }) },
    {
      name: "report_last_success_timestamp",
      unit: "s",
      // It runs every ten minutes.
      gauge: gauge((minute) => (startMs + Math.floor(minute / 10) * 10 * MINUTE_MS) / 1_000, {}),
    },
  ];
  await post("/v1/metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await response.text()).toBe("{}");
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "noroshi-init-"));
  specs = join(root, "slo-specs");
  const loaded = loadConfig({
    NOROSHI_LISTEN: "127.0.0.1:0",
    NOROSHI_OTLP_HTTP_LISTEN: "off",
    NOROSHI_OTLP_GRPC_LISTEN: "off",
    NOROSHI_DATA_DIR: join(root, "data"),
    NOROSHI_SPECS: root,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  app = createApp({
    config: loaded.config,
    log: SILENT_LOG,
    version: "0",
    // Always as far after the minute: increases are extrapolated to the second.
    now: () => timestampMs(NOW_MS + 1_000 + (Date.now() - STARTED_MS)),
  });
  ({ url } = await app.start());
});
afterAll(async () => {
  await app.stop();
  await rm(root, { recursive: true, force: true });
});

async function run(service: string, changes: Partial<InitOptions> = {}) {
  let out = "";
  let err = "";
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    isTerminal: false,
  };
  const code = await runInit(service, { server: url, since: "1d", out: specs, ...changes }, io);
  return { code, out, err: err.replaceAll(root, "").replaceAll(url, "http://server") };
}

/** Days pass, and what is asked of counters is extrapolated to the edges of the time. */
function steady(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d/g, "DAY")
    .replaceAll(/12\d,\d{3}/g, "12x,xxx")
    .replaceAll(/\b24\d ended/g, "24x ended")
    .replaceAll(/\b(199|20[01]) %/g, "200 %");
}

describe("noroshi init", () => {
  it("says how to send the first telemetry where there is none", async () => {
    const { code, out, err } = await run("payment");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatchInlineSnapshot(`
      "noroshi init: no telemetry at all came in the last 1d. Any OpenTelemetry SDK sends it; of a service in Node.js:

        npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
        export OTEL_SERVICE_NAME=payment
        export OTEL_EXPORTER_OTLP_ENDPOINT=http://server
        node --require @opentelemetry/auto-instrumentations-node/register app.js

      Where the server has API keys, also
        export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer <a key with the scope ingest>"

      Then call the service a few times, and run this command again.
      "
    `);
  });

  it("proposes what the spans kept, writes it, and it runs", async () => {
    await sendSpans("payment", 4_000, (i) => ({
      attributes: {
        "http.request.method": "POST",
        "http.route": i % 4 === 0 ? "/refunds" : "/payments",
        "http.response.status_code": i % 2_000 === 7 ? 503 : 200,
      },
      // 99.8 % within 200 ms.
      durationMs: i % 500 === 3 ? 900 : 40 + (i % 150),
    }));
    await sendSpans("payment", 1_000, (i) => ({
      attributes: { "rpc.system": "grpc", "rpc.grpc.status_code": i % 500 === 0 ? 14 : i % 10 === 1 ? 5 : 0 },
      durationMs: 10,
    }));
    await sendSpans("payment", 300, () => ({ attributes: {}, durationMs: 5, kind: 5 }));
    const { code, out, err } = await run("payment");
    expect(steady(err)).toMatchInlineSnapshot(`
      "payment  DAY to DAY
        4,000 HTTP requests, 0.05 % bad, p50 114ms, p95 182ms, p99 188ms  (spans)
        1,000 gRPC calls, 0.2 % bad, p50 10ms, p95 10ms, p99 10ms  (spans)
        spans: 5,000 server, 300 consumer

        payment-availability       99.5 %             was 99.95 %  10 % of the budget spent
        payment-latency            99 % within 200ms  was 99.8 %   20 % of the budget spent
        payment-grpc-availability  99.5 %             was 99.8 %   40 % of the budget spent
        payment-processing         99 %               was 100 %    0 % of the budget spent

      wrote /slo-specs/payment.yaml (4 SLOs)

      next: noroshi validate /slo-specs
      The service loads it from its NOROSHI_SPECS.
      "
    `);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    const text = await readFile(join(specs, "payment.yaml"), "utf8");
    expect(steady(text)).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=./.openslo.schema.json
      # Proposed by \`noroshi init\` from what payment sent from DAY to DAY.
      # The file is yours: a target is a promise, and these are only what was kept in that time.
      # One route by itself: add noroshi.dev/preset-route. The most used: /payments, /refunds

      # Of 4,000 requests 2 ended in a 5xx, or without an answer (0.05 %).
      # At 99.5 % that would have spent 10 % of the budget; for 99.9 % it was too little traffic to tell.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: payment-availability
        displayName: payment answers
        annotations:
          noroshi.dev/preset: http-availability
      spec:
        description: Requests that do not end in a 5xx
        service: payment
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Available
            target: 0.995
      ---
      # Half of the requests take 114ms, 95 % at most 182ms, 99 % at most 188ms.
      # 99.8 % of 4,000 took at most 200ms.
      # At 99 % that would have spent 20 % of the budget; higher targets are better sought with a longer threshold.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: payment-latency
        displayName: payment answers in time
        annotations:
          noroshi.dev/preset: http-latency
          noroshi.dev/preset-threshold: 200ms
      spec:
        description: Requests that take at most 200ms, failed ones included
        service: payment
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Within 200ms
            target: 0.99
      ---
      # Of 1,000 calls 2 ended in a fault of the server (0.2 %).
      # At 99.5 % that would have spent 40 % of the budget; for 99.9 % it was too little traffic to tell.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: payment-grpc-availability
        displayName: payment answers gRPC
        annotations:
          noroshi.dev/preset: grpc-availability
      spec:
        description: gRPC calls that do not end in a fault of the server
        service: payment
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Available
            target: 0.995
      ---
      # Of 300 spans of kind consumer 0 had status error.
      # At 99 % that would have spent 0 % of the budget; for 99.5 % it was too little traffic to tell.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: payment-processing
        displayName: payment processes its messages
      spec:
        description: Spans of kind consumer that are no errors
        service: payment
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        indicator:
          metadata:
            name: payment-processing
          spec:
            ratioMetric:
              counter: true
              bad:
                metricSource:
                  type: traces
                  spec:
                    query: "{ status = error }"
              total:
                metricSource:
                  type: traces
                  spec:
                    query: '{ resource.service.name = "payment" && kind = consumer }'
        objectives:
          - displayName: Sound
            target: 0.99
      "
    `);
    expect((await readdir(specs)).sort()).toEqual([".openslo.schema.json", "payment.yaml"]);
    expect(loadSpecs([{ path: "payment.yaml", text }]).diagnostics).toEqual([]);
    await expect.poll(budgets, { timeout: 20_000, interval: 200 }).toEqual({
      "payment-availability": 0.9995,
      "payment-latency": 0.998,
      "payment-grpc-availability": 0.998,
      "payment-processing": 1,
    });
  });

  /** The SLI of every SLO that has one. */
  async function budgets(): Promise<Readonly<Record<string, number | null>>> {
    const response = await fetch(`${url}/api/v1/slos`);
    const { slos } = (await response.json()) as { slos: { name: string; sli: number | null }[] };
    return Object.fromEntries(slos.map(({ name, sli }) => [name, sli]));
  }

  it("overwrites nothing that is there, unless it is told to", async () => {
    const again = await run("payment");
    expect(again.code).toBe(2);
    expect(again.err).toContain("/slo-specs/payment.yaml is there already; --dry-run shows the proposal");
    expect((await run("payment", { force: true })).code).toBe(0);
  });

  it("proposes what metrics kept, at a boundary of the histogram, with lag and freshness", async () => {
    await sendMetrics("report");
    const { code, out, err } = await run("report", { dryRun: true });
    expect(steady(err)).toMatchInlineSnapshot(`
      "report  DAY to DAY
        12x,xxx HTTP requests, 0.2 % bad  (http_server_request_duration_seconds)
        metrics: 5 names

        report-availability  99.5 %                    was 99.8 %  40 % of the budget spent
        report-latency       99 % within 250ms         was 99.7 %  30 % of the budget spent
        report-consumer-lag  99 % within 100 messages  was 100 %   0 % of the budget spent
        report-freshness     99 % within 10m           was 100 %   0 % of the budget spent

      "
    `);
    expect(code).toBe(0);
    expect(steady(out)).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=./.openslo.schema.json
      # Proposed by \`noroshi init\` from what report sent from DAY to DAY.
      # The file is yours: a target is a promise, and these are only what was kept in that time.

      # Of 12x,xxx requests 24x ended in a 5xx (0.2 %).
      # At 99.5 % that would have spent 40 % of the budget, at 99.9 % 200 %.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: report-availability
        displayName: report answers
        annotations:
          noroshi.dev/preset: http-availability
          noroshi.dev/preset-source: metrics
      spec:
        description: Requests that do not end in a 5xx
        service: report
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Available
            target: 0.995
      ---
      # 99.7 % of 12x,xxx took at most 250ms.
      # 250ms is a bucket's boundary of the histogram.
      # At 99 % that would have spent 30 % of the budget; higher targets are better sought with a longer threshold.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: report-latency
        displayName: report answers in time
        annotations:
          noroshi.dev/preset: http-latency
          noroshi.dev/preset-threshold: 250ms
          noroshi.dev/preset-source: metrics
      spec:
        description: Requests that take at most 250ms, failed ones included
        service: report
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Within 250ms
            target: 0.99
      ---
      # 100 % of the time it was within 100 messages.
      # At 99 % that would have spent 0 % of the budget; higher targets are better sought with a longer threshold.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: report-consumer-lag
        displayName: report keeps up
        annotations:
          noroshi.dev/preset: consumer-lag
          noroshi.dev/preset-metric: kafka_consumer_records_lag
          noroshi.dev/preset-threshold: "100"
      spec:
        description: Partitions that are at most 100 messages behind
        service: report
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Up to date
            target: 0.99
      ---
      # 100 % of the time it was within 10m.
      # At 99 % that would have spent 0 % of the budget; higher targets are better sought with a longer threshold.
      apiVersion: openslo/v1
      kind: SLO
      metadata:
        name: report-freshness
        displayName: report is up to date
        annotations:
          noroshi.dev/preset: freshness
          noroshi.dev/preset-metric: report_last_success_timestamp_seconds
          noroshi.dev/preset-max-age: 10m
      spec:
        description: Times at which the newest result is at most 10m old
        service: report
        budgetingMethod: Occurrences
        timeWindow:
          - duration: 30d
            isRolling: true
        objectives:
          - displayName: Up to date
            target: 0.99
      "
    `);
    expect(loadSpecs([{ path: "report.yaml", text: out }]).diagnostics).toEqual([]);
  });

  it("knows the services that were seen, and which was meant", async () => {
    const { code, err } = await run("paymnt");
    expect(code).toBe(2);
    expect(err).toMatchInlineSnapshot(`
      "noroshi init: no telemetry of "paymnt" came in the last 1d: did you mean "payment"?
      services that were seen: payment, report
      "
    `);
  });

  it("passes over what another file has already, and exits 1 where nothing is left", async () => {
    const other = (await readFile(join(specs, "payment.yaml"), "utf8"))
      .split("---\n")[0]!
      .replace("payment-availability", "report-availability");
    await writeFile(join(specs, "other.yaml"), other);
    const { code, out, err } = await run("report", { dryRun: true });
    expect(code).toBe(0);
    expect(err).toContain("no report-availability: /slo-specs/other.yaml has an SLO of this name already");
    expect(out).not.toContain("name: report-availability");
    await sendSpans("batch", 5, () => ({ attributes: {}, durationMs: 1, kind: 5 }));
    const few = await run("batch");
    expect(few.code).toBe(1);
    expect(few.err).toContain("no processing: 5 messages are too few to tell");
    expect(few.err).toContain("nothing to propose");
  });

  it("exits 2 where the server cannot be reached", async () => {
    const { code, err } = await run("payment", { server: "http://127.0.0.1:9" });
    expect(code).toBe(2);
    expect(err).toContain("could not run: http://127.0.0.1:9 cannot be reached");
  });
});
