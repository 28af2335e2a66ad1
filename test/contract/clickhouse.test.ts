import fc from "fast-check";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AttributeType } from "../../src/model/attributes.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { deleteIngestGroups } from "../../src/store/clickhouse/delete-ingest-groups.ts";
import { deleteSliCounts } from "../../src/store/clickhouse/delete-sli-counts.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { insertIngestGroup } from "../../src/store/clickhouse/ingest-group-rows.ts";
import type { LaneLimitOverrides } from "../../src/store/clickhouse/lane-limits.ts";
import { durationMs } from "../../src/model/time.ts";
import { sliceCounts, type SliceMethod } from "../../src/slo/budgeting-method.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { readKeptFrom } from "../../src/store/clickhouse/read-kept-from.ts";
import { CLICKHOUSE_MIGRATIONS } from "../../src/store/clickhouse/migrations.ts";
import { readBuckets } from "../../src/store/clickhouse/read-buckets.ts";
import { readChangesAfter } from "../../src/store/clickhouse/read-changes-after.ts";
import { readChunkSums } from "../../src/store/clickhouse/read-chunk-sums.ts";
import { readHighestGroupId, readLastGroupId } from "../../src/store/clickhouse/read-last-group-id.ts";
import { readOldestSpanTime } from "../../src/store/clickhouse/read-oldest-span-time.ts";
import { readRecentBodies } from "../../src/store/clickhouse/read-recent-bodies.ts";
import { openRemoteClickHouse } from "../../src/store/clickhouse/remote-clickhouse.ts";
import { RowBinaryWriter } from "../../src/store/clickhouse/row-binary.ts";
import { readSliceBuckets, readSliceSums } from "../../src/store/clickhouse/read-slices.ts";
import { insertSliCounts } from "../../src/store/clickhouse/sli-count-rows.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import {
  deleteUncommittedSpans,
  readUncommittedSpans,
} from "../../src/store/clickhouse/uncommitted-spans.ts";
import { DirectoryLockedError } from "../../src/store/lock-directory.ts";
import { startScript } from "./child-process.ts";
import { startClickHouseGateway } from "./clickhouse-gateway.ts";
import { sampleAttributes, sampleSpans } from "./sample-spans.ts";

const DAY_MS = 86_400_000;
const RETENTION = { spansMs: 30 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS };
const SECOND_MS = 1_000;

/** Lone surrogates become U+FFFD on the way to UTF-8. */
const wellFormed = (text: string): string => Buffer.from(text, "utf8").toString("utf8");

interface Opened {
  readonly clickhouse: ClickHouse;
  readonly close: () => Promise<void>;
}

const engines: readonly {
  readonly name: string;
  readonly open: (dataDir: string, limits?: LaneLimitOverrides) => Promise<Opened>;
}[] = [
  {
    name: "the embedded engine",
    open: async (dataDir, limits) => {
      const clickhouse = await openEmbeddedClickHouse({
        dataDir,
        log: SILENT_LOG,
        ...(limits ? { limits } : {}),
      });
      return { clickhouse, close: () => clickhouse.close() };
    },
  },
  {
    name: "a server over HTTP",
    open: async (dataDir, limits) => {
      const gateway = await startClickHouseGateway(dataDir);
      const clickhouse = openRemoteClickHouse({
        url: gateway.url,
        log: SILENT_LOG,
        ...(limits ? { limits } : {}),
      });
      return {
        clickhouse,
        close: async () => {
          await clickhouse.close();
          await gateway.close();
        },
      };
    },
  },
];

const tables = ["spans", "sli_counts", "ingest_groups"];
const folders: string[] = [];
const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "noroshi-clickhouse-"));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe.each(engines)("the telemetry store on $name", ({ open }) => {
  let dataDir: string;
  let opened: Opened;
  let clickhouse: ClickHouse;
  const now = Math.floor(Date.now() / (DAY_MS / 2)) * (DAY_MS / 2);

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    opened = await open(dataDir);
    clickhouse = opened.clickhouse;
    await migrateClickHouse(clickhouse, { retention: RETENTION });
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    for (const table of tables) await clickhouse.command("background", `TRUNCATE TABLE ${table}`);
  });

  const count = async (sql: string): Promise<number> => {
    const [row] = await clickhouse.query<{ n: string }>("read", sql);
    return Number(row?.n);
  };

  describe("schema", () => {
    it("is applied once, however many nodes start, and TTLs change only when they differ", async () => {
      await Promise.all([1, 2, 3].map(() => migrateClickHouse(clickhouse, { retention: RETENTION })));
      expect(await count("SELECT uniqExact(version) AS n FROM schema_migrations")).toBe(
        CLICKHOUSE_MIGRATIONS.length,
      );
      await migrateClickHouse(clickhouse, { retention: { ...RETENTION, spansMs: 7 * DAY_MS } });
      const [table] = await clickhouse.query<{ sql: string }>(
        "read",
        "SELECT create_table_query AS sql FROM system.tables WHERE name = 'spans' AND database = currentDatabase()",
      );
      expect(table?.sql).toContain("toIntervalSecond(604800)");
      await migrateClickHouse(clickhouse, { retention: RETENTION });
    });

    it("remembers, when spans are kept longer than before, from when on they are all there", async () => {
      await clickhouse.command("background", "TRUNCATE TABLE retention_raises");
      const keepSpans = (days: number) =>
        migrateClickHouse(clickhouse, { retention: { ...RETENTION, spansMs: days * DAY_MS } });
      await keepSpans(7);
      await keepSpans(3);
      expect(await readKeptFrom(clickhouse, "spans")).toBe(0);
      await keepSpans(14);
      const keptFromMs = await readKeptFrom(clickhouse, "spans");
      expect(Math.abs(Date.now() - 3 * DAY_MS - keptFromMs)).toBeLessThan(60_000);
      await keepSpans(14);
      expect(await readKeptFrom(clickhouse, "spans")).toBe(keptFromMs);
      await migrateClickHouse(clickhouse, { retention: RETENTION });
    });

    it("of a later version is refused", async () => {
      await expect(migrateClickHouse(clickhouse, { retention: RETENTION }, [])).rejects.toThrow(
        /schema version \d+, this program knows 0/,
      );
    });
  });

  describe("spans", () => {
    it("come back as they were written, types and 64-bit values kept apart", async () => {
      const batch = sampleSpans([
        {
          service: "payment",
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "b7ad6b7169203331",
          endMs: now + 0.5,
          durationMs: 12.345,
          status: 2,
          statusMessage: 'card\'s "declined"\n\t\\ 火',
          attributes: {
            keys: ["code", "code.text", "big", "ratio", "nan", "ok", "list"],
            types: [
              AttributeType.int,
              AttributeType.string,
              AttributeType.int,
              AttributeType.double,
              AttributeType.double,
              AttributeType.bool,
              AttributeType.json,
            ],
            values: [
              500,
              "500",
              -9_223_372_036_854_775_808n,
              0.1,
              Number.NaN,
              true,
              '{"arrayValue":{"values":[]}}',
            ],
          },
          events: [
            {
              timeUnixNano: 1_700_000_000_123_456_789n,
              name: "exception",
              attributes: sampleAttributes({ "exception.type": "Declined", n: 2n ** 62n, half: 0.5 }),
              droppedAttributes: 3,
            },
          ],
          links: [
            {
              traceId: Buffer.from("0af7651916cd43dd8448eb211c80319d", "hex"),
              spanId: Buffer.from("b7ad6b7169203332", "hex"),
              traceState: "a=b",
              attributes: sampleAttributes({}),
              droppedAttributes: 0,
              flags: 257,
            },
          ],
        },
        { service: "cart", endMs: now },
        { service: "payment", endMs: now, name: "second of its resource" },
      ]);
      await insertSpans(clickhouse, { groupId: 2n ** 63n, writer: 2n ** 64n - 1n, batches: [batch] });
      const rows = await clickhouse.query<Record<string, unknown>>(
        "read",
        `SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, hex(parent_span_id) AS parent, status_message,
           toUnixTimestamp64Nano(end_time) AS end_ns, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, service,
           resource_str, span_str, span_int, span_double, span_bool, span_json, events_name, events_attributes,
           events_dropped_attributes, arrayMap(t -> toUnixTimestamp64Nano(t), events_time) AS events_ns,
           arrayMap(id -> hex(id), links_trace_id) AS links, links_flags, links_attributes, scope_name, writer, group_id
         FROM spans WHERE status = 2`,
      );
      expect(rows).toEqual([
        {
          trace: "0af7651916cd43dd8448eb211c80319c",
          span: "b7ad6b7169203331",
          parent: "0000000000000000",
          status_message: 'card\'s "declined"\n\t\\ 火',
          end_ns: `${BigInt(now) * 1_000_000n + 500_000n}`,
          start_ns: `${BigInt(now) * 1_000_000n + 500_000n - 12_345_000n}`,
          duration_ns: "12345000",
          service: "payment",
          resource_str: { "service.name": "payment" },
          span_str: { "code.text": "500" },
          span_int: { code: "500", big: "-9223372036854775808" },
          span_double: { ratio: 0.1, nan: "nan" },
          span_bool: { ok: true },
          span_json: { list: '{"arrayValue":{"values":[]}}' },
          events_name: ["exception"],
          events_attributes: [
            '[{"key":"exception.type","value":{"stringValue":"Declined"}},{"key":"n","value":{"intValue":"4611686018427387904"}},{"key":"half","value":{"doubleValue":0.5}}]',
          ],
          events_dropped_attributes: [3],
          events_ns: ["1700000000123456789"],
          links: ["0AF7651916CD43DD8448EB211C80319D"],
          links_flags: [257],
          links_attributes: ["[]"],
          scope_name: "sample",
          writer: "18446744073709551615",
          group_id: "9223372036854775808",
        },
      ]);
      expect(
        await count(
          "SELECT count() AS n FROM spans WHERE service = 'payment' AND resource_str['service.name'] = 'payment'",
        ),
      ).toBe(2);
    });

    it("of a group inserted again are stored once, over all the days they belong to", async () => {
      const days = Array.from({ length: 25 }, (_, day) => ({ endMs: now - day * DAY_MS }));
      const batches = [sampleSpans(days), sampleSpans(days)];
      for (let attempt = 0; attempt < 3; attempt += 1)
        await insertSpans(clickhouse, { groupId: 71n, writer: 1n, batches });
      expect(await count("SELECT count() AS n FROM spans")).toBe(50);
      await insertSpans(clickhouse, { groupId: 72n, writer: 1n, batches });
      expect(await count("SELECT count() AS n FROM spans")).toBe(100);
    });

    it("may be of any number of days", async () => {
      const days = Array.from({ length: 150 }, (_, day) => ({ endMs: now - day * DAY_MS }));
      await insertSpans(clickhouse, { groupId: 74n, writer: 1n, batches: [sampleSpans(days)] });
      expect(await count("SELECT count() AS n FROM spans")).toBeGreaterThanOrEqual(29);
    });

    it("tell how far back they reach", async () => {
      expect(await readOldestSpanTime(clickhouse)).toBeUndefined();
      await insertSpans(clickhouse, {
        groupId: 73n,
        writer: 1n,
        batches: [sampleSpans([{ endMs: now }, { endMs: now - 3 * DAY_MS }])],
      });
      expect(await readOldestSpanTime(clickhouse)).toBe(now - 3 * DAY_MS);
    });
  });

  describe("SLI counts", () => {
    const chunk = 600 * SECOND_MS;
    const bucket = 10 * SECOND_MS;

    it("add up over groups and writers, by chunk and by bucket, and not over a retry", async () => {
      const delta = { indicator: "aa", bucketMs: now, good: 3, total: 4 };
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await insertSliCounts(clickhouse, { groupId: 81n, writer: 1n, deltas: [delta] });
      }
      await insertSliCounts(clickhouse, {
        groupId: 82n,
        writer: 2n,
        deltas: [
          { ...delta, good: -1, total: -1 },
          { ...delta, bucketMs: now + bucket, good: 2 ** 40, total: 2 ** 40 },
          { ...delta, bucketMs: now + chunk, good: 0, total: 1 },
          { indicator: "bb", bucketMs: now - bucket, good: 5, total: 5 },
        ],
      });
      expect(await readChunkSums(clickhouse, ["aa", "bb"], now - chunk, now + 2 * chunk)).toEqual([
        { indicator: "aa", chunkMs: now, good: 2 + 2 ** 40, total: 3 + 2 ** 40 },
        { indicator: "aa", chunkMs: now + chunk, good: 0, total: 1 },
        { indicator: "bb", chunkMs: now - chunk, good: 5, total: 5 },
      ]);
      expect(await readChunkSums(clickhouse, ["aa", "bb"], now, now + chunk)).toHaveLength(1);
      expect(
        await readBuckets(clickhouse, [
          { indicator: "aa", chunkMs: now },
          { indicator: "bb", chunkMs: now },
        ]),
      ).toEqual([
        { indicator: "aa", bucketMs: now, good: 2, total: 3 },
        { indicator: "aa", bucketMs: now + bucket, good: 2 ** 40, total: 2 ** 40 },
      ]);
      await clickhouse.command("background", "OPTIMIZE TABLE sli_counts FINAL");
      expect(await readChunkSums(clickhouse, ["aa"], now, now + chunk)).toEqual([
        { indicator: "aa", chunkMs: now, good: 2 + 2 ** 40, total: 3 + 2 ** 40 },
      ]);
    });

    it.each([60, 180, 420, 600, 900, 3_600, 5_400])(
      "make slices of %i s as a plain computation does",
      async (seconds) => {
        const sliceMs = durationMs(seconds * SECOND_MS);
        const methods: readonly SliceMethod[] = [
          { kind: "timeslices", sliceMs, sliceTarget: 0.95 },
          { kind: "ratio-timeslices", sliceMs },
        ];
        const deltas = Array.from({ length: 600 }, (_, i) => ({
          indicator: i % 3 === 0 ? "bb" : "aa",
          bucketMs: now + Math.floor((i * 7_919) % 1_000) * bucket,
          good: [95, 94, 0, 7, 100][i % 5]!,
          total: [100, 100, 0, 7, 90][i % 5]!,
        }));
        await insertSliCounts(clickhouse, { groupId: 90n, writer: 1n, deltas });
        const [from, to] = [now + 3 * chunk, now + 12 * chunk];
        const chunkOf = (atMs: number): number => Math.floor(atMs / chunk) * chunk;
        for (const method of methods) {
          const slices = new Map<
            string,
            { indicator: string; bucketMs: number; good: number; total: number }
          >();
          for (const { indicator, bucketMs, good, total } of deltas) {
            const lastMs = Math.floor(bucketMs / sliceMs) * sliceMs + sliceMs - bucket;
            const key = `${indicator}/${lastMs}`;
            const slice = slices.get(key) ?? { indicator, bucketMs: lastMs, good: 0, total: 0 };
            slices.set(key, { ...slice, good: slice.good + good, total: slice.total + total });
          }
          const expected = [...slices.values()]
            .map((slice) => ({ ...slice, ...sliceCounts(method, slice) }))
            .filter(({ bucketMs, total }) => total > 0 && bucketMs >= from && bucketMs < to);
          const sums = await readSliceSums(clickhouse, ["aa", "bb"], method, from, to);
          expect(sums.reduce((sum, { total }) => sum + total, 0)).toBe(expected.length);
          for (const { indicator, chunkMs, good, total } of sums) {
            const members = expected.filter(
              (e) => e.indicator === indicator && chunkOf(e.bucketMs) === chunkMs,
            );
            expect(total).toBe(members.length);
            expect(good).toBeCloseTo(
              members.reduce((sum, member) => sum + member.good, 0),
              9,
            );
          }
          const chunks = [from, from + 2 * chunk, to - chunk].flatMap((chunkMs) =>
            ["aa", "bb"].map((indicator) => ({ indicator, chunkMs })),
          );
          const asked = expected.filter((e) =>
            chunks.some((c) => c.indicator === e.indicator && c.chunkMs === chunkOf(e.bucketMs)),
          );
          const rows = await readSliceBuckets(clickhouse, chunks, method);
          const byTime = (a: (typeof rows)[number], b: (typeof rows)[number]): number =>
            a.indicator.localeCompare(b.indicator) || a.bucketMs - b.bucketMs;
          expect(rows).toEqual(
            asked.sort(byTime).map((row) => ({ ...row, good: expect.closeTo(row.good, 9) as number })),
          );
        }
      },
    );

    it("of one indicator, or of a stretch of time, can be removed and counted anew", async () => {
      const deltas = ["aa", "bb"].flatMap((indicator) =>
        [0, 1, 2].map((step) => ({ indicator, bucketMs: now + step * bucket, good: 1, total: 1 })),
      );
      await insertSliCounts(clickhouse, { groupId: 83n, writer: 1n, deltas });
      await deleteSliCounts(clickhouse, { indicators: ["aa"], fromMs: now + bucket, toMs: now + 2 * bucket });
      const all = [
        { indicator: "aa", chunkMs: now },
        { indicator: "bb", chunkMs: now },
      ];
      expect(
        (await readBuckets(clickhouse, all)).map((row) => [row.indicator, (row.bucketMs - now) / bucket]),
      ).toEqual([
        ["aa", 0],
        ["aa", 2],
        ["bb", 0],
        ["bb", 1],
        ["bb", 2],
      ]);
      await insertSliCounts(clickhouse, {
        groupId: 84n,
        writer: 1n,
        deltas: [{ indicator: "aa", bucketMs: now + bucket, good: 7, total: 9 }],
      });
      await deleteSliCounts(clickhouse, { indicators: ["bb"] });
      expect((await readBuckets(clickhouse, all)).map((row) => row.total)).toEqual([1, 9, 1]);
    });
  });

  describe("ingest groups", () => {
    const body = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);
    const group = { writer: 1n, committedAtMs: now, spans: 2 };

    it("tell what they changed, in order, and which bodies were taken", async () => {
      expect(await readLastGroupId(clickhouse)).toBe(0n);
      const touched = [
        { indicator: "aa", chunkMs: now },
        { indicator: "bb", chunkMs: now - 600_000 },
      ];
      await insertIngestGroup(clickhouse, {
        ...group,
        groupId: 2n ** 53n + 1n,
        bodies: [body(1), body(2)],
        touched,
      });
      await insertIngestGroup(clickhouse, {
        ...group,
        groupId: 2n ** 53n + 2n,
        bodies: [body(3)],
        touched: [],
      });
      await insertIngestGroup(clickhouse, {
        ...group,
        groupId: 2n ** 53n + 2n,
        bodies: [body(3)],
        touched: [],
      });
      expect(await readLastGroupId(clickhouse)).toBe(2n ** 53n + 2n);
      expect(await readChangesAfter(clickhouse, 5n)).toEqual([
        { groupId: 2n ** 53n + 1n, touched },
        { groupId: 2n ** 53n + 2n, touched: [] },
      ]);
      expect(await readChangesAfter(clickhouse, 2n ** 53n + 2n)).toEqual([]);
      const bodies = await readRecentBodies(clickhouse, 2);
      expect(bodies).toHaveLength(2);
      expect(new Uint8Array(bodies[0] as Uint8Array)).toEqual(body(3));
    });

    it("that were never committed leave spans that can be found and removed", async () => {
      expect(await readUncommittedSpans(clickhouse)).toBeUndefined();
      const batches = [sampleSpans([{ endMs: now }, { endMs: now - DAY_MS + 0.25 }])];
      await insertSpans(clickhouse, { groupId: 91n, writer: 1n, batches });
      await insertIngestGroup(clickhouse, { ...group, groupId: 91n, bodies: [], touched: [] });
      expect(await readUncommittedSpans(clickhouse)).toBeUndefined();
      await insertSpans(clickhouse, { groupId: 92n, writer: 1n, batches });
      expect(await readHighestGroupId(clickhouse)).toBe(92n);
      expect(await readLastGroupId(clickhouse)).toBe(91n);
      expect(await readUncommittedSpans(clickhouse)).toEqual({
        groupIds: [92n],
        minEndMs: now - DAY_MS,
        maxEndMs: now,
      });
      await deleteUncommittedSpans(clickhouse, [92n]);
      expect(await readUncommittedSpans(clickhouse)).toBeUndefined();
      expect(await count("SELECT count() AS n FROM spans")).toBe(2);
    });

    it("can have their record taken back", async () => {
      const batches = [sampleSpans([{ endMs: now }])];
      for (const groupId of [93n, 94n]) {
        await insertSpans(clickhouse, { groupId, writer: 1n, batches });
        await insertIngestGroup(clickhouse, { ...group, groupId, bodies: [body(4)], touched: [] });
      }
      await deleteIngestGroups(clickhouse, [94n, 95n]);
      expect(await readLastGroupId(clickhouse)).toBe(93n);
      expect((await readUncommittedSpans(clickhouse))?.groupIds).toEqual([94n]);
    });

    it("whose records have expired are not taken for uncommitted ones", async () => {
      const batches = [sampleSpans([{ endMs: now }])];
      await insertSpans(clickhouse, {
        groupId: BigInt(Date.now() - 3 * DAY_MS) * 1_000n,
        writer: 1n,
        batches,
      });
      expect(await readUncommittedSpans(clickhouse)).toBeUndefined();
      const young = BigInt(Date.now()) * 1_000n;
      await insertSpans(clickhouse, { groupId: young, writer: 1n, batches });
      expect((await readUncommittedSpans(clickhouse))?.groupIds).toEqual([young]);
    });
  });

  describe("statements", () => {
    it("take parameters of any content as values", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: "grapheme" }),
          fc.array(fc.string({ unit: "binary-ascii" }), { maxLength: 4 }),
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          async (text, list, whole, real) => {
            const [row] = await clickhouse.query<{
              t: string;
              l: string[];
              w: string;
              r: number;
              b: boolean;
            }>(
              "read",
              "SELECT {text:String} AS t, {list:Array(String)} AS l, {whole:Int64} AS w, {real:Float64} AS r, {yes:Bool} AS b",
              { params: { text, list, whole, real, yes: true } },
            );
            expect(row?.t).toBe(wellFormed(text));
            expect(row?.l).toEqual(list);
            expect(row?.w).toBe(String(whole));
            expect(row?.r).toBe(real === 0 ? row?.r : real);
            expect(row?.b).toBe(true);
          },
        ),
        { numRuns: 60 },
      );
    });

    it("read back what RowBinary wrote, whatever the values", async () => {
      await clickhouse.command(
        "background",
        `CREATE TABLE IF NOT EXISTS row_binary (n UInt32, s String, l LowCardinality(String), u UInt64, i Int64, f Float64,
           m Map(LowCardinality(String), Int64), a Array(String), t DateTime64(9, 'UTC'), x FixedString(8), d DateTime('UTC'), p UInt64)
         ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 10`,
      );
      const text = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 50 }));
      const row = fc.record({
        s: text,
        l: text,
        u: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        i: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        f: fc.double(),
        m: fc.dictionary(fc.string({ maxLength: 10 }), fc.maxSafeInteger(), { maxKeys: 5 }),
        a: fc.array(text, { maxLength: 150 }),
        t: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        x: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        d: fc.nat(0xffff_ffff),
        p: fc.maxSafeInteger().map((value) => Math.abs(value)),
      });
      const out = new RowBinaryWriter(64);
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
          run += 1;
          out.reset();
          rows.forEach((value, n) => {
            out.uint32(n);
            out.string(value.s);
            out.string(value.l);
            out.uint64(value.u);
            out.int64(value.i);
            out.float64(value.f);
            const entries = Object.entries(value.m);
            out.varint(entries.length);
            for (const [key, entry] of entries) {
              out.string(key);
              out.int64FromNumber(entry);
            }
            out.varint(value.a.length);
            for (const item of value.a) out.string(item);
            out.int64(value.t);
            out.fixed(value.x, 0, 8);
            out.uint32(value.d);
            out.uint64FromNumber(value.p);
          });
          await clickhouse.command("background", "TRUNCATE TABLE row_binary");
          await clickhouse.insert("ingest", {
            table: "row_binary",
            columns: "nsluifmatxdp".split(""),
            rows: out.bytes(),
            rowCount: rows.length,
            deduplicationToken: `run-${run}`,
          });
          const back = await clickhouse.query<Record<string, unknown>>(
            "read",
            `SELECT s, l, u, i, reinterpretAsUInt64(f) AS f, m, a, toUnixTimestamp64Nano(t) AS t, lower(hex(x)) AS x,
               toUnixTimestamp(d) AS d, p FROM row_binary ORDER BY n`,
          );
          const bits = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
          expect(back).toEqual(
            rows.map((value) => ({
              s: wellFormed(value.s),
              l: wellFormed(value.l),
              u: String(value.u),
              i: String(value.i),
              f: String(bits(value.f)),
              m: Object.fromEntries(Object.entries(value.m).map(([key, entry]) => [key, String(entry)])),
              a: value.a.map((item) => wellFormed(item)),
              t: String(value.t),
              x: Buffer.from(value.x).toString("hex"),
              d: value.d,
              p: String(value.p),
            })),
          );
        }),
        { numRuns: 25 },
      );
    });

    it("are stopped by their memory and time limits", async () => {
      const heavy = "SELECT length(groupArray(number)) AS n FROM numbers(100000000)";
      await expect(
        clickhouse.query("read", heavy, { limits: { maxMemoryBytes: 20_000_000 } }),
      ).rejects.toMatchObject({ name: "ClickHouseError", kind: "limit", code: 241 });
      const slow = "SELECT count() AS n FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))";
      const start = Date.now();
      await expect(
        clickhouse.query("read", slow, { limits: { maxExecutionSeconds: 1 } }),
      ).rejects.toMatchObject({ kind: "timeout", code: 159 });
      expect(Date.now() - start).toBeLessThan(8_000);
    });

    it("that are wrong are told from a store that is not there", async () => {
      await expect(clickhouse.query("read", "SELEC 1")).rejects.toMatchObject({ kind: "query", code: 62 });
      await expect(clickhouse.query("read", "SELECT * FROM nowhere")).rejects.toMatchObject({
        kind: "query",
        code: 60,
      });
      await expect(clickhouse.query("read", "SELECT throwIf(1)")).rejects.toMatchObject({ kind: "query" });
    });

    it("take long lists of parameters", async () => {
      const list = Array.from({ length: 10_000 }, (_, n) => n.toString(16).padStart(16, "0"));
      const [row] = await clickhouse.query<{ n: string }>(
        "evaluate",
        "SELECT uniqExact(item) AS n FROM (SELECT arrayJoin({list:Array(String)}) AS item)",
        { params: { list } },
      );
      expect(row?.n).toBe("10000");
    });

    it("that insert what they select do so once for a token", async () => {
      const sql = `INSERT INTO sli_counts (indicator, bucket, writer, good, total)
        SELECT indicator, toDateTime({bucket:UInt32}, 'UTC'), 1, 1, 2 FROM (SELECT 1) ARRAY JOIN {ids:Array(String)} AS indicator`;
      const params = { ids: ["aa", "bb"], bucket: now / SECOND_MS };
      for (const deduplicationToken of ["x", "x", "y"]) {
        await clickhouse.command("background", sql, { params, deduplicationToken });
      }
      expect(await count("SELECT sum(total) AS n FROM sli_counts")).toBe(8);
    });

    it("with settings of their own leave none behind", async () => {
      const read = "SELECT getSetting('max_threads') AS n, getSetting('max_memory_usage') AS m";
      for (let i = 0; i < 3; i += 1) {
        await clickhouse.query("evaluate", "SELECT 1", {
          settings: { max_threads: 7 },
          limits: { maxMemoryBytes: 99_000_000 },
        });
      }
      const rows = await Promise.all(
        [1, 2, 3, 4].map(() => clickhouse.query<{ n: string; m: string }>("evaluate", read)),
      );
      for (const [row] of rows) {
        expect(Number(row?.n)).not.toBe(7);
        expect(Number(row?.m)).toBeGreaterThan(99_000_000);
      }
    });

    it("that read for long do not delay an insert or the evaluator", async () => {
      const slow = "SELECT sum(sleepEachRow(0.25)) AS s FROM numbers(12) SETTINGS max_block_size = 1";
      let done = 0;
      const reads = [1, 2, 3].map(() => clickhouse.query("read", slow).then(() => (done += 1)));
      const start = Date.now();
      for (let i = 0; i < 3; i += 1) {
        await insertSpans(clickhouse, {
          groupId: BigInt(1_000 + i),
          writer: 1n,
          batches: [sampleSpans([{ endMs: now }])],
        });
        await clickhouse.query("evaluate", "SELECT {x:String} AS x", { params: { x: "a" } });
      }
      expect(done).toBe(0);
      expect(Date.now() - start).toBeLessThan(2_500);
      await Promise.all(reads);
    });

    it("end early when their caller gives up, and free their place", async () => {
      const slow = "SELECT sum(sleepEachRow(1)) AS s FROM numbers(25) SETTINGS max_block_size = 1";
      const abort = new AbortController();
      const start = Date.now();
      const reads = [1, 2, 3, 4].map(() => clickhouse.query("read", slow, { signal: abort.signal }));
      setTimeout(() => abort.abort(), 200);
      for (const read of await Promise.allSettled(reads)) {
        expect(read).toMatchObject({ status: "rejected", reason: { kind: "aborted" } });
      }
      expect(Date.now() - start).toBeLessThan(1_500);
      expect(await count("SELECT 7 AS n")).toBe(7);
      expect(Date.now() - start).toBeLessThan(8_000);
    });
  });

  it("refuses too large a result, what would wait in a full queue, and everything after it was closed", async () => {
    await opened.close();
    opened = await open(dataDir, { background: { maxQueued: 2 }, read: { maxResultBytes: 1_000_000 } });
    clickhouse = opened.clickhouse;
    const big = "SELECT repeat('x', 100000) AS x FROM numbers(11)";
    await expect(clickhouse.query("read", big)).rejects.toMatchObject({ kind: "limit" });
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, () => clickhouse.query("background", "SELECT sleep(0.2)")),
    );
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.length).toBeGreaterThanOrEqual(7);
    for (const { reason } of refused) expect(reason).toMatchObject({ kind: "overloaded" });
    expect(results.length - refused.length).toBeGreaterThanOrEqual(3);

    const running = clickhouse.query<{ s: number }>("read", "SELECT sleep(0.5) AS s");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await opened.close();
    expect(await running).toEqual([{ s: 0 }]);
    await expect(clickhouse.query("read", "SELECT 1")).rejects.toMatchObject({ kind: "unavailable" });
    opened = await open(dataDir);
    clickhouse = opened.clickhouse;
  });
});

describe("the embedded engine", () => {
  it("keeps every acknowledged row when its process is killed, and its directory can be opened again", async () => {
    const dataDir = await temporaryFolder();
    const child = await startScript(new URL("./insert-and-wait.ts", import.meta.url), [dataDir]);
    const refused = openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
    await expect(refused).rejects.toThrow(
      `data directory ${join(dataDir, "clickhouse")} is in use by process ${child.child.pid}`,
    );
    await child.kill();
    const clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
    expect(await clickhouse.query("read", "SELECT count() AS n FROM spans")).toEqual([{ n: "1" }]);
    await clickhouse.close();
    expect((await readdir(dataDir)).sort()).toEqual(["clickhouse"]);
  });

  it("is opened once at a time within a process as well", async () => {
    const dataDir = await temporaryFolder();
    const clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
    await expect(openEmbeddedClickHouse({ dataDir, log: SILENT_LOG })).rejects.toBeInstanceOf(
      DirectoryLockedError,
    );
    await clickhouse.close();
    await clickhouse.close();
  });
});

describe("a server over HTTP", () => {
  it("that is killed is unavailable, and has every acknowledged row when it is back", async () => {
    const dataDir = await temporaryFolder();
    const first = await startScript(new URL("./clickhouse-gateway-main.ts", import.meta.url), [dataDir]);
    const clickhouse = openRemoteClickHouse({ url: first.firstLine, log: SILENT_LOG });
    await migrateClickHouse(clickhouse, { retention: RETENTION });
    const group = { groupId: 1n, writer: 1n, batches: [sampleSpans([{ endMs: Date.now() }])] };
    await insertSpans(clickhouse, group);
    await first.kill();
    await expect(insertSpans(clickhouse, { ...group, groupId: 2n })).rejects.toMatchObject({
      kind: "unavailable",
    });
    const second = await startScript(new URL("./clickhouse-gateway-main.ts", import.meta.url), [
      dataDir,
      new URL(first.firstLine).port,
    ]);
    await insertSpans(clickhouse, group);
    expect(await clickhouse.query("read", "SELECT count() AS n FROM spans")).toEqual([{ n: "1" }]);
    await clickhouse.close();
    await second.kill();
  });

  it("that refuses the password is unavailable, and no error holds the password", async () => {
    const dataDir = await temporaryFolder();
    const gateway = await startClickHouseGateway(dataDir);
    const password = "not/the secret";
    const url = new URL(gateway.url);
    url.password = password;
    const clickhouse = openRemoteClickHouse({ url: url.href, log: SILENT_LOG });
    const error: unknown = await clickhouse.query("read", "SELECT 1").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "unavailable", code: 516 });
    expect(String(error)).not.toContain(password);
    await clickhouse.close();
    await gateway.close();
    expect(() => openRemoteClickHouse({ url: "http://user:pass word@[", log: SILENT_LOG })).toThrow(
      "CLICKHOUSE_URL is not a URL",
    );
    expect(() => openRemoteClickHouse({ url: "ftp://user:hush@host/x", log: SILENT_LOG })).toThrow(
      /^(?!.*hush).*CLICKHOUSE_URL/,
    );
  });
});
