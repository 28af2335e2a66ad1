import type { SpanBatch } from "../model/span-batch.ts";
import type { Indicator, TracesIndicator } from "../slo/indicator.ts";
import { createBackfillWorker } from "./backfill-worker.ts";
import { createSpanCounter } from "./count-spans.ts";
import type { SpanCounts } from "./count-spans.ts";
import type { IndicatorOptions } from "./counted-indicator.ts";
import { newEntry, rebuildCounter, takeOn } from "./counted-set.ts";
import type { CountedSet } from "./counted-set.ts";
import { createLatestOnly } from "./latest-only.ts";
import { letGo } from "./let-go.ts";
import { parseIndicator } from "./parse-indicator.ts";
import type { LiveIndicator } from "./reconcile-counts.ts";
import { undoGroups } from "./undo-groups.ts";
import type { UndoReport } from "./undo-groups.ts";

/**
 * Knows which indicators over traces are counted, and sees to it that each stored span is counted once for each of them.
 * Those over metrics are passed over.
 */
export interface IndicatorRegistry {
  /** Reads the control store; what was live is counted from the first group on. To be awaited before ingest opens. */
  load(): Promise<void>;
  /**
   * Counts exactly these from the next group on, and brings the stored spans into the counts of new ones in the
   * background. One call at a time; of those that wait only the newest is done. Resolves when the set, or a newer one, is
   * counted. Rejects when a store fails: apply again.
   */
  apply(indicators: readonly Indicator[]): Promise<void>;
  /** For the group commit: what a group adds. The set changes only between groups. */
  count(batches: readonly SpanBatch[]): SpanCounts;
  /** For the group commit: takes back a group that failed, before another is stored. Harmless when repeated. */
  undoGroup(groupId: bigint): Promise<UndoReport>;
  /** Indicators whose counts are complete. */
  live(): readonly LiveIndicator[];
  isLive(indicatorId: string): boolean;
  /** Resolves when no backfill is left. */
  settled(): Promise<void>;
  /** Ends the backfills after what is under way. */
  close(): Promise<void>;
}

const FIND_RECORD = `
SELECT group_id
FROM ingest_groups
WHERE group_id = {group_id:UInt64}`;

const DELETE_RECORD = `
DELETE FROM ingest_groups
WHERE group_id = {group_id:UInt64}`;

export function createIndicatorRegistry(options: IndicatorOptions): IndicatorRegistry {
  const { ports, log } = options;
  const set: CountedSet = { entries: new Map(), count: createSpanCounter([]) };
  const worker = createBackfillWorker(options);
  const entries = () => [...set.entries.values()];

  const apply = createLatestOnly(async (indicators: readonly Indicator[]) => {
    const overTraces = indicators.filter(isOverTraces);
    const wanted = new Map(overTraces.map((indicator) => [indicator.id, indicator]));
    const leaving = entries().filter((entry) => !wanted.has(entry.indicator.id));
    await letGo(options, set.entries, leaving, () => rebuildCounter(set));
    const arriving = [...wanted.values()].filter((indicator) => !set.entries.has(indicator.id));
    await takeOn(options, set, arriving, worker);
  });

  return {
    async load() {
      for (const { indicator, state, coveredFromMs } of await ports.states.list()) {
        if (state !== "live" || !isOverTraces(indicator)) continue;
        const parsed = parseIndicator(indicator);
        if (parsed === undefined) {
          log.error("an indicator cannot be read and is not counted", { indicator: indicator.id });
          continue;
        }
        const entry = newEntry(parsed, { kind: "fresh" });
        set.entries.set(indicator.id, { ...entry, phase: "live", coveredFromMs });
      }
      rebuildCounter(set);
    },
    apply,
    count: (batches) => set.count(batches),
    async undoGroup(groupId) {
      const params = { group_id: groupId };
      const records = await ports.boundaryStore.query(FIND_RECORD, { params });
      if (records.length > 0) await ports.boundaryStore.command(DELETE_RECORD, { params });
      const undoPorts = { store: ports.boundaryStore, deleteSpans: ports.deleteSpans };
      const report = await undoGroups(undoPorts, [groupId], {
        indicators: entries().flatMap(({ phase, indicator }) => (phase === "live" ? [indicator] : [])),
        writer: options.writer,
        rawFromMs: options.now() - options.spanRetentionMs,
      });
      // An incomplete count cannot be compared yet.
      for (const { phase, recheck } of entries()) {
        if (phase === "backfilling") for (const bucketMs of report.buckets) recheck.add(bucketMs);
      }
      return report;
    },
    live: () =>
      entries().flatMap(({ phase, indicator, coveredFromMs }) =>
        phase === "live" ? [{ indicator, coveredFromMs: coveredFromMs ?? 0 }] : [],
      ),
    isLive: (indicatorId) => set.entries.get(indicatorId)?.phase === "live",
    settled: () => worker.idle(),
    close: () => worker.close(),
  };
}

function isOverTraces(indicator: Indicator): indicator is TracesIndicator {
  return indicator.source === "traces";
}
