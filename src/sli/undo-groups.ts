import { bucketStartMs } from "../slo/bucket.ts";
import { correctBuckets } from "./correct-counts.ts";
import { touchedChunks } from "./touched-chunks.ts";
import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import { BUCKET_S } from "./counts-sql.ts";
import type { CountsStore } from "./counts-sql.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

export interface UndoGroupsPorts {
  readonly store: CountsStore;
  /** Groups that have spans but no commit record. */
  readonly readUncommitted: () => Promise<{ readonly groupIds: readonly bigint[] } | undefined>;
  /** Resolves when reads no longer see the spans of these groups. */
  readonly deleteSpans: (groupIds: readonly bigint[]) => Promise<void>;
}

export interface UndoOptions {
  /** Every indicator that is counted as spans arrive and whose counts are complete. */
  readonly indicators: readonly ParsedIndicator[];
  readonly writer: bigint;
  /** Spans that ended before are not all kept, so the counts of those buckets cannot be made anew and stay as they are. */
  readonly rawFromMs: number;
}

export interface UndoReport {
  readonly groupIds: readonly bigint[];
  /** Every bucket in which the groups have spans. */
  readonly buckets: readonly number[];
  readonly corrections: readonly CountDelta[];
  readonly touched: readonly IndicatorChunk[];
}

const TOUCHED_BUCKETS = `
SELECT DISTINCT ${BUCKET_S} AS bucket_s
FROM spans
WHERE group_id IN {group_ids:Array(UInt64)}
ORDER BY bucket_s`;

/**
 * Takes back groups that were not committed, while no group is being stored. The counts come first, without the spans of
 * those groups, and the spans go last: they are what tells the buckets, so a kill in between leaves all there is to know.
 */
export async function undoGroups(
  ports: Pick<UndoGroupsPorts, "store" | "deleteSpans">,
  groupIds: readonly bigint[],
  options: UndoOptions,
): Promise<UndoReport> {
  const rows = await ports.store.query<{ bucket_s: number }>(TOUCHED_BUCKETS, {
    params: { group_ids: groupIds },
  });
  const buckets = rows.map((row) => row.bucket_s * 1_000);
  const corrections = await correctBuckets(ports.store, {
    indicators: options.indicators,
    buckets: buckets.filter((bucketMs) => bucketMs > bucketStartMs(options.rawFromMs)),
    exceptGroups: groupIds,
    writer: options.writer,
  });
  // Most often there is nothing to delete, and a store that is out of space can say so but not write so.
  if (rows.length > 0) await ports.deleteSpans(groupIds);
  return { groupIds, buckets, corrections, touched: touchedChunks(corrections) };
}

/**
 * At start, before ingest opens: undoes what a crash left between the inserts of a group. Nobody was told that it was
 * stored, so its senders send it again. Undefined when there is nothing to undo.
 */
export async function recoverUncommitted(
  ports: UndoGroupsPorts,
  options: UndoOptions,
): Promise<UndoReport | undefined> {
  const uncommitted = await ports.readUncommitted();
  if (uncommitted === undefined || uncommitted.groupIds.length === 0) return undefined;
  return await undoGroups(ports, uncommitted.groupIds, options);
}
