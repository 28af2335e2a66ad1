import { OpenAPIHono } from "@hono/zod-openapi";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeTracesJson } from "../../src/ingest/otlp/decode-traces-json.ts";
import { DEFAULT_SPAN_LIMITS } from "../../src/ingest/otlp/span-limits.ts";
import { timestampMs } from "../../src/model/time.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import { wireFaults } from "../../src/wire/faults.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;

let folder: string;
let clickhouse: ClickHouse;
let app: OpenAPIHono;
let ids = 0;

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const nanos = (ms: number): string => `${BigInt(Math.round(ms * 1_000))}000`;

function span(agoMs: number, tookMs: number, more: object = {}) {
  ids += 1;
  return {
    traceId: ids.toString(16).padStart(32, "0"),
    spanId: ids.toString(16).padStart(16, "0"),
    name: "work",
    kind: 3,
    startTimeUnixNano: nanos(NOW_MS - agoMs - tookMs),
    endTimeUnixNano: nanos(NOW_MS - agoMs),
    ...more,
  };
}

const thrown = (agoMs: number, type: string, message: string) =>
  span(agoMs, 5, {
    status: { code: 2 },
    events: [
      {
        timeUnixNano: nanos(NOW_MS - agoMs),
        name: "exception",
        attributes: [text("exception.type", type), text("exception.message", message)],
      },
    ],
  });

const query = (agoMs: number, tookMs: number, statement: string) =>
  span(agoMs, tookMs, {
    attributes: [
      text("db.system.name", "postgresql"),
      text("db.namespace", "orders"),
      text("db.query.text", statement),
    ],
  });

async function store(version: string, spans: readonly object[]): Promise<void> {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [text("service.name", "payment"), text("service.version", version)] },
        scopeSpans: [{ spans }],
      },
    ],
  };
  const bytes = Buffer.from(JSON.stringify(body));
  const decoded = decodeTracesJson(bytes, timestampMs(Date.now()), DEFAULT_SPAN_LIMITS);
  if (decoded.kind !== "decoded") throw new Error(JSON.stringify(decoded));
  await insertSpans(clickhouse, { groupId: BigInt(ids), writer: 1n, batches: [decoded.batch] });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "noroshi-faults-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir: folder, log: SILENT_LOG });
  await migrateClickHouse(clickhouse, {
    retention: { spansMs: 30 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS },
  });
  await store("1.0", [
    thrown(600_000, "NotFound", "user 4711 not found"),
    thrown(500_000, "NotFound", 'user "x" not found'),
    query(400_000, 10, "SELECT * FROM orders WHERE id = 7"),
  ]);
  await store("1.1", [
    thrown(100_000, "NotFound", "user 12 not found"),
    thrown(90_000, "ECONNREFUSED", "connect ECONNREFUSED 10.0.0.7:5432"),
    query(80_000, 30, "select *  from orders where id = 'a'"),
    query(70_000, 50, "SELECT * FROM orders WHERE id = 1234"),
    thrown(3 * 3_600_000, "NotFound", "user 1 not found"),
  ]);
  app = new OpenAPIHono();
  wireFaults({ clickhouse, now: () => timestampMs(NOW_MS) })(app);
}, 60_000);
afterAll(async () => {
  await clickhouse.close();
  await rm(folder, { recursive: true, force: true });
});

const get = async (path: string): Promise<{ groups: object[]; statements: object[] }> => {
  const response = await app.request(path);
  expect(response.status).toBe(200);
  return (await response.json()) as never;
};

describe("errors", () => {
  it("are one group whatever user they are about, with versions, times and samples", async () => {
    const { groups } = await get("/errors");
    expect(groups).toEqual([
      {
        service: "payment",
        type: "NotFound",
        message: "user * not found",
        example: expect.stringMatching(/^user .* not found$/),
        count: 3,
        firstSeen: new Date(NOW_MS - 600_000).toISOString(),
        lastSeen: new Date(NOW_MS - 100_000).toISOString(),
        versions: ["1.0", "1.1"],
        traceIds: expect.arrayContaining(["4".padStart(32, "0")]),
      },
      expect.objectContaining({
        type: "ECONNREFUSED",
        message: "connect ECONNREFUSED *",
        count: 1,
        versions: ["1.1"],
      }),
    ]);
  });

  it("are those of one service and one time where that is asked", async () => {
    expect((await get("/errors?service=ledger")).groups).toEqual([]);
    const start = (NOW_MS - 4 * 3_600_000) / 1_000;
    const { groups } = await get(`/errors?start=${start}&limit=1`);
    expect(groups).toMatchObject([{ count: 4 }]);
  });
});

describe("database statements", () => {
  it("are one whatever their values, the most expensive first", async () => {
    const { statements } = await get("/database-statements");
    expect(statements).toEqual([
      {
        service: "payment",
        system: "postgresql",
        database: "orders",
        statement: "SELECT * FROM orders WHERE id = ?",
        count: 2,
        errors: 0,
        totalMs: 60,
        meanMs: 30,
        maxMs: 50,
        traceId: "7".padStart(32, "0"),
      },
      expect.objectContaining({ statement: "select * from orders where id = ?", count: 1 }),
    ]);
  });
});
