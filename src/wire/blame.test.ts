import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenAPIHono } from "@hono/zod-openapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlameBody } from "../api/blame-schema.ts";
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

/** One span of a trace that is written down: ids are 1, 2, 3 … in their order. */
interface Line extends FakeSpan {
  readonly at: readonly [startMs: number, endMs: number];
}

const entry = (at: Line["at"], failed: Partial<Line> = {}): Line => ({
  service: "shop",
  name: "POST /checkout",
  at,
  ...failed,
});

/** A call of another service: the client's span with the id, and the server's with the next one. */
function call(
  id: number,
  parent: number,
  [from, to]: readonly [string, string],
  at: Line["at"],
  failed: Partial<Line> = {},
): Line[] {
  return [
    { service: from, name: `call ${to}`, kind: "client", id, parent, at, ...failed },
    { service: to, name: `serve ${to}`, id: id + 1, parent: id, at: [at[0] + 1, at[1] - 1], ...failed },
  ];
}

const ERROR = { status: "error" } as const;

/** Expected blame beside each kind of trace, and how many of it there are. */
const FAILED: readonly { readonly count: number; readonly blame: string; readonly lines: readonly Line[] }[] =
  [
    {
      // Chain: shop calls payment calls ledger, and ledger fails.
      count: 6,
      blame: "ledger own-error",
      lines: [
        entry([0, 100], ERROR),
        ...call(2, 1, ["shop", "payment"], [10, 90], ERROR),
        ...call(4, 3, ["payment", "ledger"], [20, 80], ERROR),
      ],
    },
    {
      // Masked retry: payment failed once, then answered; shop failed all the same.
      count: 4,
      blame: "shop own-error",
      lines: [
        entry([0, 100], ERROR),
        ...call(2, 1, ["shop", "payment"], [10, 20], ERROR),
        ...call(4, 1, ["shop", "payment"], [30, 40]),
      ],
    },
    {
      // Timeout: shop waits a second for payment, which goes on and succeeds; its database takes the time.
      count: 3,
      blame: "orders-db slow-callee",
      lines: [
        entry([0, 1_010], ERROR),
        {
          service: "shop",
          name: "call payment",
          kind: "client",
          id: 2,
          parent: 1,
          at: [5, 1_005],
          ...ERROR,
          attributes: { "error.type": "timeout" },
        },
        { service: "payment", name: "serve payment", id: 3, parent: 2, at: [6, 1_400] },
        {
          service: "payment",
          name: "SELECT",
          kind: "client",
          id: 4,
          parent: 3,
          at: [10, 1_390],
          attributes: { "db.system.name": "postgresql", "db.namespace": "orders-db" },
        },
      ],
    },
    {
      // Refused: nobody listens at the mailer.
      count: 2,
      blame: "mailer.internal no-answer",
      lines: [
        entry([0, 20], ERROR),
        {
          service: "shop",
          name: "call mailer",
          kind: "client",
          id: 2,
          parent: 1,
          at: [5, 6],
          ...ERROR,
          attributes: { "error.type": "ECONNREFUSED", "server.address": "mailer.internal" },
        },
      ],
    },
  ];

/** Usually payment takes 300 ms and fraud 20: then fraud takes 180, and payment what it always does. */
const search = (fraudMs: number): Line[] => [
  { ...entry([0, 320 + fraudMs]), name: "GET /search" },
  ...call(2, 1, ["shop", "payment"], [5, 305]),
  ...call(4, 1, ["shop", "fraud"], [305, 305 + fraudMs]),
];

let traces = 0;

function batchOf(lines: readonly Line[]): SpanBatch {
  traces += 1;
  const trace = traces;
  const spans = lines.map((line, i) => ({ id: i + 1, ...line, trace }));
  const beginMs = START + trace * 2_000;
  const endMs = Float64Array.from(spans, ({ at }) => beginMs + at[1]);
  const nanos = (ms: number): bigint => BigInt(ms) * 1_000_000n;
  return {
    ...fakeSpans(spans),
    endMs,
    endUnixNano: BigUint64Array.from(endMs, nanos),
    startUnixNano: BigUint64Array.from(spans, ({ at }) => nanos(beginMs + at[0])),
    resources: spans.map(({ service }) => ({
      attributes: { keys: ["service.name"], types: [AttributeType.string], values: [service] },
      schemaUrl: "",
      serviceName: service,
    })),
    durationNanos: Float64Array.from(spans, ({ at }) => (at[1] - at[0]) * 1e6),
  };
}

const many = (count: number, lines: readonly Line[]): SpanBatch[] =>
  Array.from({ length: count }, () => batchOf(lines));

let clickhouse: ClickHouse;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-blame-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const retention = { spansMs: durationMs(30 * DAY_MS), sliCountsMs: DAY_MS, samplesMs: DAY_MS };
  await migrateClickHouse(clickhouse, { retention });
  const batches = [
    ...FAILED.flatMap(({ count, lines }) => many(count, lines)),
    ...many(10, search(20)),
    ...many(5, search(180)),
  ];
  await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches });
}, 60_000);

afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

const shop = (name: string, route: string, query: string) => ({
  name,
  indicator: {
    id: name,
    source: "traces",
    total: `{ resource.service.name = "shop" && name = "${route}" }`,
    select: { outcome: "bad", query },
  },
});
const SLOS = [
  shop("checkout", "POST /checkout", "{ status = error }"),
  shop("search", "GET /search", "{ status = error || duration > 400ms }"),
] as unknown as readonly Slo[];

/** These SLOs count spans. */
const runQuery = () => Promise.reject(new Error("no metrics are asked for"));

async function ask(path: string): Promise<BlameBody> {
  const app = new OpenAPIHono();
  wireAttribution({ clickhouse, runQuery, slos: () => SLOS, now: () => timestampMs(START + 200_000) })(app);
  return (await (await app.request(path)).json()) as BlameBody;
}

describe("whose fault bad events are", () => {
  it("is what is written beside each trace, and the sum is all bad events", async () => {
    const { blame, bad, judged, unread, summary } = await ask("/slos/checkout/blame");
    const found = blame.flatMap(({ name, reasons }) =>
      reasons.map(({ reason, events }) => [`${name} ${reason}`, events]),
    );
    expect(found).toEqual(FAILED.map(({ blame, count }) => [blame, count]));
    expect([bad, judged, unread]).toEqual([15, 15, 0]);
    expect(blame.reduce((sum, { events }) => sum + events, 0)).toBe(judged);
    expect(blame.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(summary).toBe("15 events were bad: 40 % of bad events are ledger's: it failed by itself.");
  });

  it("tells services from peers, the SLO's own from others', and shows the latest traces", async () => {
    const { blame } = await ask("/slos/checkout/blame");
    expect(blame.map(({ name, service, self }) => [name, service, self])).toEqual([
      ["ledger", true, false],
      ["shop", true, true],
      ["orders-db", false, false],
      ["mailer.internal", false, false],
    ]);
    const id = (n: number) => n.toString(16).padStart(32, "0");
    expect(blame[0]?.traceIds).toEqual([id(6), id(5), id(4)]);
  });

  it("of what is only slow, is who took longer than in good events, not who took longest", async () => {
    const { blame, bad, usualFrom } = await ask("/slos/search/blame");
    expect([bad, usualFrom]).toEqual([5, 10]);
    expect(blame.map(({ name, events, words }) => [name, events, words])).toEqual([
      ["fraud", 5, "all bad events are fraud's: it took longer than usual"],
    ]);
  });

  it("is nobody's where nothing was bad", async () => {
    const { blame, summary } = await ask("/slos/checkout/blame?start=1&end=2");
    expect([blame, summary]).toEqual([[], "There were no bad events."]);
  });
});
