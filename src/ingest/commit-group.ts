import { setTimeout as sleep } from "node:timers/promises";
import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import type { SampleBatch } from "../model/sample-batch.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { CommitGroup, Group } from "./group.ts";

/** What a group adds to the counts of SLIs. */
export interface GroupCounts {
  readonly deltas: readonly CountDelta[];
  readonly touched: readonly IndicatorChunk[];
}

/** The commit record, written last. */
export interface IngestGroupRecord {
  readonly groupId: bigint;
  readonly committedAt: TimestampMs;
  readonly bodies: readonly Uint8Array[];
  readonly spans: number;
  readonly touched: readonly IndicatorChunk[];
}

/** The store, as the commit needs it. Each insert repeated with the same token is stored once. */
export interface CommitPorts {
  insertSpans(group: Group, token: string): Promise<void>;
  /** Recognises deltas that an earlier run stored and did not acknowledge. Left out where that cannot be. */
  recogniseStored?(samples: readonly SampleBatch[]): Promise<readonly SampleBatch[]>;
  /** Gives the samples of a group the values that are stored: what was added becomes what has been counted so far. */
  accumulate(samples: readonly SampleBatch[]): Accumulated;
  /** Stored again under the same time and series, a sample is there once. */
  insertSamples(group: Group, token: string): Promise<void>;
  count(group: Group): GroupCounts;
  insertSliCounts(groupId: bigint, deltas: readonly CountDelta[], token: string): Promise<void>;
  insertIngestGroup(record: IngestGroupRecord, token: string): Promise<void>;
  /** Removes the record, the spans and the counts of a group, as far as they are there. Harmless when repeated. */
  undoGroup(groupId: bigint): Promise<void>;
}

export interface Accumulated {
  /** Without deltas and start times. */
  readonly samples: readonly SampleBatch[];
  /** To be told what became of the group: unless it was committed, its samples will come again. */
  ended(committed: boolean): void;
}

export interface CommitGroupOptions {
  readonly ports: CommitPorts;
  readonly now: Now;
  readonly log: Log;
  /** Waits before the second, third, … attempt of each step; its length + 1 is how often a step is tried. */
  readonly backOffMs?: readonly number[];
}

export interface GroupCommitter {
  readonly commit: CommitGroup;
  /** Undoes a failed group if that is still to be done; rejects when it cannot be. */
  readonly settle: () => Promise<void>;
}

const DEFAULT_BACK_OFF_MS: readonly number[] = [50, 200, 800];

/**
 * Spans and samples, then counts, then the record that makes them count. A group that fails is undone; until that has
 * worked no other group is stored, because a record with a higher id would make its remains look acknowledged. Samples
 * are not undone: they come again, and are there once.
 */
export function createGroupCommitter(options: CommitGroupOptions): GroupCommitter {
  const { ports, log } = options;
  const store = createGroupStore(options);
  let toUndo: bigint | undefined;

  const settle = async () => {
    const groupId = toUndo;
    if (groupId === undefined) return;
    await ports.undoGroup(groupId);
    toUndo = undefined;
    log.info("a failed group was undone", { groupId: String(groupId) });
  };

  const commit = async (received: Group) => {
    try {
      await settle();
    } catch (error) {
      throw new Error(`an earlier group is not undone yet: ${reasonOf(error)}`, { cause: error });
    }
    const samples = (await ports.recogniseStored?.(received.samples)) ?? received.samples;
    const accumulated = ports.accumulate(samples);
    let committed = false;
    try {
      await storeOrUndo({ ...received, samples: accumulated.samples });
      committed = true;
    } finally {
      accumulated.ended(committed);
    }
  };

  const storeOrUndo = async (group: Group) => {
    // Before anything is stored: what fails here needs no undoing.
    const counts = ports.count(group);
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

/** Stores what a group has, step by step, each tried several times. Rejects with the step that failed. */
function createGroupStore(options: CommitGroupOptions): (group: Group, counts: GroupCounts) => Promise<void> {
  const { ports, now, log } = options;
  const backOffMs = options.backOffMs ?? DEFAULT_BACK_OFF_MS;

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

  return async (group: Group, counts: GroupCounts) => {
    const { groupId } = group;
    if (group.spans.length > 0) {
      await attempt("storing spans", groupId, () => ports.insertSpans(group, `spans-${groupId}`));
    }
    if (group.samples.length > 0) {
      await attempt("storing samples", groupId, () => ports.insertSamples(group, `samples-${groupId}`));
    }
    if (counts.deltas.length > 0) {
      await attempt("storing SLI counts", groupId, () =>
        ports.insertSliCounts(groupId, counts.deltas, `counts-${groupId}`),
      );
    }
    // Samples alone leave nothing to remember: there is no body to recognise, nothing to undo, no count that changed.
    if (group.spans.length + group.bodies.length + counts.touched.length === 0) return;
    const record: IngestGroupRecord = {
      groupId,
      committedAt: now(),
      bodies: group.bodies,
      spans: group.spans.reduce((sum, batch) => sum + batch.count, 0),
      touched: counts.touched,
    };
    await attempt("storing the group's record", groupId, () =>
      ports.insertIngestGroup(record, `group-${groupId}`),
    );
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
