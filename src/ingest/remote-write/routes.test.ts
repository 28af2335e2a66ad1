import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { serve, type ServerType } from "@hono/node-server";
import { afterEach, describe, expect, it } from "vitest";
import { durationMs, timestampMs } from "../../model/time.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { type AdmissionOptions, createAdmission } from "../admission.ts";
import { createGroupCommitter } from "../commit-group.ts";
import { createGroupCommit } from "../group-commit.ts";
import { createGroupIds } from "../group-id.ts";
import { createMemoryStore } from "../memory-store.ts";
import { createRecentBodies } from "../recent-bodies.ts";
import { DEFAULT_SERIES_LIMITS } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import { createRemoteWriteRoutes, REMOTE_WRITE_PATH, type RemoteWriteRoutesOptions } from "./routes.ts";
import { encodeWriteV1, encodeWriteV2, type SampleSeries, type SampleWrite } from "./sample-write.ts";
import { WRITE_NOW_MS } from "./sample-write-arbitrary.ts";
import { snappyEncode } from "./snappy-encode.ts";
import { createWriteDecoder } from "./write-decoder.ts";
import { DEFAULT_WRITE_LIMITS } from "./write-limits.ts";

const servers: ServerType[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function setUp(changes: Partial<RemoteWriteRoutesOptions> & { admit?: Partial<AdmissionOptions> } = {}) {
  const store = createMemoryStore(() => ({ deltas: [], touched: [] }));
  const now = () => timestampMs(WRITE_NOW_MS);
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
  const table = createSeriesTable({ ...DEFAULT_SERIES_LIMITS, maxSeriesPerMetric: 2 }, SILENT_LOG);
  const ended: unknown[] = [];
  const decoded: unknown[] = [];
  const app = createRemoteWriteRoutes({
    decoder: createWriteDecoder(table, { ...DEFAULT_WRITE_LIMITS, retentionMs: durationMs(3_600_000) }),
    admission,
    bodyLimits: { compressedBytes: 1_000_000, bytes: 2_000_000, timeoutMs: 10_000 },
    submit: groupCommit.submit,
    now,
    log: SILENT_LOG,
    observer: { requestEnded: (request) => ended.push(request), decoded: (request) => decoded.push(request) },
    ...changes,
  });
  const post = (body: Uint8Array, headers: Record<string, string> = V1) =>
    Promise.resolve(app.request(REMOTE_WRITE_PATH, { method: "POST", body: Buffer.from(body), headers }));
  const stored = () => [...store.samples.values()].flat();
  return { app, post, stored, store, admission, ended, decoded, groupCommit };
}

const V1 = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
const V2 = { ...V1, "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" };
const v1 = (request: SampleWrite) => snappyEncode(encodeWriteV1(request));
const v2 = (request: SampleWrite) => snappyEncode(encodeWriteV2(request));
const one = (job: string, off = 0): SampleSeries => ({
  labels: [
    ["__name__", "up"],
    ["job", job],
  ],
  samples: [{ timeMs: WRITE_NOW_MS + off, value: 1 }],
});
const written = (response: Response) =>
  ["samples", "histograms", "exemplars"].map((what) =>
    response.headers.get(`x-prometheus-remote-write-${what}-written`),
  );

describe("remote write over HTTP", () => {
  it.each([
    ["1.0", v1, V1],
    ["1.0 by name", v1, { ...V1, "content-type": "application/x-protobuf; proto=prometheus.WriteRequest" }],
    ["1.0 from a sender without headers", v1, {}],
    ["2.0", v2, V2],
    [
      "2.0 in quotes",
      v2,
      { ...V2, "content-type": 'application/x-protobuf; proto="io.prometheus.write.v2.Request"' },
    ],
  ])("answers 204 and what was written, %s, when everything is stored", async (_name, encode, headers) => {
    const { post, stored, ended, decoded } = setUp();
    const exemplars = [{ labels: [["trace_id", "ab"]] as const, value: 1, timeMs: WRITE_NOW_MS }];
    const histograms = [{ timeMs: WRITE_NOW_MS, isFloat: false, count: 0, sum: 0, schema: 0 }];
    const response = await post(
      encode({
        series: [
          { ...one("a"), exemplars },
          { ...one("b"), histograms },
        ],
      }),
      headers,
    );
    expect(response.status).toBe(204);
    expect(written(response)).toEqual(["2", "1", "1"]);
    expect(stored().map(({ floats }) => floats.count)).toEqual([2]);
    expect(ended).toMatchObject([{ status: 204, version: _name.slice(0, 3) }]);
    expect(decoded).toMatchObject([{ samples: 2, histograms: 1, exemplars: 1, refused: { count: 0 } }]);
  });

  it.each([
    [
      { ...V1, "content-type": "application/json" },
      /content type application\/json is not accepted: send application\/x-protobuf/,
    ],
    [{ ...V1, "content-type": "application/x-protobuf;proto=io.prometheus.write.v3.Request" }, /v3/],
    [{ ...V1, "content-encoding": "gzip" }, /content encoding gzip is not accepted: send snappy/],
    [{ ...V1, "content-encoding": "zstd" }, /zstd/],
  ])("answers 415 to %o", async (headers, message) => {
    const { post, stored } = setUp();
    const response = await post(v1({ series: [one("a")] }), headers);
    expect(response.status).toBe(415);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toMatch(message);
    expect(stored()).toEqual([]);
  });

  it.each([
    ["1.0", v1, V1],
    ["2.0", v2, V2],
  ])("stores what is valid and answers 400 with the rest, %s", async (_v, encode, headers) => {
    const { post, stored } = setUp();
    const series = [
      one("a"),
      one("b", -3_600_001),
      one("c"),
      { ...one("d"), labels: [["job", "x"]] as const },
    ];
    const response = await post(encode({ series }), headers);
    expect(response.status).toBe(400);
    expect(written(response)).toEqual(["1", "0", "0"]);
    expect(stored().map(({ floats }) => floats.count)).toEqual([1]);
    const text = await response.text();
    expect(text).toContain("3 samples were refused, the others are stored");
    expect(text).toContain('up{job="b"}: the sample at ');
    expect(text).toContain('up{job="c"}: metric "up" has 2 series already');
    expect(text).toContain('{job="x"}: a series without a metric name');
  });

  it("stores metadata that comes without samples", async () => {
    const { post, stored } = setUp();
    const metadata = [{ metric: "up", type: 2, help: "Is it up?", unit: "" }];
    expect((await post(v1({ series: [], metadata }))).status).toBe(204);
    expect(stored()[0]!.metadata).toEqual([{ metric: "up", type: "gauge", help: "Is it up?", unit: "" }]);
  });

  it("stores the same request again: samples are there once by themselves", async () => {
    const { post, stored } = setUp();
    const body = v1({ series: [one("a")] });
    expect((await post(body)).status).toBe(204);
    expect((await post(body)).status).toBe(204);
    expect(stored()).toHaveLength(2);
  });

  it("answers 204 to a body without anything, and stores nothing", async () => {
    const { post, stored } = setUp();
    expect((await post(v1({ series: [] }))).status).toBe(204);
    expect(stored()).toEqual([]);
  });

  it.each([
    ["plain protobuf", encodeWriteV1({ series: [one("a")] }), /snappy/],
    ["gzip", gzipSync(encodeWriteV1({ series: [one("a")] })), /snappy/],
    ["no protobuf", snappyEncode(Buffer.from("hello, world")), /malformed/],
    ["2.0 under the name of 1.0", v2({ series: [one("a")] }), /proto parameter/],
    ["nothing", Buffer.alloc(0), /snappy/],
  ])("answers 400 to %s", async (_what, body, message) => {
    const { post, admission } = setUp();
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(message);
    expect(written(response)).toEqual(["0", "0", "0"]);
    expect(admission.bytesInFlight()).toBe(0);
  });

  it("answers 413 to a body that is too large, compressed or not", async () => {
    const { post } = setUp({ bodyLimits: { compressedBytes: 5_000, bytes: 50_000, timeoutMs: 1_000 } });
    expect((await post(Buffer.alloc(5_001))).status).toBe(413);
    const response = await post(snappyEncode(Buffer.alloc(50_001)));
    expect(response.status).toBe(413);
    expect(await response.text()).toContain("50000 bytes after decompression");
  });

  it("answers 503 and when to come back, never 429, when too much is under way", async () => {
    for (const admit of [{ maxBytesInFlight: 4_200 }, { maxBytesInFlight: 10 }, { queuedGroups: () => 9 }]) {
      const { post, stored, admission } = setUp({ admit });
      const response = await post(v1({ series: Array.from({ length: 100 }, () => one("a")) }));
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(stored()).toEqual([]);
      expect(admission.bytesInFlight()).toBe(0);
    }
  });

  it("answers 503 when the samples cannot be stored, or when the service stops", async () => {
    const { post, store, groupCommit } = setUp();
    store.faults.insertSamples = ["fail", "fail"];
    const response = await post(v2({ series: [one("a")] }), V2);
    expect(response.status).toBe(503);
    expect(written(response)).toEqual(["0", "0", "0"]);
    expect(await response.text()).toBe("the samples could not be stored\n");
    await groupCommit.drain();
    expect((await post(v1({ series: [one("a")] }))).status).toBe(503);
  });

  it("answers 503 when something is broken, and says nothing of what", async () => {
    const { post } = setUp({ submit: () => Promise.reject(new Error("secret")) });
    const response = await post(v1({ series: [one("a")] }));
    expect([response.status, await response.text()]).toEqual([503, "internal error\n"]);
  });

  it("allows POST alone", async () => {
    const response = await setUp().app.request(REMOTE_WRITE_PATH);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("takes a body that comes in pieces over a socket", async () => {
    const { app, stored } = setUp();
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    servers.push(server);
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const body = v1({ series: Array.from({ length: 50 }, () => one("a")) });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest(
        { port, host: "127.0.0.1", method: "POST", path: REMOTE_WRITE_PATH, headers: V1 },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on("error", reject);
      sent.write(body.subarray(0, 10));
      setTimeout(() => sent.end(body.subarray(10)), 20);
    });
    expect(status).toBe(204);
    expect(stored()[0]!.floats.count).toBe(50);
  });
});
