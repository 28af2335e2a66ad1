import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { traceBody } from "../../src/api/trace-body.ts";
import { decodeTracesProtobuf } from "../../src/ingest/otlp/decode-traces-protobuf.ts";
import { DEFAULT_SPAN_LIMITS } from "../../src/ingest/otlp/span-limits.ts";
import { type Attributes, AttributeType } from "../../src/model/attributes.ts";
import type { SpanBatch } from "../../src/model/span-batch.ts";
import { timestampMs } from "../../src/model/time.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { readTrace } from "../../src/store/clickhouse/read-trace.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import { wireTempo } from "../../src/wire/tempo.ts";
import { arbitraryBatch } from "./arbitrary-spans.ts";
import { sampleAttributes, sampleSpans } from "./sample-spans.ts";
import { sendSdkTrace, type SentTrace } from "./sdk-trace.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();

let folder: string;
let clickhouse: ClickHouse;
let tempo: Hono;
let sent: SentTrace;
let lastGroup = 0n;

const store = async (...batches: SpanBatch[]): Promise<void> => {
  lastGroup += 1n;
  await insertSpans(clickhouse, { groupId: lastGroup, writer: 1n, batches });
};

/** As OTLP's decoder gives them. */
const decode = (body: Uint8Array): SpanBatch => {
  const decoded = decodeTracesProtobuf(body, timestampMs(Date.now()), DEFAULT_SPAN_LIMITS);
  if (decoded.kind !== "decoded") throw new Error(JSON.stringify(decoded));
  return decoded.batch;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-traces-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir: folder, log: SILENT_LOG });
  await migrateClickHouse(clickhouse, {
    retention: { spansMs: 30 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS },
  });
  tempo = wireTempo({
    clickhouse,
    now: () => timestampMs(Date.now()),
    log: SILENT_LOG,
    isReady: () => true,
    version: "test",
  });
  sent = await sendSdkTrace();
  await store(...sent.bodies.map(decode));
}, 60_000);
afterAll(async () => {
  await clickhouse.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a stored trace", () => {
  it("has everything that the SDK sent", async () => {
    const found = await readTrace(clickhouse, sent.traceId);
    const body = traceBody(found!.spans, found!.isTruncated);
    expect(body).toMatchObject({ traceId: sent.traceId, truncated: false });
    const span = (id: string) => body.spans.find(({ spanId }) => spanId === id)!;
    const root = span(sent.ids.root);
    expect(root).toMatchObject({
      name: "GET /cart",
      service: "shop",
      kind: "server",
      parentSpanId: null,
      status: "unset",
    });
    expect(root.attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      { key: "cached", type: "bool", value: false },
      { key: "http.response.status_code", type: "int", value: 500 },
      { key: "http.route", type: "string", value: "/cart" },
      { key: "ratio", type: "double", value: 0.25 },
      {
        key: "tags",
        type: "json",
        value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } },
      },
    ]);
    const charge = span(sent.ids.charge);
    expect(charge).toMatchObject({
      parentSpanId: sent.ids.call,
      status: "error",
      statusMessage: "declined",
      links: [
        {
          traceId: sent.traceId,
          spanId: sent.ids.root,
          attributes: [{ key: "link.why", type: "string", value: "retry" }],
        },
      ],
    });
    expect(charge.events.map(({ name }) => name)).toEqual(["exception", "retry"]);
    expect(charge.events[0]?.attributes).toContainEqual({
      key: "exception.message",
      type: "string",
      value: "card has expired",
    });
    expect(charge.events[1]?.attributes).toEqual([{ key: "attempt", type: "int", value: 2 }]);
    expect(body.resources[root.resource]?.attributes).toContainEqual({
      key: "host.cpus",
      type: "int",
      value: 4,
    });
    expect(body.scopes[root.scope]).toEqual({
      name: "web",
      version: "2.0",
      schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
      attributes: [],
    });
    expect(BigInt(root.endUnixNano) - BigInt(root.startUnixNano)).toBe(BigInt(root.durationNanos));
  });

  it("comes back as it was sent, attributes of a span by type", async () => {
    const traceId = "ab".repeat(16);
    const byType = ({ keys, types, values }: Attributes) =>
      keys
        .map((key, i) => [types[i]!, key, String(values[i]), Object.is(values[i], -0)] as const)
        .toSorted((a, b) => a[0] - b[0]);
    const batches = fc.sample(arbitraryBatch(fc.constant(NOW_MS - 5_000), { minLength: 20, maxLength: 40 }), {
      numRuns: 3,
      seed: 7,
    });
    let at = 0;
    const sentSpans = new Map<string, { readonly batch: SpanBatch; readonly row: number }>();
    const alike = batches.map((batch) => {
      const spanIds = new Uint8Array(batch.count * 8);
      for (let row = 0; row < batch.count; row += 1) {
        at += 1;
        Buffer.from(spanIds.buffer).writeUInt32BE(at, row * 8 + 4);
        sentSpans.set(at.toString(16).padStart(16, "0"), { batch, row });
      }
      const traceIds = new Uint8Array(batch.count * 16).fill(0xab);
      return { ...batch, spanIds, traceIds };
    });
    await store(...alike);
    const found = await readTrace(clickhouse, traceId);
    expect(found!.spans.length).toBe(at);
    for (const span of found!.spans) {
      const { batch, row } = sentSpans.get(span.spanId)!;
      expect(byType(span.attributes)).toEqual(byType(batch.attributes[row]!));
      expect(byType(span.resource.attributes)).toEqual(
        byType(batch.resources[batch.resource[row]!]!.attributes),
      );
      expect(span.name).toBe(batch.name[row]);
      expect(span.statusMessage).toBe(batch.statusMessage[row]);
      expect(span.startUnixNano).toBe(batch.startUnixNano[row]);
    }
    const starts = found!.spans.map(({ startUnixNano, spanId }) => `${startUnixNano} ${spanId}`);
    expect(starts).toEqual(starts.toSorted());
  });

  it("has a span that was sent twice once, and is found in time or out of it", async () => {
    const traceId = `00000000000000000123456789abcdef`;
    const oldMs = NOW_MS - 9 * DAY_MS;
    const spans = [
      { traceId, spanId: "00000000000000a1", name: "early", endMs: oldMs, service: "a" },
      { traceId, spanId: "00000000000000a2", name: "late", endMs: oldMs + 2 * DAY_MS, service: "b" },
    ];
    await store(sampleSpans(spans));
    await store(sampleSpans(spans.slice(0, 1)));
    const names = async (hint?: { startMs?: number; endMs?: number }) =>
      (await readTrace(clickhouse, traceId, hint))?.spans.map(({ name }) => name);
    expect(await names()).toEqual(["early", "late"]);
    // The days that a hint names alone are searched.
    expect(await names({ startMs: oldMs, endMs: oldMs })).toEqual(["early"]);
    // A wrong hint hides nothing.
    expect(await names({ startMs: NOW_MS, endMs: NOW_MS })).toEqual(["early", "late"]);
    expect(await readTrace(clickhouse, "f".repeat(32))).toBeUndefined();
  });

  it("is cut after its first spans where there are too many, and says so", async () => {
    const traceId = "ef".repeat(16);
    const spans = Array.from({ length: 30 }, (_, i) => ({
      traceId,
      service: "other",
      name: `n${i}`,
      endMs: NOW_MS + i,
    }));
    await store(sampleSpans(spans));
    const cut = await readTrace(clickhouse, traceId, { maxSpans: 10 });
    expect(cut?.isTruncated).toBe(true);
    expect(cut?.spans.map(({ name }) => name)).toEqual(spans.slice(0, 10).map(({ name }) => name));
    expect(await readTrace(clickhouse, traceId, { maxSpans: 30 })).toMatchObject({ isTruncated: false });
  });

  it("keeps nested values, events without attributes and the sign of zero", async () => {
    const traceId = "cd".repeat(16);
    const nested =
      '{"kvlistValue":{"values":[{"key":"x","value":{"arrayValue":{"values":[{"doubleValue":-0},{}]}}}]}}';
    const attributes: Attributes = {
      keys: ["nested", "zero", "big", "nan"],
      types: [AttributeType.json, AttributeType.double, AttributeType.int, AttributeType.double],
      values: [nested, -0, 2n ** 62n, Number.NaN],
    };
    const events = [{ timeUnixNano: 5n, name: "e", attributes, droppedAttributes: 7 }];
    await store(sampleSpans([{ traceId, service: "other", endMs: NOW_MS, attributes, events }]));
    const [span] = (await readTrace(clickhouse, traceId))!.spans;
    expect(span?.events).toEqual(events);
    expect(span?.attributes.values[span.attributes.keys.indexOf("nested")]).toBe(nested);
    expect(Object.is(span?.attributes.values[span.attributes.keys.indexOf("zero")], -0)).toBe(true);
  });
});

/** What Grafana's Tempo data source asks; `$trace` is the trace of the SDK, `$start` and `$end` are Unix seconds around it. */
const GRAFANA_REQUESTS = {
  test: "/api/echo",
  byId: "/api/v2/traces/$trace?start=$start&end=$end",
  byIdFallback: "/api/traces/$trace",
  search: "/api/search?q=%7Bresource.service.name%3D%22payment%22%7D&limit=20&spss=3&start=$start&end=$end",
  searchAll: "/api/search?q=%7B%7D&limit=20&spss=3&start=$start&end=$end",
  structural:
    "/api/search?q=%7Bresource.service.name%3D%22shop%22%7D%20%3E%3E%20%7Bstatus%3Derror%7D&limit=20&spss=3&start=$start&end=$end",
  legacy:
    "/api/search?tags=service.name%3DPAY%20error%3Dtrue&minDuration=1ns&maxDuration=1h&start=$start&end=$end",
  badSearch: "/api/search?q=%7B%20status%20%3D%20%7D&start=$start&end=$end",
  tags: "/api/v2/search/tags?limit=5000&start=$start&end=$end",
  tagsOfScope: "/api/v2/search/tags?scope=resource&start=$start&end=$end",
  tagsV1: "/api/search/tags?start=$start&end=$end",
  services: "/api/v2/search/tag/resource.service.name/values?q=%7B%7D&limit=5000&start=$start&end=$end",
  names: "/api/v2/search/tag/name/values?q=%7Bresource.service.name%3D%22shop%22%7D&start=$start&end=$end",
  namesWhileWriting:
    "/api/v2/search/tag/name/values?q=%7Bresource.service.name%3D%22payment%22%20%26%26%20name%3D%7D&start=$start&end=$end",
  statuses: "/api/v2/search/tag/status/values?start=$start&end=$end",
  codes: "/api/v2/search/tag/span.http.response.status_code/values?start=$start&end=$end",
  unscoped: "/api/v2/search/tag/.http.route/values?start=$start&end=$end",
  rootNames: "/api/v2/search/tag/rootName/values?start=$start&end=$end",
  exceptions: "/api/v2/search/tag/event.exception.type/values?start=$start&end=$end",
  valuesV1: "/api/search/tag/service.name/values?start=$start&end=$end",
  metrics:
    "/api/metrics/query_range?q=%7Bresource.service.name%3D%22shop%22%7D%20%7C%20rate%28%29%20by%20%28resource.service.name%29&start=$start&end=$end&step=60s&exemplars=10",
  metricsUnlabelled: "/api/metrics/query_range?q=%7B%7D%20%7C%20count_over_time%28%29&start=$start&end=$end",
  instant:
    "/api/metrics/query?q=%7Bresource.service.name%3D%22shop%22%7D%20%7C%20count_over_time%28%29%20by%20%28kind%29&start=$start&end=$end",
  badMetrics: "/api/metrics/query_range?q=%7B%7D%20%7C%20rat%28%29&start=$start&end=$end",
  buildinfo: "/api/status/buildinfo",
} as const;

const ask = async (request: keyof typeof GRAFANA_REQUESTS, headers: Record<string, string> = {}) => {
  const start = String(Math.floor(NOW_MS / 1_000) - 600);
  const end = String(Math.floor(Date.now() / 1_000) + 600);
  const path = GRAFANA_REQUESTS[request]
    .replace("$trace", sent.traceId)
    .replace("$start", start)
    .replace("$end", end);
  return tempo.request(path, { headers });
};
const askJson = async (request: keyof typeof GRAFANA_REQUESTS): Promise<Record<string, never>> => {
  const response = await ask(request);
  expect([request, response.status]).toEqual([request, 200]);
  return (await response.json()) as Record<string, never>;
};

describe("what Grafana's Tempo data source asks", () => {
  it("is answered: connection test and version", async () => {
    expect(await (await ask("test")).text()).toBe("echo");
    expect(await askJson("buildinfo")).toMatchObject({ version: expect.stringMatching(/^2\./) });
    expect(await (await tempo.request("/ready")).text()).toBe("ready\n");
  });

  it("is answered: a trace as protobuf, every span of it", async () => {
    const response = await ask("byId", { accept: "application/protobuf" });
    expect(response.headers.get("content-type")).toBe("application/protobuf");
    const bytes = new Uint8Array(await response.arrayBuffer());
    const bare = new Uint8Array(
      await (await ask("byIdFallback", { accept: "application/protobuf" })).arrayBuffer(),
    );
    // The response's first field is the trace.
    expect(bytes[0]).toBe(0x0a);
    expect(Buffer.from(bytes).subarray(-bare.length)).toEqual(Buffer.from(bare));
    expect(decode(bare).name.toSorted()).toEqual(["GET /cart", "POST", "charge", "publish"]);
  });

  it("is answered: a trace as JSON with ids in base64 and enums by name", async () => {
    const { batches } = (await askJson("byIdFallback")) as unknown as {
      batches: { scopeSpans: { spans: object[] }[] }[];
    };
    const spans = batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    expect(spans).toContainEqual(
      expect.objectContaining({
        traceId: Buffer.from(sent.traceId, "hex").toString("base64"),
        spanId: Buffer.from(sent.ids.charge, "hex").toString("base64"),
        parentSpanId: Buffer.from(sent.ids.call, "hex").toString("base64"),
        kind: "SPAN_KIND_SERVER",
        status: { message: "declined", code: "STATUS_CODE_ERROR" },
      }),
    );
    expect(await askJson("byId")).toMatchObject({ trace: { resourceSpans: batches } });
  });

  it("is answered: searches", async () => {
    const found = await askJson("search");
    expect(found).toMatchObject({
      traces: [
        {
          traceID: sent.traceId,
          rootServiceName: "shop",
          rootTraceName: "GET /cart",
          startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
          durationMs: expect.any(Number),
          spanSets: [
            {
              matched: 2,
              spans: [
                {
                  spanID: expect.stringMatching(/^[0-9a-f]{16}$/),
                  durationNanos: expect.stringMatching(/^\d+$/),
                },
                {},
              ],
            },
          ],
        },
      ],
      metrics: { totalJobs: 1, completedJobs: 1 },
    });
    for (const request of ["structural", "legacy"] as const) {
      expect(await askJson(request)).toMatchObject({ traces: [{ traceID: sent.traceId }] });
    }
    const { traces } = (await askJson("searchAll")) as unknown as { traces: { traceID: string }[] };
    expect(traces.map(({ traceID }) => traceID)).toContain(sent.traceId);
  });

  it("is answered: metrics with exemplars", async () => {
    const { series } = (await askJson("metrics")) as unknown as {
      series: { samples: { timestampMs: string; value: number }[]; exemplars: { labels: object[] }[] }[];
    };
    expect(series).toMatchObject([
      {
        labels: [{ key: "resource.service.name", value: { stringValue: "shop" } }],
        promLabels: '{"resource.service.name"="shop"}',
      },
    ]);
    const spans = series[0]!.samples.reduce((sum, { value }) => sum + value * 60, 0);
    expect(spans).toBeCloseTo(2);
    expect(series[0]!.samples[0]?.timestampMs).toMatch(/^\d{13}$/);
    expect(series[0]!.exemplars[0]?.labels).toEqual([
      { key: "trace:id", value: { stringValue: sent.traceId } },
    ]);
    expect(await askJson("metricsUnlabelled")).toMatchObject({
      series: [{ labels: [{ key: "__name__", value: { stringValue: "count_over_time" } }] }],
    });
    expect(await askJson("instant")).toMatchObject({
      series: [
        { labels: [{ key: "kind", value: { stringValue: "client" } }], value: 1 },
        { labels: [{ key: "kind", value: { stringValue: "server" } }], value: 1 },
      ],
    });
    const bad = await ask("badMetrics");
    expect([bad.status, await bad.text()]).toEqual([400, expect.stringContaining("line 1, col 6")]);
  });

  it("is refused in plain text that says where", async () => {
    const bad = await ask("badSearch");
    expect(bad.status).toBe(400);
    expect(bad.headers.get("content-type")).toContain("text/plain");
    expect(await bad.text()).toMatch(/^invalid TraceQL query: parse error at line 1, col \d+: /);
    const missing = await tempo.request(`/api/v2/traces/${"e".repeat(32)}`);
    expect([missing.status, await missing.text()]).toEqual([
      404,
      `trace ${"e".repeat(32)} is not stored here\n`,
    ]);
    expect((await tempo.request("/api/traces/no-id")).status).toBe(400);
    expect((await tempo.request("/api/search?limit=0")).status).toBe(400);
    expect((await tempo.request("/api/search?start=20&end=10")).status).toBe(400);
    expect((await tempo.request("/api/nothing")).status).toBe(404);
  });

  it("is answered: names and values of tags", async () => {
    const { scopes } = (await askJson("tags")) as unknown as { scopes: { name: string; tags: string[] }[] };
    const tags = new Map(scopes.map(({ name, tags: names }) => [name, names]));
    expect([...tags.keys()]).toEqual(["event", "link", "resource", "span", "intrinsic"]);
    expect(tags.get("span")).toContain("http.route");
    expect(tags.get("resource")).toEqual(expect.arrayContaining(["host.cpus", "service.name"]));
    expect(tags.get("event")).toEqual(expect.arrayContaining(["attempt", "exception.type"]));
    expect(tags.get("link")).toEqual(["link.why"]);
    expect(await askJson("tagsOfScope")).toMatchObject({ scopes: [{ name: "resource" }] });
    expect((await askJson("tagsV1"))["tagNames"]).toContain("exception.type");
    const values = async (request: keyof typeof GRAFANA_REQUESTS) => (await askJson(request))["tagValues"];
    expect(await values("services")).toEqual(
      expect.arrayContaining([
        { type: "string", value: "payment" },
        { type: "string", value: "shop" },
      ]),
    );
    expect(await values("names")).toEqual([
      { type: "string", value: "GET /cart" },
      { type: "string", value: "POST" },
    ]);
    expect(await values("namesWhileWriting")).toEqual(
      expect.arrayContaining([{ type: "string", value: "publish" }]),
    );
    expect(await values("statuses")).toContainEqual({ type: "keyword", value: "error" });
    expect(await values("codes")).toEqual([{ type: "int", value: "500" }]);
    expect(await values("unscoped")).toContainEqual({ type: "string", value: "/cart" });
    expect(await values("rootNames")).toContainEqual({ type: "string", value: "GET /cart" });
    expect(await values("exceptions")).toEqual([{ type: "string", value: "TypeError" }]);
    expect(await values("valuesV1")).toEqual(expect.arrayContaining(["payment", "shop"]));
  });

  it("samples where there are many spans, and still names every service", async () => {
    const many = Array.from({ length: 60 }, (_, service) =>
      sampleSpans(
        Array.from({ length: 2_000 }, (_, i) => ({
          service: `svc-${service}`,
          name: `op ${i % 10}`,
          endMs: NOW_MS - 20 * DAY_MS + i,
          attributes: sampleAttributes({ shard: service % 4, user: `u${service}-${i}` }),
        })),
      ),
    );
    await store(...many);
    const range = `start=${Math.floor(NOW_MS / 1_000) - 21 * 86_400}&end=${Math.floor(NOW_MS / 1_000) - 19 * 86_400}`;
    const get = async (path: string) =>
      (await (await tempo.request(path)).json()) as { tagValues: { value: string }[] };
    const services = await get(`/api/v2/search/tag/resource.service.name/values?${range}`);
    expect(services.tagValues.length).toBe(60);
    const shards = await get(`/api/v2/search/tag/span.shard/values?${range}`);
    expect(shards.tagValues.map(({ value }) => value).toSorted()).toEqual(["0", "1", "2", "3"]);
    const users = await get(`/api/v2/search/tag/span.user/values?limit=50&${range}`);
    expect(users.tagValues.length).toBe(50);
  }, 30_000);
});
