import type { SampleBatch } from "../model/sample-batch.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import type { CommitPorts, IngestGroupRecord, GroupCounts } from "./commit-group.ts";

/** The store of a commit in memory, for tests: it can fail, before or after it has stored. */
export interface MemoryStore {
  readonly ports: { -readonly [Port in keyof CommitPorts]: CommitPorts[Port] };
  /** Names of the steps in the order in which they were asked for. */
  readonly steps: string[];
  /** What the next calls of a step do, one entry a call; "ok" once they are used up. */
  readonly faults: Partial<Record<CommitStep, StepFault[]>>;
  readonly spans: Map<bigint, readonly SpanBatch[]>;
  /** Never undone: they come again. */
  readonly samples: Map<bigint, readonly SampleBatch[]>;
  readonly counts: Map<bigint, readonly CountDelta[]>;
  readonly records: Map<bigint, IngestGroupRecord>;
}

type CommitStep = "insertSpans" | "insertSamples" | "insertSliCounts" | "insertIngestGroup" | "undoGroup";
/** `lost`: stored, but the answer says that it failed. */
export type StepFault = "ok" | "fail" | "lost";

export function createMemoryStore(count: (batches: readonly SpanBatch[]) => GroupCounts): MemoryStore {
  const tokens = new Set<string>();
  const steps: string[] = [];
  const faults: MemoryStore["faults"] = {};
  const spans = new Map<bigint, readonly SpanBatch[]>();
  const samples = new Map<bigint, readonly SampleBatch[]>();
  const counts = new Map<bigint, readonly CountDelta[]>();
  const records = new Map<bigint, IngestGroupRecord>();
  const step = async (name: CommitStep, groupId: bigint, token: string | undefined, store: () => void) => {
    steps.push(`${name} ${groupId}`);
    const fault = faults[name]?.shift() ?? "ok";
    await Promise.resolve();
    if (fault === "fail") throw new Error(`${name} failed`);
    if (token === undefined || !tokens.has(token)) store();
    if (token !== undefined) tokens.add(token);
    if (fault === "lost") throw new Error(`${name}: the answer was lost`);
  };
  const put = <T>(rows: Map<bigint, T>, groupId: bigint, row: T) => {
    if (rows.has(groupId)) throw new Error(`group ${groupId} is there twice`);
    rows.set(groupId, row);
  };
  const ports: CommitPorts = {
    insertSpans: (group, token) =>
      step("insertSpans", group.groupId, token, () => put(spans, group.groupId, group.spans)),
    accumulate: (batches) => ({ samples: batches, ended: () => {} }),
    insertSamples: (group, token) =>
      step("insertSamples", group.groupId, token, () => put(samples, group.groupId, group.samples)),
    count: (group) => count(group.spans),
    insertSliCounts: (groupId, deltas, token) =>
      step("insertSliCounts", groupId, token, () => put(counts, groupId, deltas)),
    insertIngestGroup: (record, token) =>
      step("insertIngestGroup", record.groupId, token, () => put(records, record.groupId, record)),
    undoGroup: (groupId) =>
      step("undoGroup", groupId, undefined, () => {
        for (const rows of [spans, counts, records]) rows.delete(groupId);
      }),
  };
  return { ports, steps, faults, spans, samples, counts, records };
}
