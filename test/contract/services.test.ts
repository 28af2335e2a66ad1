import { OpenAPIHono } from "@hono/zod-openapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceBody, ServiceMapBody } from "../../src/api/service-schema.ts";
import { createAccumulator } from "../../src/ingest/accumulate-samples.ts";
import { DEFAULT_SERIES_LIMITS } from "../../src/ingest/series-limits.ts";
import { createSeriesTable } from "../../src/ingest/series-table.ts";
import { SpanKind, StatusCode, type SpanBatch } from "../../src/model/span-batch.ts";
import { timestampMs } from "../../src/model/time.ts";
import { createQueryEngine } from "../../src/query/query-engine.ts";
import { createServiceGraph } from "../../src/record/service-graph.ts";
import { writeRows, type RowWriterOptions } from "../../src/record/write-rows.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { readExceptionTypes } from "../../src/store/clickhouse/read-exception-types.ts";
import { readRequestStats } from "../../src/store/clickhouse/read-request-stats.ts";
import { readServices } from "../../src/store/clickhouse/read-services.ts";
import { readVersionPairs } from "../../src/store/clickhouse/read-version-pairs.ts";
import { createRunSql } from "../../src/store/clickhouse/run-sql.ts";
import { createSampleWriter } from "../../src/store/clickhouse/sample-writer.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import type { Database } from "../../src/store/postgres/database.ts";
import { wireServices } from "../../src/wire/services.ts";
import { openTestStore } from "./counting-stand.ts";
import { sampleAttributes, sampleSpans, type SampleSpan } from "./sample-spans.ts";

const AT = (Math.floor(Date.now() / 3_600_000) - 1) * 3_600_000;
const HOUR = 3_600_000;
const RANGE = { fromMs: AT - HOUR, toMs: AT };
const APDEX = { apdexMs: 100, limit: 100 };

let clickhouse: ClickHouse;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ clickhouse, close } = await openTestStore());
  await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches: [versioned(SPANS)] });
}, 60_000);
afterAll(() => close());

type Sent = SampleSpan & { readonly version?: string };

/** Spans whose resources name a version. */
function versioned(spans: readonly Sent[]): SpanBatch {
  const keyed = spans.map((span) => ({
    ...span,
    service: JSON.stringify([span.service, span.version ?? ""]),
  }));
  const batch = sampleSpans(keyed);
  const resources = batch.resources.map(({ serviceName }) => {
    const [service = "", version = ""] = JSON.parse(serviceName) as string[];
    const attributes = sampleAttributes({
      "service.name": service,
      ...(version === "" ? {} : { "service.version": version }),
    });
    return { attributes, schemaUrl: "", serviceName: service };
  });
  return { ...batch, resources };
}

const id = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, "0");
const minutesAgo = (minutes: number) => AT - minutes * 60_000;

/** `shop` calls `cart`: one trace for each. */
function call(
  n: number,
  callerVersion: string,
  calleeVersion: string,
  endMs: number,
  failed: boolean,
): Sent[] {
  const traceId = id(n, 16);
  const status = failed ? StatusCode.error : StatusCode.unset;
  const of = { traceId, endMs };
  return [
    {
      ...of,
      service: "shop",
      version: callerVersion,
      name: "GET cart",
      kind: SpanKind.client,
      spanId: id(n * 4 + 1, 8),
      status,
    },
    {
      ...of,
      service: "cart",
      version: calleeVersion,
      name: "GET",
      spanId: id(n * 4 + 2, 8),
      parentSpanId: id(n * 4 + 1, 8),
      durationMs: failed ? 500 : 50,
      status,
      attributes: sampleAttributes({
        "http.route": n % 2 === 0 ? "/cart" : "/cart/{id}",
        "http.request.method": "GET",
        "http.response.status_code": failed ? 503 : 200,
      }),
      events: failed ? [exception(endMs, calleeVersion === "2" ? "NullPointer" : "Timeout")] : [],
    },
  ];
}

const exception = (endMs: number, type: string) => ({
  timeUnixNano: BigInt(endMs) * 1_000_000n,
  name: "exception",
  attributes: sampleAttributes({ "exception.message": "no", "exception.type": type }),
  droppedAttributes: 0,
});

/** Version 1 of cart for an hour, version 2 for ten minutes: it fails for callers of version b alone. */
const SPANS: readonly Sent[] = [
  ...Array.from({ length: 40 }, (_, i) =>
    call(1_000 + i, "a", "1", minutesAgo(50) + i * 1_000, i === 0),
  ).flat(),
  ...Array.from({ length: 10 }, (_, i) => call(2_000 + i, "a", "2", minutesAgo(9) + i * 1_000, false)).flat(),
  ...Array.from({ length: 10 }, (_, i) => call(3_000 + i, "b", "2", minutesAgo(8) + i * 1_000, i < 8)).flat(),
  // Status says nothing, and the older name of the attribute is used.
  {
    service: "old",
    name: "GET /",
    endMs: minutesAgo(5),
    durationMs: 300,
    attributes: sampleAttributes({ "http.status_code": 500 }),
  },
  { service: "old", name: "GET /", endMs: minutesAgo(5), durationMs: 300 },
  { service: "old", name: "GET /", endMs: minutesAgo(5), durationMs: 500 },
  // It answers nobody.
  { service: "nightly", version: "7", name: "run", kind: SpanKind.internal, endMs: minutesAgo(30) },
  { service: "cart", version: "0", name: "GET", endMs: AT + 1 },
];

describe("services over the telemetry store", () => {
  it("counts requests, failures and durations of every service, those that answer nobody too", async () => {
    const services = await readServices(clickhouse, { ...RANGE, ...APDEX });
    expect(services.map(({ service, spans }) => [service, spans])).toEqual([
      ["cart", 60],
      ["old", 3],
      ["nightly", 1],
      ["shop", 60],
    ]);
    const [cart, old, nightly, shop] = services;
    expect(cart!.stats).toMatchObject({ requests: 60, errors: 9, satisfied: 51, tolerating: 0, p50Ms: 50 });
    expect(cart!.stats.p99Ms).toBe(500);
    expect(cart!.versions.map(({ version, spans }) => [version, spans])).toEqual([
      ["2", 20],
      ["1", 40],
    ]);
    expect(old!.stats).toMatchObject({ requests: 3, errors: 1, satisfied: 0, tolerating: 1, totalMs: 1_100 });
    expect(old!.versions.map(({ version }) => version)).toEqual([""]);
    expect(nightly!.stats).toMatchObject({ requests: 0, errors: 0, p99Ms: 0 });
    expect(nightly!.lastMs).toBe(minutesAgo(30));
    expect(shop!.stats.requests).toBe(0);
    expect(await readServices(clickhouse, { ...RANGE, ...APDEX, limit: 1 })).toEqual([cart]);
    expect(await readServices(clickhouse, { ...RANGE, ...APDEX, service: "cart" })).toEqual([cart]);
  });

  it("counts by operation, by version, and by both, in the order that was asked for", async () => {
    const by = { ...RANGE, ...APDEX, service: "cart", order: "errors" } as const;
    const operations = await readRequestStats(clickhouse, { ...by, by: "operation" });
    expect(operations.map(({ operation, stats }) => [operation, stats.requests, stats.errors])).toEqual([
      ["GET /cart", 30, 5],
      ["GET /cart/{id}", 30, 4],
    ]);
    const versions = await readRequestStats(clickhouse, { ...by, by: "version" });
    expect(versions.map(({ version, stats }) => [version, stats.errors])).toEqual([
      ["2", 8],
      ["1", 1],
    ]);
    const both = await readRequestStats(clickhouse, { ...by, by: "version and operation", versions: ["2"] });
    expect(both.map(({ version, operation, stats }) => [version, operation, stats.requests])).toEqual([
      ["2", "GET /cart", 10],
      ["2", "GET /cart/{id}", 10],
    ]);
    for (const order of ["requests", "errorShare", "p95", "time"] as const) {
      expect((await readRequestStats(clickhouse, { ...by, by: "operation", order })).length).toBe(2);
    }
  });

  it("knows which types of exceptions each version recorded", async () => {
    const types = await readExceptionTypes(clickhouse, { ...RANGE, service: "cart", limit: 10 });
    expect(types.map(({ version, type, count }) => [version, type, count])).toEqual([
      ["2", "NullPointer", 8],
      ["1", "Timeout", 1],
    ]);
  });

  it("finds which version of the caller fails with which version of the callee, from either end", async () => {
    const pairs = { ...RANGE, maxSpans: 1_000, limit: 10 };
    const asCallee = await readVersionPairs(clickhouse, { ...pairs, service: "cart", role: "callee" });
    expect(asCallee.sampledOneIn).toBe(1);
    expect(
      asCallee.pairs.map((one) => [one.caller, one.callerVersion, one.calleeVersion, one.calls, one.failed]),
    ).toEqual([
      ["shop", "b", "2", 10, 8],
      ["shop", "a", "1", 40, 1],
      ["shop", "a", "2", 10, 0],
    ]);
    const asCaller = await readVersionPairs(clickhouse, { ...pairs, service: "shop", role: "caller" });
    expect(asCaller).toEqual(asCallee);
    const sampled = { ...pairs, maxSpans: 20, service: "cart", role: "callee" } as const;
    const some = await readVersionPairs(clickhouse, sampled);
    expect(some.sampledOneIn).toBe(3);
    const calls = some.pairs.reduce((sum, pair) => sum + pair.calls, 0);
    expect(calls).toBeGreaterThan(5);
    expect(calls).toBeLessThan(40);
    expect(await readVersionPairs(clickhouse, sampled)).toEqual(some);
  });
});

describe("the service map over the recorded series", () => {
  it("shows calls, databases, queues and peers as often as they were called, and lone services", async () => {
    const edgesOf = { client: SpanKind.client, producer: SpanKind.producer } as const;
    const calls = (kind: keyof typeof edgesOf, more: Readonly<Record<string, string>>): Sent[] =>
      Array.from({ length: 3 }, () => ({
        service: "cart",
        kind: edgesOf[kind],
        endMs: minutesAgo(8),
        attributes: sampleAttributes(more),
      }));
    const sent = [
      ...SPANS,
      ...calls("client", { "db.system": "postgresql", "db.name": "carts" }),
      ...calls("client", { "server.address": "api.bank.example" }),
      ...calls("producer", { "messaging.destination.name": "receipts" }),
    ];
    await record([versioned(sent)], AT - 10 * 60_000);
    const engine = createQueryEngine({
      runSql: createRunSql(clickhouse),
      limits: { maxSeries: 1_000, maxSamples: 10_000, maxSteps: 11_000, maxPoints: 10_000 },
      maxTimeMs: 30_000,
      maxHeapBytes: 512 * 1024 * 1024,
      worker: "inline",
      log: SILENT_LOG,
    });
    const app = new OpenAPIHono();
    const unused = {} as Database;
    wireServices({
      clickhouse,
      db: unused,
      now: () => timestampMs(AT),
      runQuery: engine.run,
      slos: () => [],
      evaluator: { latest: () => undefined },
    })(app);
    const get = async <T>(path: string) => (await (await app.request(path)).json()) as T;
    const map = await get<ServiceMapBody>("/service-map");
    expect(map.nodes.map(({ name, kind, isLone }) => [name, kind, isLone])).toEqual([
      ["api.bank.example", "external", false],
      ["cart", "service", false],
      ["carts", "database", false],
      ["nightly", "service", true],
      ["old", "service", false],
      ["receipts", "queue", false],
      ["shop", "service", false],
      ["user", "user", false],
    ]);
    expect(
      map.edges.map((edge) => [edge.client, edge.server, edge.connection, edge.requests, edge.errors]),
    ).toEqual([
      ["shop", "cart", "call", 60, 9],
      ["cart", "api.bank.example", "virtual", 3, 0],
      ["cart", "carts", "database", 3, 0],
      ["cart", "receipts", "messaging", 3, 0],
      ["user", "old", "virtual", 3, 0],
      ["user", "cart", "virtual", 1, 0],
    ]);
    const cart = await get<ServiceBody>("/services/cart");
    expect(cart.callees.map(({ server }) => server)).toEqual(["api.bank.example", "carts", "receipts"]);
    expect(cart.callers.map(({ client }) => client)).toEqual(["shop", "user"]);
    expect(cart.endpoints.map(({ operation, timeShare }) => [operation, timeShare! > 0.4])).toEqual([
      ["GET /cart", true],
      ["GET /cart/{id}", true],
    ]);
    await engine.close();
  });
});

/** What a process records of spans that arrived before `atMs`, a whole minute: at every minute until AT. */
async function record(batches: readonly SpanBatch[], atMs: number): Promise<void> {
  const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  const write = createSampleWriter(clickhouse);
  const accumulate = createAccumulator({ series: table, writtenUntilMs: 0 });
  let groupId = 100n;
  let nowMs = atMs - 30_000;
  const graph = createServiceGraph(nowMs);
  for (const batch of batches) graph.observe(batch, nowMs);
  const submit: RowWriterOptions["submit"] = async (batch) => {
    const accumulated = accumulate([batch]);
    await write({ groupId: (groupId += 1n), batches: accumulated.samples });
    accumulated.ended(true);
    return { kind: "committed" };
  };
  for (nowMs = atMs; nowMs <= AT; nowMs += 60_000) {
    await writeRows(graph.rows(nowMs), nowMs, { table, now: () => timestampMs(nowMs), submit });
  }
}
