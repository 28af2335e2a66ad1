import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleSpans } from "../../test/contract/sample-spans.ts";
import { configFileSchema } from "../config/file.ts";
import type { Config } from "../config.ts";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { readKeptFrom } from "../store/clickhouse/read-kept-from.ts";
import { daysBeyond, readSpanDays } from "../store/clickhouse/span-partitions.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { openSpanBound } from "./span-bound.ts";

const DAY_MS = 86_400_000;

describe("days beyond a size", () => {
  const days = [1, 2, 3, 4].map((day) => ({
    partitionId: `2026010${day}`,
    endMs: (day + 1) * DAY_MS,
    bytes: 10,
    spans: 1,
  }));
  const beyond = (maxBytes: number, nowMs = 10 * DAY_MS) =>
    daysBeyond(days, maxBytes, nowMs).map(({ partitionId }) => partitionId);

  it("are the oldest, as many as it takes", () => {
    expect(beyond(40)).toEqual([]);
    expect(beyond(39)).toEqual(["20260101"]);
    expect(beyond(15)).toEqual(["20260101", "20260102", "20260103"]);
  });

  it("are never those that have not ended", () => {
    expect(beyond(1, 4.5 * DAY_MS)).toEqual(["20260101", "20260102", "20260103"]);
    expect(beyond(1, 0)).toEqual([]);
  });
});

describe("the bound of spans on disk", () => {
  let folder: string;
  let clickhouse: ClickHouse;
  const nowMs = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "noroshi-bound-"));
    clickhouse = await openEmbeddedClickHouse({ dataDir: folder, log: SILENT_LOG });
    await migrateClickHouse(clickhouse, {
      retention: { spansMs: 30 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS },
    });
    const batches = [0, 1, 2, 3].map((day) => sampleSpans([{ endMs: nowMs - day * DAY_MS }]));
    await insertSpans(clickhouse, { groupId: 1n, writer: 1n, batches });
  }, 60_000);
  afterAll(async () => {
    await clickhouse.close();
    await rm(folder, { recursive: true, force: true });
  });

  const boundOf = (maxSpanSize: string | undefined) => {
    const file = configFileSchema.parse({
      retention: { spans: "30d", ...(maxSpanSize === undefined ? {} : { maxSpanSize }) },
    });
    const config = { file } as unknown as Config;
    return openSpanBound({ config, clickhouse, now: () => timestampMs(nowMs), log: SILENT_LOG });
  };

  it("does nothing unless it is asked for", async () => {
    const bound = await boundOf(undefined);
    await bound.check();
    await bound.check();
    expect((await readSpanDays(clickhouse)).length).toBe(4);
    expect(bound.retentionMs()).toBe(30 * DAY_MS);
  });

  it("says that spans are no longer sure before it drops them, and keeps today", async () => {
    const bound = await boundOf("1B");
    await bound.check();
    const todayMs = nowMs - DAY_MS / 2;
    expect((await readSpanDays(clickhouse)).length).toBe(4);
    expect(bound.retentionMs()).toBe(nowMs - todayMs);
    expect(await readKeptFrom(clickhouse, "spans")).toBe(todayMs);
    await bound.check();
    expect((await readSpanDays(clickhouse)).map(({ endMs }) => endMs)).toEqual([todayMs + DAY_MS]);
    // A later start knows it, too.
    expect((await boundOf("1B")).retentionMs()).toBe(nowMs - todayMs);
  });
});
