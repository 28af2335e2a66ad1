import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AttributeType } from "../model/attributes.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { DAY_MS, MINUTE_MS, durationMs, timestampMs } from "../model/time.ts";
import { sampleNotification } from "../notify/sample-notification.ts";
import { fakeSpans, type FakeSpan } from "../record/fake-spans.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import type { Database } from "../store/postgres/database.ts";
import { wireNotificationContext } from "./notification-context.ts";

/** Whole days would be told apart by partitions: the hours of this test lie on one. */
const START = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2;
let clickhouse: ClickHouse;
let dataDir: string;

interface Told extends FakeSpan {
  readonly atMs: number;
  readonly version?: string;
}

/** Spans that ended at given times, of given versions. */
function spansAt(spans: readonly Told[]): SpanBatch {
  const batch = fakeSpans(spans);
  const endMs = Float64Array.from(spans, ({ atMs }) => atMs);
  return {
    ...batch,
    endMs,
    endUnixNano: BigUint64Array.from(endMs, (ms) => BigInt(ms) * 1_000_000n),
    startUnixNano: BigUint64Array.from(endMs, (ms) => BigInt(ms - 1) * 1_000_000n),
    resources: spans.map(({ service, version }) => {
      const named = Object.entries({
        "service.name": service,
        ...(version === undefined ? {} : { "service.version": version }),
      });
      return {
        attributes: {
          keys: named.map(([key]) => key),
          types: named.map(() => AttributeType.string),
          values: named.map(([, value]) => value),
        },
        schemaUrl: "",
        serviceName: service,
      };
    }),
  };
}

const many = (count: number, span: Told): Told[] => Array.from({ length: count }, () => span);

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-context-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const retention = { spansMs: durationMs(30 * DAY_MS), sliCountsMs: DAY_MS, samplesMs: DAY_MS };
  await migrateClickHouse(clickhouse, { retention });
  const checkout = { "http.route": "/checkout", "http.request.method": "POST" };
  const cart = { "http.route": "/cart", "http.request.method": "GET" };
  const bad = { ...checkout, "http.status": "500" };
  const service = "payment";
  const spans = [
    ...many(10, { service, version: "1.4.1", attributes: cart, atMs: START - 90 * MINUTE_MS }),
    ...many(5, { service, version: "1.4.2", attributes: checkout, atMs: START - 6 * MINUTE_MS }),
    ...many(20, { service, version: "1.4.1", attributes: cart, atMs: START - MINUTE_MS }),
    ...many(8, { service, version: "1.4.2", attributes: bad, atMs: START - MINUTE_MS }),
    ...many(4, { service: "search", version: "9", attributes: bad, atMs: START - MINUTE_MS }),
  ];
  await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches: [spansAt(spans)] });
});

afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

const at = timestampMs(START);
const notification = sampleNotification({ at, startedAt: at, firedAt: at });

/** Only what is looked up is asked of an SLO here. */
const SLO = {
  name: notification.sloName,
  indicator: {
    id: "0123456789abcdef",
    source: "traces",
    total: '{ resource.service.name = "payment" && kind = server }',
    select: { outcome: "bad", query: '{ span.http.status = "500" }' },
  },
} as unknown as Slo;

function ports(slos: readonly Slo[] = [SLO]) {
  // The look-ups need no control store.
  return wireNotificationContext({ clickhouse, db: {} as Database, slos: () => slos });
}
const signal = new AbortController().signal;

describe("what is found about an alert", () => {
  it("is the version that was not there before, with the time when it was first seen", async () => {
    expect(await ports().whatChanged(notification, signal)).toEqual([
      { service: "payment", version: "1.4.2", firstSeenMs: START - 6 * MINUTE_MS },
    ]);
  });

  it("is no version of a service that nobody knew before, and none of one that did not change", async () => {
    const of = (service: string) => ({ ...notification, facts: { ...notification.facts, service } });
    const none = ports([]);
    expect(await none.whatChanged(of("payment"), signal)).toHaveLength(1);
    expect(await none.whatChanged(of("search"), signal)).toEqual([]);
    expect(await none.whatChanged(of("nobody"), signal)).toEqual([]);
  });

  it("is the version before everything went silent, too", async () => {
    const later = timestampMs(START + 20 * MINUTE_MS);
    const facts = { ...notification.facts, noData: true };
    const silent = { ...notification, facts, startedAt: later, at: later };
    expect((await ports().whatChanged(silent, signal)).map(({ version }) => version)).toEqual(["1.4.2"]);
  });

  it("is about the services whose spans the SLO counts, whatever it calls its own", async () => {
    const facts = { ...notification.facts, service: "money" };
    expect(await ports().whatChanged({ ...notification, facts }, signal)).toHaveLength(1);
  });

  it("is where the SLO's own events fail", async () => {
    const found = await ports().topContributors(notification, signal);
    expect(found.map(({ kind, value, badEvents, badShare }) => [kind, value, badEvents, badShare])).toEqual([
      ["endpoint", "POST /checkout", 8, 1],
      ["version", "1.4.2", 8, 1],
    ]);
    expect(found[0]?.eventShare).toBeCloseTo(8 / 28);
  });

  it("is nothing for an SLO that is gone, counts no spans, or misses data", async () => {
    expect(await ports([]).topContributors(notification, signal)).toEqual([]);
    const facts = { ...notification.facts, noData: true };
    expect(await ports().topContributors({ ...notification, facts }, signal)).toEqual([]);
  });
});
