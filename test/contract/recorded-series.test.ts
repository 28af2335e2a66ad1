import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccumulator } from "../../src/ingest/accumulate-samples.ts";
import { DEFAULT_SERIES_LIMITS } from "../../src/ingest/series-limits.ts";
import { createSeriesTable } from "../../src/ingest/series-table.ts";
import { labelValue } from "../../src/model/labels.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, timestampMs } from "../../src/model/time.ts";
import { fakeSlo, fakeVerdict } from "../../src/record/fake-slos.ts";
import { fakeSpans } from "../../src/record/fake-spans.ts";
import { createRecorder } from "../../src/record/recorder.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { ClickHouse } from "../../src/store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { readCountSums } from "../../src/store/clickhouse/read-count-sums.ts";
import { readNewestSamples } from "../../src/store/clickhouse/read-newest-samples.ts";
import { createSampleWriter } from "../../src/store/clickhouse/sample-writer.ts";
import { insertSliCounts } from "../../src/store/clickhouse/sli-count-rows.ts";

const RETENTION = { spansMs: 30 * DAY_MS, sliCountsMs: 400 * DAY_MS, samplesMs: 35 * DAY_MS };
let clickhouse: ClickHouse;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-recorded-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  await migrateClickHouse(clickhouse, { retention: RETENTION });
}, 60_000);
afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

let groupId = 0n;
const slo = fakeSlo();
const count = (bucketMs: number, good: number, total: number) =>
  insertSliCounts(clickhouse, {
    groupId: (groupId += 1n),
    writer: 1n,
    deltas: [{ indicator: slo.indicator.id, bucketMs, good, total }],
  });

/** One run of a process: records what there is once, at a time, and ends. */
async function recordOnce(atMs: number, spans: number): Promise<void> {
  const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  const write = createSampleWriter(clickhouse);
  const accumulate = createAccumulator({ series: table, writtenUntilMs: 0 });
  let clockMs = atMs - MINUTE_MS;
  const recorder = createRecorder({
    table,
    submit: async (batch) => {
      const accumulated = accumulate([batch]);
      await write({ groupId: (groupId += 1n), batches: accumulated.samples });
      accumulated.ended(true);
      return { kind: "committed" };
    },
    now: () => timestampMs(clockMs),
    log: SILENT_LOG,
    slos: {
      latest: () => ({
        at: atMs,
        verdicts: new Map([[slo.name, fakeVerdict(slo, { good: 9, total: 10 }, atMs)]]),
      }),
      events: {
        readCounts: (ids, fromMs, toMs) => readCountSums(clickhouse, ids, fromMs, toMs),
        readNewest: (metric, fromMs) => readNewestSamples(clickhouse, metric, fromMs),
      },
    },
  });
  recorder.start();
  recorder.observeSpans([fakeSpans(Array.from({ length: spans }, () => ({ service: "shop" })))]);
  clockMs = atMs;
  await recorder.stop();
}

const newest = async (metric: string) =>
  (await readNewestSamples(clickhouse, metric, Date.now() - 30 * DAY_MS)).map(
    ({ labels, timeMs, value }) => ({
      outcome: labelValue(labels, "outcome"),
      timeMs,
      value,
    }),
  );

describe("recorded series in a real store", () => {
  it("count an SLO's events on after a restart, and spans from zero", async () => {
    const atMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - HOUR_MS;
    await recordOnce(atMs - 20 * MINUTE_MS, 0);
    await count(atMs - 15 * MINUTE_MS, 90, 100);
    await recordOnce(atMs, 5);
    const byOutcome = (rows: Awaited<ReturnType<typeof newest>>) =>
      rows.sort((a, b) => (a.outcome < b.outcome ? -1 : 1));
    expect(byOutcome(await newest("noroshi_slo_events_total"))).toEqual([
      { outcome: "bad", timeMs: atMs, value: 10 },
      { outcome: "good", timeMs: atMs, value: 90 },
    ]);
    await count(atMs + MINUTE_MS, 1, 3);
    await recordOnce(atMs + 10 * MINUTE_MS, 2);
    expect(byOutcome(await newest("noroshi_slo_events_total"))).toEqual([
      { outcome: "bad", timeMs: atMs + 10 * MINUTE_MS, value: 12 },
      { outcome: "good", timeMs: atMs + 10 * MINUTE_MS, value: 91 },
    ]);
    const calls = await clickhouse.query<{ ms: string; value: number }>(
      "read",
      "SELECT toUnixTimestamp64Milli(time) AS ms, value FROM samples WHERE metric = 'traces_spanmetrics_calls_total' ORDER BY time",
    );
    expect(calls.map(({ ms, value }) => [Number(ms) - atMs, value])).toEqual([
      [-1 * MINUTE_MS, 0],
      [0, 5],
      [9 * MINUTE_MS, 0],
      [10 * MINUTE_MS, 2],
    ]);
  });

  it("are none where nothing is stored", async () => {
    expect(await newest("no_such_metric")).toEqual([]);
    expect(await readCountSums(clickhouse, ["ffffffffffffffff"], 0, Date.now())).toEqual(new Map());
    expect(await readCountSums(clickhouse, [], 0, Date.now())).toEqual(new Map());
  });
});
