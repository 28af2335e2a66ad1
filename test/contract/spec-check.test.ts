import { OpenAPIHono } from "@hono/zod-openapi";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runValidate } from "../../src/cli/validate.ts";
import type { ValidateOptions } from "../../src/cli/validate.ts";
import { HOUR_MS, timestampMs } from "../../src/model/time.ts";
import { createPreviewCounts } from "../../src/sli/preview-counts.ts";
import { insertIngestGroup } from "../../src/store/clickhouse/ingest-group-rows.ts";
import { readArrivals } from "../../src/store/clickhouse/read-arrivals.ts";
import { createSampleWriter } from "../../src/store/clickhouse/sample-writer.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import { wireChecks } from "../../src/wire/checks.ts";
import { openTestStore } from "./counting-stand.ts";
import { sampleAttributes, sampleSpans } from "./sample-spans.ts";
import { createSampleStand, series } from "./sample-series.ts";

const store = await openTestStore();
const { clickhouse } = store;
const nowMs = Math.floor(Date.now() / 10_000) * 10_000;
const folder = await mkdtemp(join(tmpdir(), "noroshi-check-"));
let refusal: number | undefined;
const app = new OpenAPIHono().basePath("/api/v1");
app.use("*", async (c, next) =>
  refusal === undefined ? next() : c.json({ detail: "this API key is not known here" }, refusal as 401),
);
wireChecks({
  clickhouse,
  now: () => timestampMs(nowMs),
  previewCounts: createPreviewCounts({
    store: {
      query: (sql, options) => clickhouse.query("read", sql, options),
      command: (sql, options) => clickhouse.command("read", sql, options),
    },
    runQuery: () => Promise.reject(new Error("no queries here")),
    coveredFromMs: () => undefined,
    readCounts: () => Promise.reject(new Error("nothing is counted here")),
    oldestSpanMs: async () => nowMs - 2 * HOUR_MS,
    keptFromMs: async () => nowMs - 48 * HOUR_MS,
  }),
})(app);
const listener = getRequestListener(app.fetch);
const server = createServer((request, response) => void listener(request, response));
let url = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const spans = Array.from({ length: 2_000 }, (_, index) => ({
    service: "payment",
    kind: 2,
    endMs: nowMs - HOUR_MS + index * 1_000,
    attributes: sampleAttributes({
      "http.response.status_code": index < 5 ? 503 : 200,
      "http.route": "/v1/payments",
    }),
  }));
  await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches: [sampleSpans(spans)] });
  const stand = createSampleStand();
  const floats = ["200", "404"].flatMap((code) =>
    Array.from({ length: 10 }, (_, index): [ReturnType<typeof series>, number, number] => [
      series("http_requests_total", { code, job: "shop" }),
      nowMs - HOUR_MS + index * 30_000,
      index * (code === "200" ? 100 : 1),
    ]),
  );
  await createSampleWriter(clickhouse)({ groupId: 2n, batches: [stand.batch({ floats })] });
});
afterAll(async () => {
  server.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

interface Queries {
  readonly type?: "traces" | "prometheus";
  readonly total: string;
  readonly good?: string;
  readonly bad?: string;
  readonly target?: number;
}

async function validate(queries: Queries, options: Partial<ValidateOptions> = {}) {
  const { type = "traces", total, good, bad, target = 0.99 } = queries;
  const source = (query: string) => ({ metricSource: { type, spec: { query } } });
  const select = good === undefined ? { bad: source(bad!) } : { good: source(good) };
  const document = {
    apiVersion: "openslo/v1",
    kind: "SLO",
    metadata: { name: "asked" },
    spec: {
      service: "payment",
      budgetingMethod: "Occurrences",
      timeWindow: [{ duration: "30d", isRolling: true }],
      indicator: {
        metadata: { name: "i" },
        spec: { ratioMetric: { counter: true, ...select, total: source(total) } },
      },
      objectives: [{ target }],
    },
  };
  const file = join(folder, "asked.json");
  await writeFile(file, JSON.stringify(document));
  let stdout = "";
  let stderr = "";
  const code = await runValidate(
    [file],
    { format: "json", resolve: true, sliCountsMs: 400 * 24 * HOUR_MS, server: url, ...options },
    {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      isTerminal: false,
    },
  );
  const found = (JSON.parse(stdout) as { diagnostics: { severity: string; message: string; hint: string }[] })
    .diagnostics;
  return {
    code,
    stdout,
    stderr,
    told: found
      .filter(({ message }) => message.startsWith('SLO "asked"'))
      .map(
        ({ severity, message, hint }) => `${severity}: ${message.slice('SLO "asked": '.length)} -> ${hint}`,
      ),
  };
}

const PAYMENT = 'resource.service.name = "payment"';
const SHOP = 'http_requests_total{job="shop"}';

describe("validate --server, on spans", () => {
  it("says nothing where queries match and counts make sense", async () => {
    const fine = {
      total: `{ ${PAYMENT} && kind = server }`,
      good: "{ span.http.response.status_code < 500 }",
    };
    expect(await validate(fine)).toMatchObject({ code: 0, told: [] });
  });

  it.each<[string, Queries, string]>([
    [
      "a service",
      { total: '{ resource.service.name = "paymnt" }', good: "{ status != error }" },
      'total: no span has resource.service.name = "paymnt" (last 24 hours) -> did you mean "payment"?',
    ],
    [
      "a value",
      { total: `{ ${PAYMENT} && span.http.route = "/v1/paymets" }`, good: "{ status != error }" },
      'total: no span of payment has span.http.route = "/v1/paymets" (last 24 hours) -> did you mean "/v1/payments"?',
    ],
    [
      "an attribute",
      { total: `{ ${PAYMENT} }`, good: "{ span.http.responce.status_code < 500 }" },
      "good: no span of payment has the attribute span.http.responce.status_code (last 24 hours) -> " +
        "did you mean span.http.response.status_code?",
    ],
    [
      "a scope",
      { total: `{ ${PAYMENT} && resource.http.route = "/v1/payments" }`, good: "{ status != error }" },
      "total: no span of payment has the attribute resource.http.route (last 24 hours) -> did you mean span.http.route?",
    ],
    [
      "a text for a number",
      { total: `{ ${PAYMENT} }`, good: '{ span.http.response.status_code = "200" }' },
      "good: span.http.response.status_code is a number in every span of payment, and a number never equals a text " +
        "(last 24 hours) -> write it without quotes; it has 200, 503",
    ],
    [
      "a kind",
      { total: `{ ${PAYMENT} && kind = client }`, good: "{ status != error }" },
      "total: no span of payment has kind = client (last 24 hours) -> kind has server",
    ],
  ])("names what never matches: %s", async (_what, queries, expected) => {
    expect((await validate(queries)).told).toEqual([`warning: ${expected}`]);
  });

  it("takes nothing bad for good news, unless it is misspelt", async () => {
    const total = `{ ${PAYMENT} }`;
    expect((await validate({ total, bad: "{ span.http.response.status_code >= 504 }" })).told).toEqual([]);
    expect((await validate({ total, bad: "{ span.http.reponse.status_code >= 500 }" })).told).toHaveLength(1);
  });

  it("tells of counts that make no sense", async () => {
    const total = `{ ${PAYMENT} }`;
    const blind = await validate({ total, good: `{ ${PAYMENT} && kind = server }`, target: 0.9 });
    expect(blind.told[0]).toContain("all of 2,000 events were good, where 90 % may be missed by 200");
  });
});

describe("validate --server, on metrics", () => {
  const rate = (selector: string): string => `sum(rate(${selector}[5m]))`;

  it.each<[string, Queries, readonly string[]]>([
    ["fine", { total: rate(SHOP), bad: rate('http_requests_total{job="shop",code=~"5.."}') }, []],
    [
      "the metric",
      { total: rate("http_request_total"), bad: rate('http_request_total{code=~"5.."}') },
      [
        "total: the metric http_request_total is unknown (last 24 hours) -> did you mean http_requests_total?",
      ],
    ],
    [
      "labels",
      {
        total: rate('http_requests_total{job="shp"}'),
        bad: rate('http_requests_total{job="shp",status="500"}'),
      },
      [
        'total: the label job of http_requests_total never has the value "shp" (last 24 hours) -> did you mean "shop"?',
      ],
    ],
    [
      "a label of bad",
      { total: rate(SHOP), bad: rate('http_requests_total{job="shop",status=~"5.."}') },
      ["bad: http_requests_total has no label status (last 24 hours) -> it has code, job"],
    ],
    [
      "good above total",
      { total: rate('http_requests_total{job="shop",code="404"}'), good: rate(SHOP) },
      [
        "good is above total: 909 good events of 9 (last 24 hours) -> " +
          "write the conditions of total into good: it must count a part of what total counts",
      ],
    ],
  ])("names what is wrong: %s", async (_what, queries, expected) => {
    const { told } = await validate({ type: "prometheus", ...queries });
    expect(told).toEqual(expected.map((text) => `warning: ${text}`));
  });
});

describe("validate --server", () => {
  const wrong = { total: '{ resource.service.name = "paymnt" }', good: "{ status != error }" };

  it("makes its warnings errors with --strict", async () => {
    expect((await validate(wrong)).code).toBe(0);
    expect(await validate(wrong, { strict: true })).toMatchObject({
      code: 1,
      told: [expect.stringMatching(/^error/)],
    });
  });

  it.each([
    ["text", "asked.json:1:1: warning: "],
    ["github", "::warning file="],
    ["junit", "warning: SLO &quot;asked&quot;"],
    ["sarif", '"level": "warning"'],
  ] as const)("is in the format %s", async (format, expected) => {
    const file = join(folder, "asked.json");
    await validate(wrong);
    let stdout = "";
    const io = {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: () => {} },
      isTerminal: false,
    };
    await runValidate([file], { format, resolve: true, sliCountsMs: 1e12, server: url }, io);
    expect(stdout).toContain(expected);
    expect(stdout).toContain("paymnt");
  });

  it("could not run, and says why, where the server is away or refuses the key", async () => {
    refusal = 401;
    const refused = await validate(wrong);
    refusal = undefined;
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain("answered 401: this API key is not known here");
    const away = await validate(wrong, { server: "http://127.0.0.1:1" });
    expect(away).toMatchObject({ code: 2 });
    expect(away.stderr).toContain("cannot be reached");
  });
});

describe("arrivals", () => {
  it("are requests of others, not what Noroshi stores by itself", async () => {
    expect(await readArrivals(clickhouse)).toMatchObject({ lastMs: undefined, minutes: 0 });
    const group = async (id: number, minutesAgo: number, bodies: number): Promise<void> => {
      await insertIngestGroup(clickhouse, {
        groupId: BigInt(id),
        writer: 1n,
        committedAtMs: nowMs - minutesAgo * 60_000,
        bodies: Array.from({ length: bodies }, () => new Uint8Array(16)),
        spans: 0,
        touched: [],
      });
    };
    for (const [id, minutesAgo, bodies] of [
      [1, 90, 1],
      [2, 60, 1],
      [3, 30, 2],
      [4, 20, 1],
      [5, 1, 0],
    ] as const) {
      await group(id, minutesAgo, bodies);
    }
    expect(await readArrivals(clickhouse)).toEqual({
      lastMs: nowMs - 20 * 60_000,
      firstMs: nowMs - 60 * 60_000,
      minutes: 3,
    });
  });
});
