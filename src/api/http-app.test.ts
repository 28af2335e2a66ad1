import type { PrometheusPorts } from "./prometheus/ports.ts";
import { describe, expect, it } from "vitest";
import { parseApiKeys } from "./api-keys.ts";
import { createHttpApp } from "./http-app.ts";
import type { HttpAppDeps } from "./http-app.ts";
import type { NativeApiPorts } from "./native-routes.ts";
import { SILENT_LOG } from "../self/log.ts";

const NATIVE: NativeApiPorts = {
  areas: [],
  slos: () => [],
  readCounts: async () => undefined,
  specs: () => ({ loadedAt: null, files: [], diagnostics: [] }),
  listEpisodes: async () => ({ episodes: [], nextCursor: null }),
  getEpisode: async () => undefined,
  listNotifications: () => Promise.reject(new Error("password=planted-secret")),
};

function appWith(changes: Partial<HttpAppDeps> = {}) {
  const keys = parseApiKeys(
    "viewer:read:key-of-the-viewer,sender:ingest:key-of-the-sender,boss:admin:key-of-the-boss",
  );
  if (!keys.ok) throw new Error(keys.problems.join());
  return createHttpApp({
    version: "1.2.3",
    apiKeys: keys.keys,
    readiness: () => ({ ready: true }),
    renderMetrics: async () => ({ contentType: "text/plain", body: "up 1\n" }),
    ingest: undefined,
    native: NATIVE,
    pages: { slos: () => [], episodesOf: async () => [] },
    prometheus: { version: "1.2.3" } as PrometheusPorts,
    isStoreAway: () => false,
    log: SILENT_LOG,
    ...changes,
  });
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

describe("the HTTP app", () => {
  it("lets a key in by any of the usual headers, and none else", async () => {
    const app = appWith();
    const basic = Buffer.from("anything:key-of-the-viewer").toString("base64");
    for (const headers of [
      { authorization: "Bearer key-of-the-viewer" },
      { authorization: `Basic ${basic}` },
      { "x-api-key": "key-of-the-viewer" },
      { authorization: "Bearer key-of-the-boss" },
    ]) {
      expect((await app.request("/api/v1/slos", { headers })).status).toBe(200);
    }
    const unknown = await app.request("/api/v1/slos", bearer("key-of-a-stranger"));
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get("www-authenticate")).toContain("Bearer");
    expect((await app.request("/api/v1/slos", bearer("key-of-the-sender"))).status).toBe(403);
  });

  it("tells those who watch a Prometheus whether it is healthy and ready", async () => {
    expect((await appWith().request("/prometheus/-/healthy")).status).toBe(200);
    expect((await appWith().request("/prometheus/-/ready")).status).toBe(200);
    const starting = appWith({ readiness: () => ({ ready: false, reasons: ["no store"] }) });
    expect((await starting.request("/prometheus/-/ready")).status).toBe(503);
  });

  it("says where remote write and PromQL are to those who ask at another's address", async () => {
    const app = appWith();
    const detail = async (path: string, init: RequestInit): Promise<string> => {
      const response = await app.request(path, init);
      expect(response.status).toBe(404);
      return ((await response.json()) as { detail: string }).detail;
    };
    // A key that may only send is not told that it may not read.
    const sender = { method: "POST", ...bearer("key-of-the-sender") };
    expect(await detail("/api/v1/write", sender)).toContain("/prometheus/api/v1/write");
    expect(await detail("/api/v1/push", sender)).toContain("/prometheus/api/v1/write");
    const reader = bearer("key-of-the-viewer");
    expect(await detail("/api/v1/query_range", reader)).toContain("/prometheus/api/v1/query_range");
    expect(await detail("/prometheus", reader)).toContain("data source");
    expect(await detail("/nowhere", reader)).toContain("/api/openapi.json");
  });

  it("guards every page and endpoint but health", async () => {
    const app = appWith();
    for (const path of [
      "/",
      "/slos/x",
      "/metrics",
      "/prometheus/api/v1/query",
      "/api/v1/slos",
      "/api/v1/episodes/x",
      "/api/v1/specs",
    ]) {
      expect((await app.request(path)).status, path).toBe(401);
    }
    expect((await app.request("/healthz")).status).toBe(200);
    expect((await app.request("/readyz")).status).toBe(200);
  });

  it("answers 503 with the reasons while it is not ready", async () => {
    const app = appWith({ readiness: () => ({ ready: false, reasons: ["the service is stopping"] }) });
    const response = await app.request("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ reasons: ["the service is stopping"] });
  });

  it("answers every failure as a problem document, and keeps the cause to itself", async () => {
    const app = appWith({ apiKeys: [] });
    const cases: [string, number][] = [
      ["/api/v1/slos/none", 404],
      ["/api/v1/episodes/none", 404],
      ["/nowhere", 404],
      ["/api/v1/episodes?limit=many", 400],
      ["/api/v1/episodes?start=yesterday", 400],
      ["/api/v1/notifications?state=odd", 400],
      ["/api/v1/notifications", 500],
      ["/api/v1/episodes?slo=%00", 400],
      ["/api/v1/episodes/%00", 400],
      ["/api/v1/episodes?cursor=1_%00", 400],
      ["/api/v1/episodes?cursor=second-page", 400],
      ["/api/v1/notifications?cursor=x", 400],
      ["/api/v1/episodes?start=99999999999999999999999", 400],
      ["/api/v1/episodes?end=2026-13-01T00:00:00Z", 400],
      ["/api/v1/slos?state=odd", 400],
    ];
    for (const [path, status] of cases) {
      const response = await app.request(path);
      expect(response.status, path).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ status, type: "about:blank" });
      expect(text).not.toContain("planted-secret");
    }
  });

  it("takes times as RFC 3339 and as Unix seconds", async () => {
    const asked: (number | undefined)[] = [];
    const listEpisodes: NativeApiPorts["listEpisodes"] = async ({ startMs, endMs }) => {
      asked.push(startMs, endMs);
      return { episodes: [], nextCursor: null };
    };
    const app = appWith({ apiKeys: [], native: { ...NATIVE, listEpisodes } });
    for (const range of [
      "start=2026-01-31T12:00:00Z&end=2026-01-31T14:00:00.5%2B01:00",
      "start=1769860800&end=1769864400.5",
    ]) {
      expect((await app.request(`/api/v1/episodes?${range}`)).status, range).toBe(200);
    }
    expect(asked).toEqual([1_769_860_800_000, 1_769_864_400_500, 1_769_860_800_000, 1_769_864_400_500]);
  });

  it("asks to come again while a store is away", async () => {
    const app = appWith({ apiKeys: [], isStoreAway: () => true });
    const response = await app.request("/api/v1/notifications");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.text()).not.toContain("planted-secret");
  });

  it("gives the counts of an SLO by steps, widened to whole ones, and never more than a bounded number", async () => {
    const asked: unknown[] = [];
    const readCounts: NativeApiPorts["readCounts"] = async (slo, range) => {
      asked.push([slo, range]);
      return slo === "shop"
        ? { indicator: "ab", coveredFromMs: 60_000, good: [1, 2], total: [1, 3] }
        : undefined;
    };
    const app = appWith({ native: { ...NATIVE, readCounts } });
    const get = (path: string) => app.request(`/api/v1/slos/${path}`, bearer("key-of-the-viewer"));
    const found = await get("shop/counts?start=1005&end=1100&step=60");
    expect(found.status).toBe(200);
    expect(await found.json()).toEqual({
      slo: "shop",
      indicator: "ab",
      coveredFrom: "1970-01-01T00:01:00.000Z",
      start: "1970-01-01T00:16:40.000Z",
      end: "1970-01-01T00:18:40.000Z",
      stepMs: 60_000,
      corrected: false,
      good: [1, 2],
      total: [1, 3],
    });
    expect(asked).toEqual([
      ["shop", { startMs: 1_000_000, endMs: 1_120_000, stepMs: 60_000, corrected: false }],
    ]);
    expect((await get("nope/counts?start=0&end=10")).status).toBe(404);
    for (const query of ["start=0&end=110001", "start=5&end=5", "start=0&end=10&step=15", "start=0"]) {
      expect((await get(`shop/counts?${query}`)).status, query).toBe(400);
    }
    const openapi = (await (await app.request("/api/openapi.json", bearer("key-of-the-viewer"))).json()) as {
      paths: Record<string, unknown>;
    };
    expect(Object.keys(openapi.paths)).toContain("/api/v1/slos/{name}/counts");
  });

  it("asks which part of a composite is meant, whose counts alone there are", async () => {
    const parts = appWith({ native: { ...NATIVE, readCounts: async () => ({ parts: ["cart", "search"] }) } });
    const unnamed = await parts.request(
      "/api/v1/slos/shop/counts?start=0&end=10",
      bearer("key-of-the-viewer"),
    );
    expect([unnamed.status, await unnamed.text()].join()).toContain("ask for one of cart, search");
  });
});
