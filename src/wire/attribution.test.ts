import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenAPIHono } from "@hono/zod-openapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AttributionBody } from "../api/attribution-schema.ts";
import { ApiProblem } from "../api/problem.ts";
import { AttributeType } from "../model/attributes.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { DAY_MS, durationMs, timestampMs } from "../model/time.ts";
import { fakeSpans, type FakeSpan } from "../record/fake-spans.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { wireAttribution } from "./attribution.ts";

const START = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2;
const EVENTS = 24_000;

/**
 * Every 12th event is bad. Of 100 bad ones 82 are refunds, of 100 good ones 9; all bad ones are of version 2, half of the
 * good ones; both lie in one region. `handler` is the route by another name.
 */
function event(i: number): FakeSpan & { readonly version: string } {
  const isBad = i % 12 === 0;
  const nth = Math.floor(i / 12) % 100;
  const isRefund = isBad ? nth < 82 : nth < 9;
  const route = isRefund ? "/refund" : `/page/${i % 5}`;
  return {
    service: "shop",
    name: `POST ${route}`,
    trace: i + 1,
    id: i + 1,
    version: isBad || i % 2 === 1 ? "2" : "1",
    attributes: {
      "http.route": route,
      "http.request.method": "POST",
      handler: isRefund ? "RefundHandler" : `Page${i % 5}`,
      "order.id": `o-${i}`,
      "user.ref": `${i.toString(16).padStart(8, "0")}-1111-4222-8333-444455556666`,
      "http.status_code": isBad ? "500" : "200",
      "error.type": isBad ? "DeclinedError" : "",
    },
  };
}

function batch(from: number, to: number): SpanBatch {
  const spans = Array.from({ length: to - from }, (_, i) => event(from + i));
  const endMs = Float64Array.from(spans, (_, i) => START + from + i);
  return {
    ...fakeSpans(spans),
    endMs,
    endUnixNano: BigUint64Array.from(endMs, (ms) => BigInt(ms) * 1_000_000n),
    startUnixNano: BigUint64Array.from(endMs, (ms) => BigInt(ms - 1) * 1_000_000n),
    resources: spans.map(({ service, version }) => {
      const named = { "service.name": service, "service.version": version, "cloud.region": "eu-west-1" };
      return {
        attributes: {
          keys: Object.keys(named),
          types: Object.keys(named).map(() => AttributeType.string),
          values: Object.values(named),
        },
        schemaUrl: "",
        serviceName: service,
      };
    }),
  };
}

let clickhouse: ClickHouse;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-attribution-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const retention = { spansMs: durationMs(30 * DAY_MS), sliCountsMs: DAY_MS, samplesMs: DAY_MS };
  await migrateClickHouse(clickhouse, { retention });
  await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches: [batch(0, EVENTS)] });
}, 60_000);

afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

const traces = {
  id: "0123456789abcdef",
  source: "traces",
  total: '{ resource.service.name = "shop" && kind = server }',
  select: { outcome: "bad", query: '{ span.http.status_code = "500" }' },
};
const SLOS = [
  { name: "shop", indicator: traces },
  { name: "counted", indicator: { id: "1", source: "metrics", definition: {} } },
  {
    name: "both",
    indicator: { id: "2", source: "composite", parts: [{ name: "web", indicator: traces }] },
  },
] as unknown as readonly Slo[];

/** These SLOs count spans. */
const runQuery = () => Promise.reject(new Error("no metrics are asked for"));

async function ask(path: string, end = START + EVENTS) {
  const app = new OpenAPIHono();
  app.onError((error, c) =>
    error instanceof ApiProblem
      ? c.json({ detail: error.message }, error.status)
      : c.text(String(error), 500),
  );
  wireAttribution({ clickhouse, runQuery, slos: () => SLOS, now: () => timestampMs(end) })(app);
  const response = await app.request(path);
  return { status: response.status, body: (await response.json()) as AttributionBody & { detail: string } };
}

describe("why an SLO burns", () => {
  it("is what bad events have that good ones have not, in words and with traces", async () => {
    const { status, body } = await ask("/slos/shop/attribution");
    expect(status).toBe(200);
    expect(body.events).toEqual({ total: EVENTS, bad: EVENTS / 12, estimated: false });
    expect(body.summary).toMatch(
      /^2000 of 24000 events were bad: 82 % of bad events have http\.route=\/refund, /,
    );
    const [refund, version] = body.contributors;
    expect(refund).toMatchObject({
      attribute: "span.http.route",
      value: "/refund",
      query: '{ span.http.route = "/refund" }',
      badShare: 0.82,
      alsoTrue: [
        { attribute: "name", value: "POST /refund" },
        { attribute: "span.handler", value: "RefundHandler" },
      ],
    });
    expect(refund?.goodShare).toBeCloseTo(0.09, 1);
    expect(version).toMatchObject({ attribute: "resource.service.version", value: "2", badShare: 1 });
    expect(body.contributors).toHaveLength(2);
    // The latest bad refund first: event 11_976 + 12_000 is the 98th of its hundred, so not a refund.
    const latest = [1, 2, 3].map((n) => (12 * (1_982 - n) + 1).toString(16).padStart(32, "0"));
    expect(refund?.traceIds).toEqual(latest);
  });

  it("says how it fails apart from where, and what was left out", async () => {
    const { body } = await ask("/slos/shop/attribution");
    expect(body.symptoms.map(({ words }) => words)).toEqual([
      "all bad events have error.type=DeclinedError, no good one does",
    ]);
    expect(body.symptoms[0]?.alsoTrue).toEqual([{ attribute: "span.http.status_code", value: "500" }]);
    expect(body.excluded.map(({ attribute }) => attribute)).toEqual(["span.order.id", "span.user.ref"]);
  });

  it("names the endpoint, version and region that spent the budget", async () => {
    const { body } = await ask("/slos/shop/attribution");
    expect(body.spenders.map(({ dimension, value, only }) => [dimension, value, only])).toEqual([
      ["endpoint", "POST /refund", false],
      ["version", "2", false],
      ["region", "eu-west-1", true],
    ]);
  });

  it("is the same each time", async () => {
    const [first, second] = [await ask("/slos/shop/attribution"), await ask("/slos/shop/attribution")];
    expect(first.body).toEqual(second.body);
  });

  it("is nothing where nothing was bad, or nothing happened", async () => {
    const nothing = await ask(`/slos/shop/attribution?end=${(START - 1) / 1_000}`);
    expect(nothing.body).toMatchObject({ summary: "There were no events.", contributors: [], spenders: [] });
    const good = await ask(`/slos/shop/attribution?start=${(START + 1) / 1_000}&end=${(START + 12) / 1_000}`);
    expect(good.body.summary).toBe("None of 11 events was bad.");
  });

  it("says why it cannot be answered, and asks for the part of a composite", async () => {
    expect((await ask("/slos/counted/attribution")).status).toBe(422);
    expect((await ask("/slos/nobody/attribution")).status).toBe(404);
    const both = await ask("/slos/both/attribution");
    expect([both.status, both.body.detail]).toEqual([400, "part: say which part to look at; it has web"]);
    expect((await ask("/slos/both/attribution?part=web")).body.events.bad).toBe(2_000);
    expect((await ask("/slos/shop/attribution?start=2&end=1")).status).toBe(400);
  });
});
