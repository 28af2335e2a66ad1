import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGroupCommitter } from "../../src/ingest/commit-group.ts";
import { createGroupCommit } from "../../src/ingest/group-commit.ts";
import { createGroupIds } from "../../src/ingest/group-id.ts";
import { createRecentBodies } from "../../src/ingest/recent-bodies.ts";
import type { SpanBatch } from "../../src/model/span-batch.ts";
import { DAY_MS, timestampMs } from "../../src/model/time.ts";
import type { Now } from "../../src/model/time.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { IndicatorPorts } from "../../src/sli/counted-indicator.ts";
import type { CountsStore } from "../../src/sli/counts-sql.ts";
import type { createFakeIndicatorStates } from "../../src/sli/fake-indicator-states.ts";
import { createIndicatorRegistry } from "../../src/sli/indicator-registry.ts";
import { recoverUncommitted } from "../../src/sli/undo-groups.ts";
import { defineTracesIndicator } from "../../src/slo/define-indicator.ts";
import type { Indicator } from "../../src/slo/indicator.ts";
import type { ClickHouse, Lane } from "../../src/store/clickhouse/clickhouse.ts";
import { deleteSliCounts } from "../../src/store/clickhouse/delete-sli-counts.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { insertIngestGroup } from "../../src/store/clickhouse/ingest-group-rows.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { readHighestGroupId } from "../../src/store/clickhouse/read-last-group-id.ts";
import { readOldestSpanTime } from "../../src/store/clickhouse/read-oldest-span-time.ts";
import { insertSliCounts } from "../../src/store/clickhouse/sli-count-rows.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import {
  deleteUncommittedSpans,
  readUncommittedSpans,
} from "../../src/store/clickhouse/uncommitted-spans.ts";
import { parseSpanFilter } from "../../src/traceql/parse-span-filter.ts";
import { printFilter } from "../../src/traceql/print-filter.ts";

export const SPAN_RETENTION_MS = 14 * DAY_MS;

/** Opens an engine of its own for a test file. */
export async function openTestStore(): Promise<{ clickhouse: ClickHouse; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), "noroshi-sli-"));
  const clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  await migrateClickHouse(clickhouse, {
    retention: { spansMs: SPAN_RETENTION_MS, sliCountsMs: 90 * DAY_MS, samplesMs: 35 * DAY_MS },
  });
  return {
    clickhouse,
    async close() {
      await clickhouse.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function clearStore(clickhouse: ClickHouse): Promise<void> {
  for (const table of ["spans", "sli_counts", "ingest_groups"]) {
    await clickhouse.command("background", `TRUNCATE TABLE ${table}`);
  }
}

const canonical = (text: string) => {
  const parsed = parseSpanFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return printFilter(parsed.filter);
};

export function indicatorOf(total: string, query: string, outcome: "good" | "bad" = "good"): Indicator {
  return defineTracesIndicator({ total: canonical(total), outcome, query: canonical(query) });
}

/** What a test may make fail or wait. */
export interface StandHooks {
  /** Before each step of a group: throw, or never resolve. */
  beforeStep?: (step: "spans" | "counts" | "record") => Promise<void> | void;
  beforeStatement?: (sql: string) => Promise<void> | void;
}

/** One run of a process: group commit, registry, and the ports between them, on a store that outlives it. */
export async function startStand(
  clickhouse: ClickHouse,
  states: ReturnType<typeof createFakeIndicatorStates>,
  hooks: StandHooks = {},
  now: Now = () => timestampMs(Date.now()),
) {
  const writer = randomBytes(8).readBigUInt64LE();
  const storeOf = (lane: Lane): CountsStore => ({
    async query(sql, options) {
      await hooks.beforeStatement?.(sql);
      return await clickhouse.query(lane, sql, options);
    },
    async command(sql, options) {
      await hooks.beforeStatement?.(sql);
      await clickhouse.command(lane, sql, options);
    },
  });
  const groupIds = createGroupIds(await readHighestGroupId(clickhouse), () => BigInt(Date.now()) * 1_000n);
  const ports: IndicatorPorts = {
    states,
    store: storeOf("background"),
    boundaryStore: storeOf("ingest"),
    deleteCounts: (indicators) => deleteSliCounts(clickhouse, { indicators }),
    oldestSpanMs: () => readOldestSpanTime(clickhouse),
    deleteSpans: (ids) => deleteUncommittedSpans(clickhouse, ids),
    atBoundary: (fn) => groupCommit.atBoundary(fn),
    announce: (touched) =>
      groupCommit.atBoundary(() =>
        insertIngestGroup(clickhouse, {
          groupId: groupIds.next(),
          writer,
          committedAtMs: Date.now(),
          bodies: [],
          spans: 0,
          touched,
        }),
      ),
  };
  const progress: {
    readonly indicatorIds: readonly string[];
    readonly done: number;
    readonly total: number;
  }[] = [];
  const registry = createIndicatorRegistry({
    ports,
    writer,
    spanRetentionMs: SPAN_RETENTION_MS,
    now,
    log: SILENT_LOG,
    backOffMs: [5],
    onProgress: (step) => progress.push(step),
  });
  const committer = createGroupCommitter({
    ports: {
      async insertSpans({ groupId, spans }) {
        await hooks.beforeStep?.("spans");
        await insertSpans(clickhouse, { groupId, writer, batches: spans });
      },
      accumulate: (samples) => ({ samples, ended: () => {} }),
      insertSamples: () => Promise.resolve(),
      count: (group) => registry.count(group.spans),
      async insertSliCounts(groupId, deltas) {
        await hooks.beforeStep?.("counts");
        await insertSliCounts(clickhouse, { groupId, writer, deltas });
      },
      async insertIngestGroup({ groupId, bodies, spans, touched }) {
        await hooks.beforeStep?.("record");
        const committedAtMs = Date.now();
        await insertIngestGroup(clickhouse, { groupId, writer, committedAtMs, bodies, spans, touched });
      },
      async undoGroup(groupId) {
        await registry.undoGroup(groupId);
      },
    },
    now,
    log: SILENT_LOG,
    backOffMs: [],
  });
  const groupCommit = createGroupCommit({
    commit: committer.commit,
    settle: committer.settle,
    groupIds,
    recentBodies: createRecentBodies(1_000),
    now,
    log: SILENT_LOG,
    timing: { idleWaitMs: 0, maxWaitMs: 0 },
  });
  await registry.load();
  const recovered = await recoverUncommitted(
    {
      store: ports.store,
      readUncommitted: () => readUncommittedSpans(clickhouse),
      deleteSpans: ports.deleteSpans,
    },
    {
      indicators: registry.live().map(({ indicator }) => indicator),
      writer,
      rawFromMs: now() - SPAN_RETENTION_MS,
    },
  );
  return {
    registry,
    groupCommit,
    ports,
    writer,
    progress,
    recovered,
    submit: (batch: SpanBatch) => groupCommit.submit({ bodyHash: randomBytes(16), spans: batch }),
    async stop() {
      await registry.close();
      await groupCommit.drain();
    },
  };
}

/** Counts by bucket as `[good, total]`, zero rows left out. */
export async function storedCounts(
  clickhouse: ClickHouse,
  indicator: string,
): Promise<Record<string, [number, number]>> {
  const rows = await clickhouse.query<{ bucket_s: number; good: string; total: string }>(
    "read",
    `SELECT toUnixTimestamp(bucket) AS bucket_s, sum(good) AS good, sum(total) AS total FROM sli_counts
     WHERE indicator = {indicator:String} GROUP BY bucket_s HAVING good != 0 OR total != 0 ORDER BY bucket_s`,
    { params: { indicator } },
  );
  return Object.fromEntries(rows.map((row) => [row.bucket_s * 1_000, [Number(row.good), Number(row.total)]]));
}
