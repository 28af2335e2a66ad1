import type { Config } from "../config.ts";
import type { GroupCounts } from "../ingest/commit-group.ts";
import type { Group } from "../ingest/group.ts";
import type { IndicatorChunk } from "../model/sli-counts.ts";
import type { SeriesRef } from "../model/sample-batch.ts";
import type { Now } from "../model/time.ts";
import type { RunQuery } from "../promql/query-request.ts";
import type { Log } from "../self/log.ts";
import { createIndicatorRegistry } from "../sli/indicator-registry.ts";
import type { IndicatorRegistry } from "../sli/indicator-registry.ts";
import { createMetricIndicators } from "../sli/metric-indicators.ts";
import type { MetricIndicators } from "../sli/metric-indicators.ts";
import type { AtBoundary, RepairPorts } from "../sli/repair-counts.ts";
import { recoverUncommitted } from "../sli/undo-groups.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readKeptFrom } from "../store/clickhouse/read-kept-from.ts";
import type { Database } from "../store/postgres/database.ts";
import { wireIndicatorPorts, wireUndoPorts } from "./indicators.ts";
import { openSpanBound, type SpanBound } from "./span-bound.ts";

export interface CountingParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly log: Log;
  readonly now: Now;
  /** This run of this process. */
  readonly writer: bigint;
  /** Answers the queries of indicators that are evaluated. */
  readonly runQuery: RunQuery;
  readonly atBoundary: AtBoundary;
  /** Records which counts changed, as a group without requests; takes a boundary of its own. */
  readonly announce: (touched: readonly IndicatorChunk[]) => Promise<void>;
}

/** The counts of all indicators, over spans and over metrics. */
export interface Counting {
  /** Counts exactly these from now on; rejects when a store fails: apply again. */
  readonly apply: (indicators: readonly Indicator[]) => Promise<void>;
  /** What a group adds. */
  readonly count: (group: Group) => GroupCounts;
  /** Takes back a group that failed; gives the counts that are right again. */
  readonly undoGroup: (groupId: bigint) => Promise<readonly IndicatorChunk[]>;
  /** Since when an indicator's counts are complete; undefined while they are not. */
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  readonly forgetSeries: (ref: SeriesRef) => void;
  /** Groups can be stored now. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
  readonly registry: IndicatorRegistry;
  readonly metricIndicators: MetricIndicators;
  readonly repairPorts: RepairPorts;
  /** How far back the spans are all there, in milliseconds. */
  readonly spanRetentionMs: number;
}

/** Reads which indicators are counted, and repairs what a crash left of spans. */
export async function wireCounting(
  parts: CountingParts & {
    /** As announce, but before groups are stored. */
    readonly announceFirst: (touched: readonly IndicatorChunk[]) => Promise<void>;
  },
): Promise<Counting> {
  const { clickhouse, log, now, writer } = parts;
  const ports = wireIndicatorPorts(parts);
  const spanBound = await openSpanBound(parts);
  const sampleRetentionMs = await sureRetentionMs(parts, "samples");
  const common = { writer, now, log };
  const registry = createIndicatorRegistry({
    ...common,
    ports,
    get spanRetentionMs() {
      return spanBound.retentionMs();
    },
    onProgress: ({ indicatorIds, done, total }) =>
      log.info("counting stored spans for new SLOs", { indicators: indicatorIds.length, done, total }),
  });
  const metricIndicators = createMetricIndicators({
    ...common,
    ports: { ...ports, runQuery: parts.runQuery },
    sampleRetentionMs,
    onProgress: ({ indicatorIds, done, total }) =>
      log.info("counting stored samples for new SLOs", { indicators: indicatorIds.length, done, total }),
  });
  await registry.load();
  await metricIndicators.load();
  const recovered = await recoverUncommitted(wireUndoPorts(clickhouse), {
    indicators: registry.live().map(({ indicator }) => indicator),
    writer,
    rawFromMs: now() - spanBound.retentionMs(),
  });
  if (recovered !== undefined) {
    await parts.announceFirst(recovered.touched);
    log.warn("spans that a crash left unacknowledged were removed; their senders send them again", {
      groups: recovered.groupIds.length,
      corrections: recovered.corrections.length,
    });
  }
  const repairPorts = { ...ports, writer };
  return {
    ...together(registry, metricIndicators, spanBound),
    registry,
    metricIndicators,
    repairPorts,
    get spanRetentionMs() {
      return spanBound.retentionMs();
    },
  };
}

/** Each takes of the indicators and of a group what concerns it. */
function together(
  registry: IndicatorRegistry,
  metricIndicators: MetricIndicators,
  spanBound: SpanBound,
): Omit<Counting, "registry" | "metricIndicators" | "repairPorts" | "spanRetentionMs"> {
  return {
    apply: async (indicators) => {
      await Promise.all([registry.apply(indicators), metricIndicators.apply(indicators)]);
    },
    count: (group) => {
      const spans = registry.count(group.spans);
      const samples = metricIndicators.count(group.samples);
      return {
        deltas: [...spans.deltas, ...samples.deltas],
        touched: [...spans.touched, ...samples.touched],
      };
    },
    undoGroup: async (groupId) => {
      metricIndicators.groupFailed();
      return (await registry.undoGroup(groupId)).touched;
    },
    coveredFromMs: (id) => {
      const spans = registry.live().find((live) => live.indicator.id === id);
      return (spans ?? metricIndicators.live().find((live) => live.id === id))?.coveredFromMs;
    },
    forgetSeries: (ref) => metricIndicators.forgetSeries(ref),
    start: () => {
      metricIndicators.start();
      spanBound.start();
    },
    close: async () => {
      await spanBound.stop();
      await Promise.all([registry.close(), metricIndicators.close()]);
    },
  };
}

/** Grows with each start, up to what is configured: whatever lies further back is not sure to be there. */
async function sureRetentionMs(
  { config, clickhouse, now }: CountingParts,
  table: "spans" | "samples",
): Promise<number> {
  const sureMs = now() - (await readKeptFrom(clickhouse, table));
  return Math.min(config.file.retention[table], Math.max(0, sureMs));
}
