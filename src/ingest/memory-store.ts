import type { SpanBatch } from "../model/span-batch.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import type { CommitPorts, IngestGroupRecord, SpanCounts } from "./commit-spans.ts";

/** The store of a commit in memory, for tests: it can fail, before or after it has stored. */
export interface MemoryStore {
  readonly ports: { -readonly [Port in keyof CommitPorts]: CommitPorts[Port] };
  /** Names of the steps in the order in which they were asked for. */
  readonly steps: string[];
  /** What the next calls of a step do, one entry a call; "ok" once they are used up. */
  readonly faults: Partial<Record<CommitStep, StepFault[]>>;
  readonly spans: Map<bigint, readonly SpanBatch[]>;
  readonly counts: Map<bigint, readonly CountDelta[]>;
  readonly records: Map<bigint, IngestGroupRecord>;
}

type CommitStep = "insertSpans" | "insertSliCounts" | "insertIngestGroup" | "undoGroup";
/** `lost`: stored, but the answer says that it failed. */
export type StepFault = "ok" | "fail" | "lost";

export function createMemoryStore(count: (batches: readonly SpanBatch[]) => SpanCounts): MemoryStore {
  const tokens = new Set<string>();
  const steps: string[] = [];
  const faults: MemoryStore["faults"] = {};
  const spans = new Map<bigint, readonly SpanBatch[]>();
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
      step("insertSpans", group.groupId, token, () => put(spans, group.groupId, group.batches)),
    countSpans: count,
    insertSliCounts: (groupId, deltas, token) =>
      step("insertSliCounts", groupId, token, () => put(counts, groupId, deltas)),
    insertIngestGroup: (record, token) =>
      step("insertIngestGroup", record.groupId, token, () => put(records, record.groupId, record)),
    undoGroup: (groupId) =>
      step("undoGroup", groupId, undefined, () => {
        for (const rows of [spans, counts, records]) rows.delete(groupId);
      }),
  };
  return { ports, steps, faults, spans, counts, records };
}
