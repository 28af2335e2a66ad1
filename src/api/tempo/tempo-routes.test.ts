import { describe, expect, it } from "vitest";
import { timestampMs } from "../../model/time.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { parseApiKeys } from "../api-keys.ts";
import { createHttpApp } from "../http-app.ts";
import type { SearchOptions, TempoPorts } from "./ports.ts";
import { createTempoRoutes } from "./tempo-routes.ts";

const NOW_MS = timestampMs(1_700_000_000_000);
const NOTHING = { inspectedTraces: 0, inspectedSpans: 0, isPartial: false };

function tempoWith(changes: Partial<TempoPorts> = {}) {
  return createTempoRoutes({
    readTrace: async () => undefined,
    search: async () => ({ kind: "found", traces: [], ...NOTHING }),
    metrics: async () => ({ kind: "series", series: [], ...NOTHING }),
    tagNames: async () => ({ span: [], resource: [], event: [], link: [], scope: [] }),
    tagValues: async () => [],
    storeFailure: (error) =>
      error instanceof RangeError ? { status: 503, message: "the store is away" } : undefined,
    isReady: () => false,
    now: () => NOW_MS,
    version: "1",
    log: SILENT_LOG,
    ...changes,
  });
}

describe("the Tempo API", () => {
  it("is for keys that may read, and says so in plain text", async () => {
    const keys = parseApiKeys("viewer:read:key-of-the-viewer,sender:ingest:key-of-the-sender");
    const app = createHttpApp({
      version: "1",
      apiKeys: keys.ok ? keys.keys : [],
      readiness: () => ({ ready: true }),
      renderMetrics: async () => ({ contentType: "text/plain", body: "" }),
      ingest: undefined,
      native: undefined,
      pages: undefined,
      prometheus: undefined,
      tempo: tempoWith(),
      isStoreAway: () => false,
      log: SILENT_LOG,
    });
    const ask = (key?: string) =>
      app.request(
        "/tempo/api/echo",
        key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
      );
    expect((await ask()).status).toBe(401);
    const refused = await ask("key-of-the-sender");
    expect([refused.status, refused.headers.get("content-type")]).toEqual([403, "text/plain; charset=utf-8"]);
    expect(await (await ask("key-of-the-viewer")).text()).toBe("echo");
  });

  it("reads times as seconds, nanoseconds and RFC 3339, and takes the last hour without any", async () => {
    const asked: SearchOptions[] = [];
    const tempo = tempoWith({
      search: async (_, options) => {
        asked.push(options);
        return { kind: "found", traces: [], ...NOTHING };
      },
    });
    for (const range of [
      "start=1699999000&end=1700000000",
      "start=1699999000000000000&end=1700000000000000000",
      "start=2023-11-14T21:56:40Z&end=2023-11-14T22:13:20Z",
      "end=1700000000&since=1000",
    ]) {
      expect((await tempo.request(`/api/search?q={}&${range}`)).status).toBe(200);
      expect(asked.at(-1)).toMatchObject({ startMs: 1_699_999_000_000, endMs: 1_700_000_000_000, limit: 20 });
    }
    await tempo.request("/api/search?q={}");
    expect(asked.at(-1)).toMatchObject({ startMs: NOW_MS - 3_600_000, endMs: NOW_MS });
    for (const bad of ["start=yesterday", "start=7&end=7", "since=-5m", "since=5 apples", "spss=101"]) {
      expect([bad, (await tempo.request(`/api/search?q={}&${bad}`)).status]).toEqual([bad, 400]);
    }
  });

  it("chooses a step for a graph, and refuses too many", async () => {
    const steps: number[] = [];
    const tempo = tempoWith({
      metrics: async (_, { stepMs }) => {
        steps.push(stepMs);
        return { kind: "series", series: [], ...NOTHING };
      },
    });
    await tempo.request("/api/metrics/query_range?q={}|rate()&since=1h");
    await tempo.request("/api/metrics/query_range?q={}|rate()&since=7d");
    await tempo.request("/api/metrics/query_range?q={}|rate()&since=1h&step=1m30s");
    expect(steps).toEqual([30_000, 7_200_000, 90_000]);
    expect((await tempo.request("/api/metrics/query_range?q={}|rate()&since=7d&step=1s")).status).toBe(400);
    expect((await tempo.request("/api/metrics/query_range")).status).toBe(400);
  });

  it("tells a store that is away from a fault of its own, and keeps the cause to itself", async () => {
    const away = await tempoWith({ readTrace: () => Promise.reject(new RangeError("x")) }).request(
      "/api/traces/1",
    );
    expect([away.status, await away.text(), away.headers.get("retry-after")]).toEqual([
      503,
      "the store is away\n",
      "5",
    ]);
    const fault = await tempoWith({ readTrace: () => Promise.reject(new Error("planted-secret")) }).request(
      "/api/traces/1",
    );
    expect(fault.status).toBe(500);
    expect(await fault.text()).not.toContain("planted");
    expect((await tempoWith().request("/ready")).status).toBe(503);
  });
});
