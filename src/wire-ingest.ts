import { randomBytes } from "node:crypto";
import type { Config } from "./config.ts";
import { createGroupCommitter } from "./ingest/commit-group.ts";
import type { CommitPorts } from "./ingest/commit-group.ts";
import { createGroupCommit } from "./ingest/group-commit.ts";
import type { GroupCommit } from "./ingest/group-commit.ts";
import { createGroupIds } from "./ingest/group-id.ts";
import type { GroupIds } from "./ingest/group-id.ts";
import { createRecentBodies, DEFAULT_BODIES_PER_GENERATION } from "./ingest/recent-bodies.ts";
import { createAccumulator } from "./ingest/accumulate-samples.ts";
import { createSeriesTable } from "./ingest/series-table.ts";
import type { SeriesTable } from "./ingest/series-table.ts";
import type { SpanBatch } from "./model/span-batch.ts";
import { MINUTE_MS, timestampMs } from "./model/time.ts";
import type { Now } from "./model/time.ts";
import type { Log } from "./self/log.ts";
import type { Metrics } from "./self/metrics.ts";
import { createIndicatorRegistry } from "./sli/indicator-registry.ts";
import type { IndicatorRegistry } from "./sli/indicator-registry.ts";
import type { IndicatorChunk } from "./model/sli-counts.ts";
import type { RepairPorts } from "./sli/repair-counts.ts";
import { recoverUncommitted } from "./sli/undo-groups.ts";
import type { ClickHouse } from "./store/clickhouse/clickhouse.ts";
import { insertIngestGroup } from "./store/clickhouse/ingest-group-rows.ts";
import { readHighestGroupId } from "./store/clickhouse/read-last-group-id.ts";
import { readNewestSampleTime } from "./store/clickhouse/read-newest-sample-time.ts";
import { readRecentBodies } from "./store/clickhouse/read-recent-bodies.ts";
import { readSpansKeptFrom } from "./store/clickhouse/read-spans-kept-from.ts";
import { createSampleWriter } from "./store/clickhouse/sample-writer.ts";
import { insertSliCounts } from "./store/clickhouse/sli-count-rows.ts";
import { insertSpans } from "./store/clickhouse/span-rows.ts";
import type { Database } from "./store/postgres/database.ts";
import { openDoors, seriesLimits } from "./wire-doors.ts";
import type { Doors } from "./wire-doors.ts";
import { wireIndicatorPorts, wireUndoPorts } from "./wire-indicators.ts";

const SWEEP_INTERVAL_MS = 5 * MINUTE_MS;

export interface IngestParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: Now;
  /** Told when counts may have changed. */
  readonly onCommitted: () => void;
}

type SpanListener = (batches: readonly SpanBatch[]) => void;

export interface Ingest extends Doors {
  readonly registry: IndicatorRegistry;
  readonly repairPorts: RepairPorts;
  /** How far back the spans are all there, in milliseconds. */
  readonly spanRetentionMs: number;
  readonly series: SeriesTable;
  /** For samples that this process makes itself. */
  readonly submit: GroupCommit["submit"];
  /** Tells of the spans of each group once they are stored. One listener. */
  readonly onSpansStored: (listener: SpanListener) => void;
  /** Takes no more, stores what was taken. */
  stop(): Promise<void>;
}

/** Puts ingest together over the stores, and repairs what a crash left behind before it opens. */
export async function wireIngest(parts: IngestParts): Promise<Ingest> {
  const { clickhouse, config, log, now } = parts;
  const writer = randomBytes(8).readBigUInt64BE();
  const groupIds = createGroupIds(await readHighestGroupId(clickhouse), () => BigInt(Date.now()) * 1_000n);
  const announce = (touched: readonly IndicatorChunk[]): Promise<void> =>
    insertIngestGroup(clickhouse, {
      groupId: groupIds.next(),
      writer,
      committedAtMs: Date.now(),
      bodies: [],
      spans: 0,
      touched,
    });
  let groups: GroupCommit | undefined;
  const atBoundary: GroupCommit["atBoundary"] = (fn) =>
    groups === undefined ? Promise.reject(new Error("ingest has not started")) : groups.atBoundary(fn);
  const ports = wireIndicatorPorts({
    clickhouse,
    db: parts.db,
    atBoundary,
    announce: (touched) =>
      atBoundary(async () => {
        await announce(touched);
        parts.onCommitted();
      }),
  });
  // Grows with each start, up to what is configured: whatever lies further back is not sure to be there.
  const sureMs = now() - (await readSpansKeptFrom(clickhouse));
  const spanRetentionMs = Math.min(config.file.retention.spans, Math.max(0, sureMs));
  const registry = createIndicatorRegistry({
    ports,
    writer,
    spanRetentionMs,
    now,
    log,
    onProgress: ({ indicatorIds, done, total }) =>
      log.info("counting stored spans for new SLOs", { indicators: indicatorIds.length, done, total }),
  });
  await registry.load();
  const recovered = await recoverUncommitted(wireUndoPorts(clickhouse), {
    indicators: registry.live().map(({ indicator }) => indicator),
    writer,
    rawFromMs: now() - spanRetentionMs,
  });
  if (recovered !== undefined) {
    await announce(recovered.touched);
    log.warn("spans that a crash left unacknowledged were removed; their senders send them again", {
      groups: recovered.groupIds.length,
      corrections: recovered.corrections.length,
    });
  }
  const series = createSeriesTable(seriesLimits(config), log);
  const sweeper = setInterval(() => series.sweep(now()), SWEEP_INTERVAL_MS);
  sweeper.unref();
  let spanListener: SpanListener = () => {};
  const spansStored: SpanListener = (batches) => spanListener(batches);
  groups = await startGroups(parts, { writer, groupIds, registry, series, spansStored });
  const started = groups;
  return {
    ...openDoors(parts, started, series),
    series,
    submit: started.submit,
    onSpansStored: (listener) => (spanListener = listener),
    registry,
    repairPorts: { ...ports, writer },
    spanRetentionMs,
    stop: async () => {
      // Backfills need boundaries between groups, so they end first.
      await registry.close();
      await started.drain();
      clearInterval(sweeper);
    },
  };
}

interface Identity {
  readonly writer: bigint;
  readonly groupIds: GroupIds;
  readonly registry: IndicatorRegistry;
  readonly series: SeriesTable;
  readonly spansStored: SpanListener;
}

async function startGroups(
  parts: IngestParts,
  { writer, groupIds, registry, series, spansStored }: Identity,
): Promise<GroupCommit> {
  const { clickhouse, metrics, log } = parts;
  const storeSamples = createSampleWriter(clickhouse);
  const writtenUntilMs = Math.min(await readNewestSampleTime(clickhouse), parts.now());
  // Counts that an undone group had changed and that are right again: evaluators may have read them meanwhile.
  let corrected: readonly IndicatorChunk[] = [];
  const ports: CommitPorts = {
    insertSpans: (group) => insertSpans(clickhouse, { groupId: group.groupId, writer, batches: group.spans }),
    accumulate: createAccumulator({ series, writtenUntilMs }),
    insertSamples: ({ groupId, samples }) => storeSamples({ groupId, batches: samples }),
    count: (group) => registry.count(group.spans),
    insertSliCounts: (groupId, deltas) => insertSliCounts(clickhouse, { groupId, writer, deltas }),
    insertIngestGroup: async (record) => {
      const { groupId, committedAt, bodies, spans } = record;
      const touched = [...record.touched, ...corrected];
      await insertIngestGroup(clickhouse, {
        groupId,
        writer,
        committedAtMs: committedAt,
        bodies,
        spans,
        touched,
      });
      corrected = [];
      parts.onCommitted();
    },
    undoGroup: async (groupId) => {
      const { touched } = await registry.undoGroup(groupId);
      corrected = [...corrected, ...touched];
    },
  };
  // Group ids and commit records are on the real clock, whatever the telemetry's time is.
  const now = () => timestampMs(Date.now());
  const { commit, settle } = createGroupCommitter({ ports, now, log });
  return createGroupCommit({
    commit: async (group) => {
      await commit(group);
      spansStored(group.spans);
    },
    settle,
    groupIds,
    recentBodies: createRecentBodies(
      DEFAULT_BODIES_PER_GENERATION,
      await readRecentBodies(clickhouse, DEFAULT_BODIES_PER_GENERATION),
    ),
    now,
    log,
    observer: {
      groupEnded: (group) => {
        metrics.groupSeconds.observe(group.commitMs / 1_000);
        metrics.groupSpans.observe(group.spans);
        metrics.ingestSpans.inc(
          { outcome: group.outcome === "committed" ? "accepted" : "failed" },
          group.spans,
        );
        metrics.ingestSamples.inc(
          { outcome: group.outcome === "committed" ? "accepted" : "failed" },
          group.samples,
        );
      },
      duplicateBody: () => metrics.ingestRequests.inc({ protocol: "otlp_http", outcome: "duplicate" }),
    },
  });
}
