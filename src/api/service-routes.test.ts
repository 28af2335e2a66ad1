import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { deploymentRoutes, type DeploymentFilter } from "./deployment-routes.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { serviceRoutes } from "./service-routes.ts";
import { versionRoutes } from "./version-routes.ts";

const NOW_MS = Date.UTC(2026, 9, 3, 12);
const HOUR_MS = 3_600_000;

function appOf() {
  const asked: Record<string, unknown>[] = [];
  const note = <T>(answer: T) => {
    return (question: object): Promise<T> => {
      const { signal: _, ...rest } = question as Record<string, unknown>;
      asked.push(rest);
      return Promise.resolve(answer);
    };
  };
  const app = new OpenAPIHono({
    defaultHook: (result, c) =>
      result.success ? undefined : problemResponse(c, 400, "Invalid parameter", result.error.message),
  });
  app.onError((error, c) =>
    error instanceof ApiProblem
      ? problemResponse(c, error.status, error.title, error.message)
      : c.text(String(error), 500),
  );
  app.use((c, next) => {
    c.set("actor" as never, "key:ci" as never);
    return next();
  });
  const now = () => NOW_MS;
  serviceRoutes({
    now,
    listServices: note({ services: [], isTruncated: false }),
    showService: note(undefined),
    serviceMap: note({ nodes: [], edges: [], isTruncated: false }),
  })(app);
  const overall = { operation: "", a: null, b: null, errors: "same" as const, p95Ratio: null };
  versionRoutes({
    now,
    versions: note({ versions: [], markers: [] }),
    compareVersions: (question) =>
      note(question.b === "typo" ? { unseen: "typo" } : { a: "1", b: "2", overall, operations: [] })(
        question,
      ),
    versionPairs: note({ pairs: [], sampledOneIn: 1 }),
  })(app);
  deploymentRoutes({
    now,
    list: (filter: DeploymentFilter) => note({ deployments: [], nextCursor: null })(filter),
    create: ({ at, version = null, url = null, ...told }, actor) =>
      Promise.resolve({
        id: "d1",
        version,
        url,
        ...told,
        at: new Date(at).toISOString(),
        createdBy: actor,
        createdAt: new Date(NOW_MS).toISOString(),
      }),
  })(app);
  app.doc31("/openapi.json", { openapi: "3.1.0", info: { title: "test", version: "1" } });
  const get = async (path: string, init?: RequestInit) => {
    const response = await app.request(path, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const post = (body: object) =>
    get("/deployments", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return { asked, get, post };
}

describe("the API of services", () => {
  it("asks about the last hour, of versions about the last day, unless a time is given", async () => {
    const { asked, get } = appOf();
    const hour = { fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS };
    const day = { fromMs: NOW_MS - 24 * HOUR_MS, toMs: NOW_MS };
    expect((await get("/services")).body).toEqual({
      start: new Date(hour.fromMs).toISOString(),
      end: new Date(hour.toMs).toISOString(),
      apdexThresholdMs: 500,
      services: [],
      isTruncated: false,
    });
    await get("/service-map?start=1000&end=2000&limit=3");
    await get("/services/cart?sort=p95&apdexThreshold=50");
    await get("/services/cart/versions");
    await get("/services/cart/versions/compare?a=1&b=");
    await get("/services/cart/version-pairs?role=caller");
    expect(asked).toEqual([
      { ...hour, apdexMs: 500, limit: 200 },
      { fromMs: 1_000_000, toMs: 2_000_000, apdexMs: 500, limit: 3 },
      { ...hour, service: "cart", order: "p95", apdexMs: 50, limit: 200 },
      { ...day, service: "cart", apdexMs: 500 },
      { ...day, service: "cart", apdexMs: 500, a: "1", b: "" },
      { ...day, service: "cart", role: "caller" },
    ]);
  });

  it("says what is wrong with a question", async () => {
    const { get } = appOf();
    const detail = async (path: string) => {
      const { status, body } = await get(path);
      return [status, body["detail"]];
    };
    expect(await detail("/services?start=2000&end=2000")).toEqual([400, "end: must be after start"]);
    expect(await detail("/services?start=0&end=2678401")).toEqual([
      400,
      "start: lies more than 31 days before the end",
    ]);
    expect(await detail("/services/cart/versions/compare?a=1&b=1")).toEqual([
      400,
      "b: is the same version as a",
    ]);
    expect(await detail("/services/nobody")).toEqual([
      404,
      'no spans of "nobody" ended in this time, and no SLO names it; GET /api/v1/services lists services',
    ]);
    expect(await detail("/services/cart/versions/compare?a=1&b=typo")).toEqual([
      404,
      'no spans of "cart" with version "typo" ended in this time; GET /api/v1/services/{service}/versions lists versions',
    ]);
    for (const path of ["/services?apdexThreshold=0", "/services/cart?sort=name", "/services?limit=501"]) {
      expect((await get(path)).status).toBe(400);
    }
  });

  it("documents every route", async () => {
    const { get } = appOf();
    const { paths } = (await get("/openapi.json")).body as { paths: Record<string, object> };
    expect(Object.keys(paths).sort()).toEqual([
      "/deployments",
      "/service-map",
      "/services",
      "/services/{service}",
      "/services/{service}/version-pairs",
      "/services/{service}/versions",
      "/services/{service}/versions/compare",
    ]);
    expect(Object.keys(paths["/deployments"]!)).toEqual(["get", "post"]);
  });
});

describe("the API of changes", () => {
  it("takes a change as of now, or of a time, with who told of it", async () => {
    const { post } = appOf();
    expect(await post({ service: "cart" })).toMatchObject({
      status: 201,
      body: { kind: "deployment", at: new Date(NOW_MS).toISOString(), createdBy: "key:ci", version: null },
    });
    expect(
      await post({ service: "cart", version: "2", at: "1000", kind: "feature-flag", url: "http://x/1" }),
    ).toMatchObject({
      status: 201,
      body: { at: "1970-01-01T00:16:40.000Z", version: "2", url: "http://x/1" },
    });
  });

  it("refuses what it cannot show safely, or would not understand", async () => {
    const { post, get } = appOf();
    const wrong = [
      {},
      { service: "" },
      { service: "cart", url: "javascript:alert(1)" },
      { service: "cart", kind: "Feature Flag" },
      { service: "cart", at: "yesterday" },
      { service: "cart", at: String(NOW_MS / 1_000 + 2 * 86_400) },
      { service: "cart", unknown: 1 },
      { service: "a\0b" },
    ];
    for (const body of wrong) expect((await post(body)).status, JSON.stringify(body)).toBe(400);
    expect((await get("/deployments?cursor=x")).status).toBe(400);
    expect((await get("/deployments?service=cart&cursor=1000_ab-c")).status).toBe(200);
  });
});
