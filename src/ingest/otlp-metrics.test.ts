import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { serve, type ServerType } from "@hono/node-server";
import { OTLPMetricExporter as GrpcExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it } from "vitest";
import { labelsText } from "../model/labels.ts";
import type { SampleBatch } from "../model/sample-batch.ts";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { createAccumulator } from "./accumulate-samples.ts";
import { createAdmission } from "./admission.ts";
import { createGroupCommitter } from "./commit-group.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createGroupIds } from "./group-id.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createOtlpRoutes } from "./otlp-routes.ts";
import { startGrpcServer } from "./otlp/grpc-server.ts";
import { DEFAULT_METRIC_LIMITS } from "./otlp/metric-limits.ts";
import { metricsToProtobuf } from "./otlp/sample-metrics-protobuf.ts";
import { SAMPLE_MS, sampleMetrics, samplePoint } from "./otlp/sample-metrics.ts";
import { toJson } from "./otlp/sample-request.ts";
import { DEFAULT_SPAN_LIMITS } from "./otlp/span-limits.ts";
import { createRecentBodies } from "./recent-bodies.ts";
import { DEFAULT_SERIES_LIMITS } from "./series-limits.ts";
import { createSeriesTable } from "./series-table.ts";
import { createTakeMetrics } from "./take-metrics.ts";
import { createTakeTraces } from "./take-traces.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function setUp(present: () => number = () => SAMPLE_MS) {
  const store = createMemoryStore(() => ({ deltas: [], touched: [] }));
  const series = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  store.ports.accumulate = createAccumulator({ series, writtenUntilMs: 0 });
  const now = () => timestampMs(present());
  const committer = createGroupCommitter({ ports: store.ports, now, log: SILENT_LOG, backOffMs: [] });
  const groups = createGroupCommit({
    ...committer,
    groupIds: createGroupIds(0n, () => 0n),
    recentBodies: createRecentBodies(1_000),
    now,
    log: SILENT_LOG,
    timing: { idleWaitMs: 1, maxWaitMs: 5 },
  });
  const { submit } = groups;
  const admission = createAdmission({
    maxBytesInFlight: 10_000_000,
    maxQueuedGroups: 4,
    queuedGroups: groups.queuedGroups,
  });
  const take = {
    traces: createTakeTraces({ submit, spanLimits: DEFAULT_SPAN_LIMITS, now }),
    metrics: createTakeMetrics({
      promoteScope: true,
      submit,
      series,
      metricLimits: DEFAULT_METRIC_LIMITS,
      now,
    }),
  };
  const app = createOtlpRoutes({
    take,
    admission,
    bodyLimits: { compressedBytes: 1_000_000, bytes: 2_000_000, timeoutMs: 10_000 },
    log: SILENT_LOG,
  });
  const listenHttp = async (): Promise<string> => {
    const server: ServerType = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    closers.push(() => server.close());
    while (server.address() === null) await sleep(1);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
  };
  const listenGrpc = async (): Promise<string> => {
    const server = await startGrpcServer(
      { host: "127.0.0.1", port: 0 },
      {
        take: (signal, bytes) => take[signal](bytes, "protobuf"),
        admission,
        maxMessageBytes: 1_000_000,
        refuse: () => undefined,
        failed: () => {},
      },
    );
    closers.push(() => server.close(1_000));
    return `http://127.0.0.1:${server.port}`;
  };
  const batches = (): SampleBatch[] => [...store.samples.values()].flat();
  /** Values by time of each series, as text. */
  const stored = (): Map<string, Map<number, number>> => {
    const all = new Map<string, Map<number, number>>();
    for (const { floats, table } of batches()) {
      expect([floats.startsMs, floats.isDelta]).toEqual([undefined, undefined]);
      for (let i = 0; i < floats.count; i += 1) {
        const name = labelsText(table.labels(floats.series[i]!));
        const samples = all.get(name) ?? new Map<number, number>();
        samples.set(floats.timesMs[i]!, floats.values[i]!);
        all.set(name, samples);
      }
    }
    return all;
  };
  const post = (body: Uint8Array | string, headers: Record<string, string> = {}, path = "/v1/metrics") =>
    app.request(path, {
      method: "POST",
      body: new Uint8Array(Buffer.from(body)),
      headers: { "content-type": "application/x-protobuf", ...headers },
    });
  return { store, post, stored, batches, listenHttp, listenGrpc };
}

const REQUEST = sampleMetrics([
  {
    name: "requests",
    unit: "",
    description: "",
    sum: {
      aggregationTemporality: 1,
      isMonotonic: true,
      dataPoints: [
        { ...samplePoint({ code: "200" }), asInt: 5n },
        { ...samplePoint(), timeUnixNano: 0n, asInt: 1n },
      ],
    },
  },
]);
const SERIES = 'requests_total{code="200", instance="a1", job="checkout"}';

describe("POST /v1/metrics", () => {
  it.each([
    ["/v1/metrics", "application/x-protobuf"],
    ["/v1/metrics/", "application/json"],
    ["/prometheus/api/v1/otlp/v1/metrics", "application/x-protobuf"],
  ])("at %s in %s stores what is valid and reports what is not", async (path, type) => {
    const { post, stored } = setUp();
    const isJson = type === "application/json";
    const body = gzipSync(isJson ? toJson(REQUEST) : metricsToProtobuf(REQUEST));
    const response = await post(body, { "content-type": type, "content-encoding": "gzip" }, path);
    const errorMessage = "1 data point rejected: 1 × time_unix_nano is 0";
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    if (isJson) {
      expect(await response.json()).toEqual({ partialSuccess: { rejectedDataPoints: "1", errorMessage } });
    } else {
      const answer = Buffer.from(await response.arrayBuffer());
      expect([answer[0], answer[2], answer[3], answer[4]]).toEqual([0x0a, 0x08, 1, 0x12]);
      expect(answer.toString("utf8", 6)).toBe(errorMessage);
    }
    expect(stored().get(SERIES)).toEqual(
      new Map([
        [SAMPLE_MS, 5],
        [SAMPLE_MS - 59_999, 0],
      ]),
    );
  });

  it("counts deltas once, however often their body comes, and again after a failure", async () => {
    const { post, stored, store } = setUp();
    const body = metricsToProtobuf(REQUEST);
    store.faults.insertIngestGroup = ["fail"];
    const failed = await post(body);
    expect([failed.status, failed.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await failed.text()).toContain("the data points could not be stored");
    const answers = await Promise.all([post(body), post(body)]);
    expect([...answers, await post(body)].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(stored().get(SERIES)!.get(SAMPLE_MS)).toBe(5);
  });

  it("answers 400, 405, 413 and 415 as for traces", async () => {
    const { post } = setUp();
    const malformed = await post('{"resourceMetrics":5}', { "content-type": "application/json" });
    expect([malformed.status, await malformed.json()]).toEqual([
      400,
      { code: 3, message: "resourceMetrics: an array is needed" },
    ]);
    expect((await post(new Uint8Array(1_000_001))).status).toBe(413);
    expect((await post("x", { "content-type": "text/plain" })).status).toBe(415);
    expect((await post("")).status).toBe(200);
  });
});

const { CUMULATIVE, DELTA } = AggregationTemporalityPreference;

describe.each([
  ["protobuf over HTTP", ProtobufExporter, "http"],
  ["JSON over HTTP", JsonExporter, "http"],
  ["gRPC", GrpcExporter, "grpc"],
] as const)("the OpenTelemetry SDK's exporter for %s", (_, Exporter, transport) => {
  it.each([
    ["cumulative", CUMULATIVE],
    ["delta", DELTA],
  ] as const)("delivers every kind of metric with %s temporality", async (__, temporalityPreference) => {
    const { listenHttp, listenGrpc, stored, batches } = setUp(Date.now);
    const url = transport === "http" ? await listenHttp() : await listenGrpc();
    const reader = new PeriodicExportingMetricReader({
      exporter: new Exporter({ url, temporalityPreference }),
      exportIntervalMillis: 3_600_000,
    });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({
        "service.name": "pay",
        "service.instance.id": "i1",
        "host.name": "h",
      }),
      readers: [reader],
      views: [
        { instrumentName: "native", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
        {
          instrumentName: "latency",
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0.1, 1] } },
        },
      ],
    });
    const meter = provider.getMeter("lib", "1.0");
    const counter = meter.createCounter("http.requests", { unit: "{request}" });
    const updown = meter.createUpDownCounter("active");
    const latency = meter.createHistogram("latency", { unit: "s" });
    const native = meter.createHistogram("native", { unit: "s" });
    meter.createObservableGauge("load", { unit: "1" }).addCallback((result) => result.observe(0.5));
    for (const round of [1, 2]) {
      counter.add(round * 10, { code: 200 });
      updown.add(round === 1 ? 7 : -3);
      for (const value of [0.05, 0.5, 5]) latency.record(value);
      for (const value of [1, 2, 0]) native.record(value);
      // A start and an export within one millisecond, or two exports, would be two values for one time.
      await sleep(5);
      await provider.forceFlush();
    }
    const id = 'instance="i1", job="pay"';
    const scope = 'otel_scope_name="lib", otel_scope_version="1.0"';
    const values = (name: string, extra = "", more = ""): (number | undefined)[] => {
      const series = stored().get(`${name}{${extra}${id}${more}, ${scope}}`) ?? new Map<number, number>();
      return [...series].sort(([a], [b]) => a - b).map(([, value]) => value);
    };
    expect(values("http_requests_total", 'code="200", ')).toEqual([0, 10, 30]);
    expect(values("active")).toEqual([7, 4]);
    expect(values("load_ratio")).toEqual([0.5, 0.5]);
    expect(values("latency_seconds_count")).toEqual([0, 3, 6]);
    expect(values("latency_seconds_sum")).toEqual([0, 5.55, 11.1]);
    expect(values("latency_seconds_bucket", "", ', le="0.1"')).toEqual([0, 1, 2]);
    expect(values("latency_seconds_bucket", "", ', le="1"')).toEqual([0, 2, 4]);
    expect(values("latency_seconds_bucket", "", ', le="+Inf"')).toEqual([0, 3, 6]);
    expect([...stored().get(`target_info{host_name="h", ${id}}`)!.values()]).toEqual([1, 1]);
    const histograms = batches().flatMap((batch) => batch.histograms);
    expect(histograms.map(({ histogram }) => [histogram!.count, histogram!.zeroCount])).toEqual([
      [0, 0],
      [3, 1],
      [6, 2],
    ]);
    const last = histograms.at(-1)!.histogram!;
    expect([last.schema <= 8, last.positive.counts.reduce((sum, count) => sum + count, 0)]).toEqual([
      true,
      4,
    ]);
    expect(last.positive.indexes.at(-1)! - last.positive.indexes[0]!).toBe(2 ** last.schema);
    await provider.shutdown();
  });
});
