import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { serve, type ServerType } from "@hono/node-server";
import { type Attributes, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { type AdmissionOptions, createAdmission } from "./admission.ts";
import { createGroupCommitter } from "./commit-group.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createGroupIds } from "./group-id.ts";
import { createMemoryStore } from "./memory-store.ts";
import type { GroupCommit } from "./group-commit.ts";
import { createOtlpRoutes, type OtlpRoutesOptions } from "./otlp-routes.ts";
import { anyRequest } from "./otlp/sample-arbitrary.ts";
import { SAMPLE_END_MS, sampleRequest, sampleSpan, toJson, toProtobuf } from "./otlp/sample-request.ts";
import { DEFAULT_SPAN_LIMITS } from "./otlp/span-limits.ts";
import { createAccumulator } from "./accumulate-samples.ts";
import { DEFAULT_METRIC_LIMITS } from "./otlp/metric-limits.ts";
import { createRecentBodies } from "./recent-bodies.ts";
import { DEFAULT_SERIES_LIMITS } from "./series-limits.ts";
import { createSeriesTable } from "./series-table.ts";
import { createTakeMetrics } from "./take-metrics.ts";
import { createTakeTraces } from "./take-traces.ts";

const servers: ServerType[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function setUp(
  changes: Partial<OtlpRoutesOptions> & {
    admit?: Partial<AdmissionOptions>;
    present?: () => number;
    submit?: GroupCommit["submit"];
  } = {},
) {
  const store = createMemoryStore(() => ({ deltas: [], touched: [] }));
  const series = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  store.ports.accumulate = createAccumulator({ series, writtenUntilMs: 0 });
  const now = () => timestampMs(changes.present?.() ?? SAMPLE_END_MS);
  const committer = createGroupCommitter({ ports: store.ports, now, log: SILENT_LOG, backOffMs: [] });
  const groupCommit = createGroupCommit({
    ...committer,
    groupIds: createGroupIds(0n, () => 0n),
    recentBodies: createRecentBodies(1_000),
    now,
    log: SILENT_LOG,
    timing: { idleWaitMs: 1, maxWaitMs: 5 },
  });
  const admission = createAdmission({
    maxBytesInFlight: 10_000_000,
    maxQueuedGroups: 4,
    queuedGroups: groupCommit.queuedGroups,
    ...changes.admit,
  });
  const statuses: number[] = [];
  const submit = changes.submit ?? groupCommit.submit;
  const app = createOtlpRoutes({
    admission,
    take: {
      traces: createTakeTraces({ submit, spanLimits: DEFAULT_SPAN_LIMITS, now }),
      metrics: createTakeMetrics({
        promoteScope: true,
        submit,
        series,
        metricLimits: DEFAULT_METRIC_LIMITS,
        now,
      }),
    },
    bodyLimits: { compressedBytes: 1_000_000, bytes: 2_000_000, timeoutMs: 10_000 },
    log: SILENT_LOG,
    observer: { requestEnded: ({ status }) => statuses.push(status) },
    ...changes,
  });
  const spanCount = () => [...store.spans.values()].flat().reduce((sum, batch) => sum + batch.count, 0);
  const post = (body: Uint8Array | string, headers: Record<string, string> = {}) =>
    app.request("/v1/traces", {
      method: "POST",
      body: new Uint8Array(Buffer.from(body)),
      headers: { "content-type": "application/x-protobuf", ...headers },
    });
  const listen = async () => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    servers.push(server);
    while (server.address() === null) await sleep(1);
    return (server.address() as AddressInfo).port;
  };
  return { app, store, groupCommit, admission, statuses, spanCount, post, listen };
}

/** Field 1 and 2 of a small google.rpc.Status. */
async function rpcStatus(response: Response): Promise<{ code: number; message: string }> {
  if (response.headers.get("content-type") === "application/json") return (await response.json()) as never;
  expect(response.headers.get("content-type")).toBe("application/x-protobuf");
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([bytes[0], bytes[2]]).toEqual([0x08, 0x12]);
  const start = bytes[3]! < 0x80 ? 4 : 5;
  return { code: bytes[1]!, message: bytes.toString("utf8", start) };
}

const PROTOBUF = toProtobuf(sampleRequest([sampleSpan(1), sampleSpan(2)]));
const JSON_TEXT = toJson(sampleRequest([sampleSpan(1), sampleSpan(2)]));

describe("POST /v1/traces", () => {
  it("holds room no longer than allowed for a body that does not come", async () => {
    const { listen, admission } = setUp({
      bodyLimits: { compressedBytes: 9_000, bytes: 9_000, timeoutMs: 50 },
    });
    const headers = { "content-type": "application/json", "content-length": 8_000 };
    const request = httpRequest({ port: await listen(), method: "POST", path: "/v1/traces", headers });
    const answer = new Promise<{ status: number | undefined; closes: string | undefined }>(
      (resolve, reject) => {
        request.on("error", reject);
        request.on("response", (response) => {
          resolve({ status: response.statusCode, closes: response.headers.connection });
          response.resume();
        });
      },
    );
    request.write("{");
    expect(await answer).toEqual({ status: 503, closes: "close" });
    expect(admission.bytesInFlight()).toBe(0);
    request.destroy();
  });

  it("is also served with a slash at the end", async () => {
    const { app, spanCount } = setUp();
    const headers = { "content-type": "application/json" };
    const response = await app.request("/v1/traces/", { method: "POST", body: JSON_TEXT, headers });
    expect([response.status, spanCount()]).toEqual([200, 2]);
  });

  it("says where traces go when the path is missing", async () => {
    const { app } = setUp();
    const response = await app.request("/", { method: "POST", body: JSON_TEXT });
    expect(response.status).toBe(404);
    expect((await rpcStatus(response)).message).toContain("send traces to /v1/traces");
  });

  it.each([
    ["the header is missing", gzipSync(JSON_TEXT), {}],
    ["it is compressed twice", gzipSync(gzipSync(PROTOBUF)), { "content-encoding": "gzip" }],
  ])("says that a body is gzip when %s", async (_, body, headers) => {
    for (const type of ["application/json", "application/x-protobuf"]) {
      const response = await setUp().post(body, { "content-type": type, ...headers });
      expect(response.status).toBe(400);
      expect((await rpcStatus(response)).message).toContain("content-encoding: gzip");
    }
  });

  it("stores the spans before it answers, in the request's encoding", async () => {
    for (const [body, type] of [
      [PROTOBUF, "application/x-protobuf"],
      [JSON_TEXT, "application/json"],
      [JSON_TEXT, "Application/JSON; charset=utf-8"],
      [gzipSync(PROTOBUF), "application/x-protobuf"],
    ] as const) {
      const { post, spanCount, admission } = setUp();
      const headers = {
        "content-type": type,
        ...(body instanceof Buffer ? { "content-encoding": "gzip" } : {}),
      };
      const response = await post(body, headers);
      expect(response.status).toBe(200);
      expect(spanCount()).toBe(2);
      expect(response.headers.get("content-type")).toBe(
        type.startsWith("application/x") ? "application/x-protobuf" : "application/json",
      );
      expect(await response.text()).toBe(type.startsWith("application/x") ? "" : "{}");
      expect(admission.bytesInFlight()).toBe(0);
    }
  });

  it("takes an empty body and an empty request as success", async () => {
    const { post, spanCount, store, app } = setUp();
    for (const [body, type] of [
      ["", "application/x-protobuf"],
      ["", "application/json"],
      ["{}", "application/json"],
      ['{"resourceSpans":[]}', "application/json"],
    ] as const) {
      expect((await post(body, { "content-type": type })).status).toBe(200);
    }
    const noBody = await app.request("/v1/traces", {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
    });
    expect(noBody.status).toBe(200);
    expect([spanCount(), store.steps.length]).toEqual([0, 0]);
  });

  it("reports rejected spans as a partial success and stores the others", async () => {
    const request = sampleRequest([sampleSpan(1), sampleSpan(2, { endTimeUnixNano: 0n })]);
    const { post, spanCount } = setUp();
    const json = await post(toJson(request), { "content-type": "application/json" });
    expect(await json.json()).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: "1 span rejected: 1 × end_time_unix_nano is 0 (the span has not ended)",
      },
    });
    const protobuf = await post(toProtobuf(request));
    const bytes = Buffer.from(await protobuf.arrayBuffer());
    expect([protobuf.status, bytes[0], bytes[2], bytes[3], bytes[4]]).toEqual([200, 0x0a, 0x08, 1, 0x12]);
    expect(bytes.toString()).toContain("1 span rejected");
    expect(spanCount()).toBe(2);
  });

  it("stores a body once, however often and in whatever compression it comes", async () => {
    const { post, spanCount } = setUp();
    const together = await Promise.all([
      post(PROTOBUF),
      post(PROTOBUF),
      post(gzipSync(PROTOBUF), { "content-encoding": "gzip" }),
    ]);
    const later = await post(PROTOBUF);
    expect([...together, later].map((response) => response.status)).toEqual([200, 200, 200, 200]);
    expect(spanCount()).toBe(2);
  });

  it("answers 503 with Retry-After when the store fails, and stores the retry once", async () => {
    const { post, store, spanCount } = setUp();
    store.faults.insertIngestGroup = ["fail"];
    const response = await post(PROTOBUF);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await rpcStatus(response)).toEqual({ code: 14, message: "the spans could not be stored" });
    expect(spanCount()).toBe(0);
    expect((await post(PROTOBUF)).status).toBe(200);
    expect(spanCount()).toBe(2);
  });

  it("answers 503 when it stops, and when something unforeseen happens", async () => {
    const { post, groupCommit } = setUp();
    await groupCommit.drain();
    expect((await post(PROTOBUF)).status).toBe(503);
    const broken = setUp({ submit: () => Promise.reject(new Error("a secret")) });
    const response = await broken.post(PROTOBUF);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await rpcStatus(response)).toEqual({ code: 14, message: "internal error" });
    expect(broken.admission.bytesInFlight()).toBe(0);
  });

  it("answers 400 to a body that is not right, in the request's encoding", async () => {
    const { post, spanCount, admission, statuses } = setUp();
    const protobuf = await post(PROTOBUF.subarray(0, -1));
    expect(protobuf.status).toBe(400);
    expect(await rpcStatus(protobuf)).toMatchObject({
      code: 3,
      message: expect.stringMatching(/^resourceSpans\[0\]: the length says .* \(at byte 1\)$/),
    });
    const json = await post('{"resourceSpans":5}', { "content-type": "application/json" });
    expect(json.status).toBe(400);
    expect(await rpcStatus(json)).toEqual({ code: 3, message: "resourceSpans: an array is needed" });
    const gzip = await post(gzipSync(PROTOBUF).subarray(0, -4), { "content-encoding": "gzip" });
    expect([gzip.status, (await rpcStatus(gzip)).message]).toEqual([
      400,
      "the body cannot be decompressed: unexpected end of file",
    ]);
    expect((await post(PROTOBUF)).status).toBe(200);
    expect([spanCount(), admission.bytesInFlight()]).toEqual([2, 0]);
    expect(statuses).toEqual([400, 400, 400, 200]);
  });

  it("answers 413 to what is too large, before and after decompression, announced or not", async () => {
    const { post, listen } = setUp();
    const bomb = await post(gzipSync(Buffer.alloc(20_000_000)), { "content-encoding": "gzip" });
    expect([bomb.status, (await rpcStatus(bomb)).message]).toEqual([
      413,
      "the body is larger than 2000000 bytes after decompression: send smaller batches",
    ]);
    expect((await post(Buffer.alloc(1_000_001))).status).toBe(413);
    expect((await post("", { "content-length": "1000001" })).status).toBe(413);
    const port = await listen();
    const chunked = await send(
      port,
      Array.from({ length: 150 }, () => Buffer.alloc(100_000)),
      {},
    );
    expect(chunked.status).toBe(413);
    const announced = await send(port, [Buffer.alloc(5_000_000)], { "content-length": "5000000" });
    expect(announced.status).toBe(413);
    const zipped = await send(port, [gzipSync(Buffer.alloc(20_000_000))], { "content-encoding": "gzip" });
    expect(zipped.status).toBe(413);
  });

  it("answers 415 to other content types and encodings, naming the right ones", async () => {
    const { post, app } = setUp();
    const type = await post("x", { "content-type": "text/plain" });
    expect(type.status).toBe(415);
    expect(await rpcStatus(type)).toEqual({
      code: 3,
      message: "content type text/plain is not accepted: send application/x-protobuf or application/json",
    });
    expect((await app.request("/v1/traces", { method: "POST", body: new Uint8Array(3) })).status).toBe(415);
    const coding = await post(PROTOBUF, { "content-encoding": "br" });
    expect(coding.status).toBe(415);
    expect((await rpcStatus(coding)).message).toBe(
      "content encoding br is not accepted: send gzip, deflate or identity",
    );
  });

  it("answers 405 with Allow to other methods, and says that it takes no logs", async () => {
    const { app } = setUp();
    for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
      const response = await app.request("/v1/traces", { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      expect((await rpcStatus(response)).code).toBe(12);
    }
    const logs = await app.request("/v1/logs", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/x-protobuf" },
    });
    expect(logs.status).toBe(404);
    expect(await rpcStatus(logs)).toMatchObject({
      code: 12,
      message: expect.stringContaining("OTEL_LOGS_EXPORTER=none"),
    });
  });

  it("answers 429 or 503 with Retry-After under pressure, and lets go of what it held", async () => {
    const small = setUp({ admit: { maxBytesInFlight: 5_000 } });
    for (const body of [PROTOBUF, gzipSync(Buffer.alloc(100_000))]) {
      const big =
        body === PROTOBUF
          ? toProtobuf(sampleRequest(Array.from({ length: 50 }, (_, i) => sampleSpan(i + 1))))
          : body;
      const response = await small.post(big, body === PROTOBUF ? {} : { "content-encoding": "gzip" });
      expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
      expect((await rpcStatus(response)).code).toBe(8);
      expect(small.admission.bytesInFlight()).toBe(0);
    }
    expect((await small.post(PROTOBUF)).status).toBe(200);
    const behind = setUp({ admit: { queuedGroups: () => 4 } });
    const response = await behind.post(PROTOBUF);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  });

  it("lets go of what it held when the sender goes away", async () => {
    const { listen, admission } = setUp();
    const port = await listen();
    const outgoing = httpRequest({
      port,
      host: "127.0.0.1",
      method: "POST",
      path: "/v1/traces",
      headers: { "content-type": "application/x-protobuf" },
    });
    outgoing.on("error", () => {});
    outgoing.write(Buffer.alloc(1_000));
    while (admission.bytesInFlight() === 0) await sleep(1);
    outgoing.destroy();
    while (admission.bytesInFlight() > 0) await sleep(1);
    expect((await send(port, [PROTOBUF], {})).status).toBe(200);
  });

  it("answers 200 or 4xx to random, cut and changed bodies, and always with a well-formed answer", async () => {
    const { post, admission } = setUp();
    const edits = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { maxLength: 3 });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      anyRequest.map(toProtobuf),
      anyRequest.map((request) => Buffer.from(toJson(request))),
    );
    const type = fc.constantFrom("application/x-protobuf", "application/json");
    await fc.assert(
      fc.asyncProperty(body, edits, fc.boolean(), type, async (bytes, changes, zip, contentType) => {
        const sent = Buffer.from(zip ? gzipSync(bytes) : bytes);
        for (const { at, to } of changes) if (sent.length > 0) sent[at % sent.length] = to;
        const response = await post(sent, {
          "content-type": contentType,
          ...(zip ? { "content-encoding": "gzip" } : {}),
        });
        expect([200, 400, 413]).toContain(response.status);
        expect(response.headers.get("content-type")).toBe(contentType);
        if (response.status !== 200) expect((await rpcStatus(response)).message).not.toBe("");
      }),
      { numRuns: 400 },
    );
    expect(admission.bytesInFlight()).toBe(0);
  });
});

/** Sends a body in pieces, without announcing its length unless the headers do. */
function send(
  port: number,
  pieces: readonly Uint8Array[],
  headers: Record<string, string>,
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        port,
        host: "127.0.0.1",
        method: "POST",
        path: "/v1/traces",
        headers: { "content-type": "application/x-protobuf", ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks) }));
      },
    );
    outgoing.on("error", reject);
    // Whatever is still being written when the answer is there may fail.
    outgoing.on("socket", (socket) => socket.on("error", () => {}));
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

const RESOURCE: Attributes = {
  "service.name": "payment",
  "service.instance.id": "pod-7",
  "host.cpu.count": 8,
};
const ATTRIBUTES: Attributes = {
  "http.request.method": "POST",
  "http.response.status_code": 503,
  negative: -12,
  large: 2 ** 53 + 2,
  ratio: 0.25,
  "user.vip": true,
  roles: ["admin", "buyer"],
  umlaut: "größer als 300 ms 🔥",
};

/** A server span with everything that a span can have. */
function makeSpans(exporter: JsonExporter): { provider: NodeTracerProvider; spans: () => ReadableSpan[] } {
  const memory = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes(RESOURCE),
    spanProcessors: [new SimpleSpanProcessor(memory), new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("payments", "1.4.0", {
    schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
  });
  const linked = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: TraceFlags.SAMPLED,
  };
  const server = tracer.startSpan("POST /pay", {
    kind: SpanKind.SERVER,
    attributes: ATTRIBUTES,
    links: [{ context: linked, attributes: { why: "batch" } }],
  });
  server.addEvent("retry", { attempt: 2 });
  server.setStatus({ code: SpanStatusCode.ERROR, message: "card declined" });
  server.end();
  return { provider, spans: () => memory.getFinishedSpans() };
}

describe.each([
  ["protobuf", (url: string, compression: never) => new ProtobufExporter({ url, compression })],
  ["JSON", (url: string, compression: never) => new JsonExporter({ url, compression })],
])("the OpenTelemetry SDK's %s exporter", (_, makeExporter) => {
  it.each(["none", "gzip"])("delivers every field of a span (compression: %s)", async (compression) => {
    const { listen, store } = setUp({ present: Date.now });
    const port = await listen();
    const { provider, spans } = makeSpans(
      makeExporter(`http://127.0.0.1:${port}/v1/traces`, compression as never),
    );
    await provider.forceFlush();
    const span = spans()[0] ?? expect.fail("no span was made");
    await provider.shutdown();
    const batches = [...store.spans.values()].flat();
    expect(batches.length).toBe(1);
    const batch = batches[0]!;
    expect(batch.count).toBe(1);
    expect(Buffer.from(batch.traceIds).toString("hex")).toBe(span.spanContext().traceId);
    expect(Buffer.from(batch.spanIds).toString("hex")).toBe(span.spanContext().spanId);
    expect(batch.startUnixNano[0]).toBe(
      BigInt(span.startTime[0]) * 1_000_000_000n + BigInt(span.startTime[1]),
    );
    expect(batch.endUnixNano[0]).toBe(BigInt(span.endTime[0]) * 1_000_000_000n + BigInt(span.endTime[1]));
    expect([batch.name[0], batch.kind[0], batch.status[0], batch.statusMessage[0]]).toEqual([
      "POST /pay",
      2,
      2,
      "card declined",
    ]);
    const { keys, values } = batch.attributes[0]!;
    expect(Object.fromEntries(keys.map((key, i) => [key, values[i]]))).toEqual({
      ...ATTRIBUTES,
      large: BigInt(2 ** 53 + 2),
      roles: '{"arrayValue":{"values":[{"stringValue":"admin"},{"stringValue":"buyer"}]}}',
    });
    const resource = batch.resources[0]!;
    expect(resource.serviceName).toBe("payment");
    expect(resource.attributes.values[resource.attributes.keys.indexOf("host.cpu.count")]).toBe(8);
    expect(batch.scopes[0]).toMatchObject({
      name: "payments",
      version: "1.4.0",
      schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
    });
    expect(batch.events[0]![0]).toMatchObject({
      name: "retry",
      attributes: { keys: ["attempt"], values: [2] },
    });
    expect(Buffer.from(batch.links[0]![0]!.traceId).toString("hex")).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(batch.links[0]![0]!.attributes.values).toEqual(["batch"]);
    expect(batch.flags[0]! & 0xff).toBe(1);
  });
});
