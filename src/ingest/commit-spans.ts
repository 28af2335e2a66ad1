import { setTimeout as sleep } from "node:timers/promises";
import type { SpanBatch } from "../model/span-batch.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { CommitGroup, Group } from "./group.ts";

/** What a group adds to the counts of one indicator in one 10 s bucket. */
export interface SliCountDelta {
  readonly indicator: string;
  /** Start of the bucket, milliseconds since the epoch. */
  readonly bucketMs: number;
  readonly good: number;
  readonly total: number;
}

/** A 10-minute chunk of an indicator whose counts a group changed. */
interface TouchedChunk {
  readonly indicator: string;
  /** Start of the chunk, milliseconds since the epoch. */
  readonly chunkMs: number;
}

/** What a group adds. The committer carries it from the counter to the store and looks at nothing inside. */
export interface SpanCounts<Delta = SliCountDelta, Touched = TouchedChunk> {
  readonly deltas: readonly Delta[];
  readonly touched: readonly Touched[];
}

/** The commit record, written last. */
export interface IngestGroupRecord<Touched = TouchedChunk> {
  readonly groupId: bigint;
  readonly committedAt: TimestampMs;
  readonly bodies: readonly Uint8Array[];
  readonly spans: number;
  readonly touched: readonly Touched[];
}

/** The store, as the commit needs it. Each insert repeated with the same token is stored once. */
export interface CommitPorts<Delta = SliCountDelta, Touched = TouchedChunk> {
  insertSpans(group: Group, token: string): Promise<void>;
  countSpans(batches: readonly SpanBatch[]): SpanCounts<Delta, Touched>;
  insertSliCounts(groupId: bigint, deltas: readonly Delta[], token: string): Promise<void>;
  insertIngestGroup(record: IngestGroupRecord<Touched>, token: string): Promise<void>;
  /** Removes the record, the spans and the counts of a group, as far as they are there. Harmless when repeated. */
  undoGroup(groupId: bigint): Promise<void>;
}

export interface CommitSpansOptions<Delta = SliCountDelta, Touched = TouchedChunk> {
  readonly ports: CommitPorts<Delta, Touched>;
  readonly now: Now;
  readonly log: Log;
  /** Waits before the second, third, … attempt of each step; its length + 1 is how often a step is tried. */
  readonly backOffMs?: readonly number[];
}

export interface SpanCommitter {
  readonly commit: CommitGroup;
  /** Undoes a failed group if that is still to be done; rejects when it cannot be. */
  readonly settle: () => Promise<void>;
}

const DEFAULT_BACK_OFF_MS: readonly number[] = [50, 200, 800];

/**
 * Spans, then counts, then the record that makes them count. A group that fails is undone; until that has worked no
 * other group is stored, because a record with a higher id would make its remains look acknowledged.
 */
export function createSpanCommitter<Delta = SliCountDelta, Touched = TouchedChunk>(
  options: CommitSpansOptions<Delta, Touched>,
): SpanCommitter {
  const { ports, now, log } = options;
  const backOffMs = options.backOffMs ?? DEFAULT_BACK_OFF_MS;
  let toUndo: bigint | undefined;

  const settle = async () => {
    const groupId = toUndo;
    if (groupId === undefined) return;
    await ports.undoGroup(groupId);
    toUndo = undefined;
    log.info("a failed group was undone", { groupId: String(groupId) });
  };

  const attempt = async (step: string, groupId: bigint, run: () => Promise<void>) => {
    for (let i = 0; ; i += 1) {
      try {
        return await run();
      } catch (error) {
        const waitMs = backOffMs[i];
        const fields = { step, groupId: String(groupId), attempt: i + 1, reason: reasonOf(error) };
        if (waitMs === undefined) throw new Error(`${step}: ${reasonOf(error)}`, { cause: error });
        log.warn("storing a group failed, trying again", fields);
        await sleep(waitMs);
      }
    }
  };

  const store = async (group: Group, counts: SpanCounts<Delta, Touched>) => {
    const { groupId } = group;
    await attempt("storing spans", groupId, () => ports.insertSpans(group, `spans-${groupId}`));
    if (counts.deltas.length > 0) {
      await attempt("storing SLI counts", groupId, () =>
        ports.insertSliCounts(groupId, counts.deltas, `counts-${groupId}`),
      );
    }
    const record: IngestGroupRecord<Touched> = {
      groupId,
      committedAt: now(),
      bodies: group.bodies,
      spans: group.batches.reduce((sum, batch) => sum + batch.count, 0),
      touched: counts.touched,
    };
    await attempt("storing the group's record", groupId, () =>
      ports.insertIngestGroup(record, `group-${groupId}`),
    );
  };

  const commit = async (group: Group) => {
    try {
      await settle();
    } catch (error) {
      throw new Error(`an earlier group is not undone yet: ${reasonOf(error)}`, { cause: error });
    }
    // Before anything is stored: what fails here needs no undoing.
    const counts = ports.countSpans(group.batches);
    toUndo = group.groupId;
    try {
      await store(group, counts);
      toUndo = undefined;
    } catch (error) {
      await settle().catch((undoError: unknown) => {
        const fields = { groupId: String(group.groupId), reason: reasonOf(undoError) };
        log.error("a failed group could not be undone yet; nothing is stored until it is", fields);
      });
      throw error;
    }
  };

  return { commit, settle };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
