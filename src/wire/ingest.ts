import { randomBytes } from "node:crypto";
import type { Config } from "../config.ts";
import { createAccumulator } from "../ingest/accumulate-samples.ts";
import { createGroupCommitter } from "../ingest/commit-group.ts";
import type { CommitPorts } from "../ingest/commit-group.ts";
import type { GroupCommitObserver } from "../ingest/group-commit-options.ts";
import { createGroupCommit } from "../ingest/group-commit.ts";
import type { GroupCommit } from "../ingest/group-commit.ts";
import { createGroupIds } from "../ingest/group-id.ts";
import type { GroupIds } from "../ingest/group-id.ts";
import { createRecentBodies, DEFAULT_BODIES_PER_GENERATION } from "../ingest/recent-bodies.ts";
import { createSeriesTable } from "../ingest/series-table.ts";
import { createStoredDeltas, storedKey } from "../ingest/stored-deltas.ts";
import type { SeriesTable } from "../ingest/series-table.ts";
import type { IndicatorChunk } from "../model/sli-counts.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { MINUTE_MS, timestampMs } from "../model/time.ts";
import type { Now } from "../model/time.ts";
import type { RunQuery } from "../promql/query-request.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { insertIngestGroup } from "../store/clickhouse/ingest-group-rows.ts";
import { readHighestGroupId } from "../store/clickhouse/read-last-group-id.ts";
import { readNewestSampleTime } from "../store/clickhouse/read-newest-sample-time.ts";
import { readRecentBodies } from "../store/clickhouse/read-recent-bodies.ts";
import { readStoredSamples } from "../store/clickhouse/read-stored-samples.ts";
import { createSampleWriter } from "../store/clickhouse/sample-writer.ts";
import { insertSliCounts } from "../store/clickhouse/sli-count-rows.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import type { Database } from "../store/postgres/database.ts";
import { wireCounting } from "./counting.ts";
import type { Counting } from "./counting.ts";
import { openDoors, seriesLimits } from "./doors.ts";
import type { Doors } from "./doors.ts";

const SWEEP_INTERVAL_MS = 5 * MINUTE_MS;

export interface IngestParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: Now;
  /** Answers the queries of indicators that are evaluated. */
  readonly runQuery: RunQuery;
  /** Told when counts may have changed. */
  readonly onCommitted: () => void;
}

type SpanListener = (batches: readonly SpanBatch[]) => void;

export interface Ingest extends Doors {
  readonly counting: Counting;
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
  const announceFirst = (touched: readonly IndicatorChunk[]): Promise<void> =>
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
  const announce = (touched: readonly IndicatorChunk[]): Promise<void> =>
    atBoundary(async () => {
      await announceFirst(touched);
      parts.onCommitted();
    });
  const counting = await wireCounting({ ...parts, writer, atBoundary, announce, announceFirst });
  const series = createSeriesTable(seriesLimits(config), log);
  series.onForget(counting.forgetSeries);
  const sweeper = setInterval(() => series.sweep(now()), SWEEP_INTERVAL_MS);
  sweeper.unref();
  let spanListener: SpanListener = () => {};
  const spansStored: SpanListener = (batches) => spanListener(batches);
  const started = await startGroups(parts, { writer, groupIds, counting, series, spansStored });
  groups = started;
  counting.start();
  return {
    ...openDoors(parts, started, series),
    counting,
    series,
    submit: started.submit,
    onSpansStored: (listener) => (spanListener = listener),
    stop: async () => {
      // Backfills need boundaries between groups, so they end first.
      await counting.close();
      await started.drain();
      clearInterval(sweeper);
    },
  };
}

interface GroupParts {
  readonly writer: bigint;
  readonly groupIds: GroupIds;
  readonly counting: Counting;
  readonly series: SeriesTable;
  readonly spansStored: SpanListener;
}

async function startGroups(parts: IngestParts, own: GroupParts): Promise<GroupCommit> {
  const { clickhouse, log, metrics } = parts;
  // Group ids and commit records are on the real clock, whatever the telemetry's time is.
  const now = () => timestampMs(Date.now());
  const { commit, settle } = createGroupCommitter({ ports: await commitPorts(parts, own), now, log });
  return createGroupCommit({
    commit: async (group) => {
      await commit(group);
      own.spansStored(group.spans);
    },
    settle,
    groupIds: own.groupIds,
    recentBodies: createRecentBodies(
      DEFAULT_BODIES_PER_GENERATION,
      await readRecentBodies(clickhouse, DEFAULT_BODIES_PER_GENERATION),
    ),
    now,
    log,
    observer: observeGroups(metrics),
  });
}

async function commitPorts(
  { clickhouse, now, onCommitted }: IngestParts,
  { writer, counting, series }: GroupParts,
): Promise<CommitPorts> {
  const storeSamples = createSampleWriter(clickhouse);
  const writtenUntilMs = Math.min(await readNewestSampleTime(clickhouse), now());
  // Counts that an undone group had changed and that are right again: evaluators may have read them meanwhile.
  let corrected: readonly IndicatorChunk[] = [];
  return {
    insertSpans: ({ groupId, spans }) => insertSpans(clickhouse, { groupId, writer, batches: spans }),
    recogniseStored: createStoredDeltas({
      writtenUntilMs,
      read: async (question) => {
        const rows = await readStoredSamples(clickhouse, question);
        return new Map(rows.map(({ id, timeMs, value }) => [storedKey(id, timeMs), value]));
      },
    }),
    accumulate: createAccumulator({ series, writtenUntilMs }),
    insertSamples: ({ groupId, samples }) => storeSamples({ groupId, batches: samples }),
    count: counting.count,
    insertSliCounts: (groupId, deltas) => insertSliCounts(clickhouse, { groupId, writer, deltas }),
    insertIngestGroup: async ({ groupId, committedAt, bodies, spans, touched }) => {
      await insertIngestGroup(clickhouse, {
        groupId,
        writer,
        committedAtMs: committedAt,
        bodies,
        spans,
        touched: [...touched, ...corrected],
      });
      corrected = [];
      onCommitted();
    },
    undoGroup: async (groupId) => {
      corrected = [...corrected, ...(await counting.undoGroup(groupId))];
    },
  };
}

function observeGroups(metrics: Metrics): GroupCommitObserver {
  return {
    groupEnded: ({ outcome: ended, commitMs, spans, samples }) => {
      const outcome = ended === "committed" ? "accepted" : "failed";
      metrics.groupSeconds.observe(commitMs / 1_000);
      metrics.groupSpans.observe(spans);
      metrics.groupSamples.observe(samples);
      metrics.ingestSpans.inc({ outcome }, spans);
      metrics.ingestSamples.inc({ outcome }, samples);
    },
    duplicateBody: () => metrics.ingestRequests.inc({ protocol: "otlp_http", outcome: "duplicate" }),
  };
}
