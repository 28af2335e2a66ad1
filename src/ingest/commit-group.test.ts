import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { createGroupCommitter, type GroupCounts } from "./commit-group.ts";
import type { Group } from "./group.ts";
import { createMemoryStore, type StepFault } from "./memory-store.ts";
import { decodeTracesProtobuf } from "./otlp/decode-traces-protobuf.ts";
import { SAMPLE_END_MS, sampleRequest, sampleSpan, toProtobuf } from "./otlp/sample-request.ts";
import { DEFAULT_SPAN_LIMITS } from "./otlp/span-limits.ts";

const AT = timestampMs(SAMPLE_END_MS);
const COUNTS: GroupCounts = {
  deltas: [{ indicator: "a", bucketMs: SAMPLE_END_MS, good: 1, total: 2 }],
  touched: [{ indicator: "a", chunkMs: SAMPLE_END_MS }],
};

function groupOf(groupId: bigint): Group {
  const result = decodeTracesProtobuf(
    toProtobuf(sampleRequest([sampleSpan(1), sampleSpan(2)])),
    AT,
    DEFAULT_SPAN_LIMITS,
  );
  if (result.kind !== "decoded") throw new Error(result.error.message);
  return {
    groupId,
    spans: [result.batch],
    samples: [],
    bodies: [new Uint8Array(16).fill(1)],
    receivedAt: AT,
  };
}

function setUp(counts: GroupCounts = COUNTS, backOffMs: readonly number[] = [1, 1]) {
  const store = createMemoryStore(() => counts);
  const committer = createGroupCommitter({ ports: store.ports, now: () => AT, log: SILENT_LOG, backOffMs });
  return { store, committer };
}

describe("committing a group", () => {
  it("stores spans, then counts, then the record that makes them count", async () => {
    const { store, committer } = setUp();
    await committer.commit(groupOf(7n));
    expect(store.steps).toEqual(["insertSpans 7", "insertSliCounts 7", "insertIngestGroup 7"]);
    expect(store.records.get(7n)).toEqual({
      groupId: 7n,
      committedAt: AT,
      bodies: [new Uint8Array(16).fill(1)],
      spans: 2,
      touched: COUNTS.touched,
    });
  });

  it("stores no counts when no indicator matches", async () => {
    const { store, committer } = setUp({ deltas: [], touched: [] });
    await committer.commit(groupOf(7n));
    expect(store.steps).toEqual(["insertSpans 7", "insertIngestGroup 7"]);
  });

  it("tries again with the same token, so that an answer that was lost stores nothing twice", async () => {
    const { store, committer } = setUp();
    store.faults.insertSpans = ["lost", "fail"];
    store.faults.insertSliCounts = ["lost"];
    store.faults.insertIngestGroup = ["fail", "lost"];
    await committer.commit(groupOf(7n));
    expect([store.spans.size, store.counts.size, store.records.size]).toEqual([1, 1, 1]);
  });

  it("undoes a group that cannot be stored, and stores the next one", async () => {
    const { store, committer } = setUp();
    store.faults.insertIngestGroup = ["fail", "fail", "lost"];
    await expect(committer.commit(groupOf(7n))).rejects.toThrow(
      "storing the group's record: insertIngestGroup",
    );
    expect([store.spans.size, store.counts.size, store.records.size]).toEqual([0, 0, 0]);
    await committer.commit(groupOf(8n));
    expect([...store.records.keys()]).toEqual([8n]);
  });

  it("stores nothing more until a failed group is undone", async () => {
    const { store, committer } = setUp();
    store.faults.insertSliCounts = ["fail", "fail", "fail"];
    store.faults.undoGroup = ["fail", "fail", "fail", "ok"];
    await expect(committer.commit(groupOf(7n))).rejects.toThrow("storing SLI counts");
    await expect(committer.settle()).rejects.toThrow("undoGroup failed");
    await expect(committer.commit(groupOf(8n))).rejects.toThrow("not undone yet");
    expect([...store.spans.keys()]).toEqual([7n]);
    await committer.commit(groupOf(9n));
    expect([...store.spans.keys()]).toEqual([9n]);
    await committer.settle();
    expect(store.steps.filter((step) => step.startsWith("undoGroup"))).toHaveLength(4);
  });

  it("stores nothing of a group whose spans cannot be counted", async () => {
    const { store, committer } = setUp();
    store.ports.count = () => {
      throw new Error("bad predicate");
    };
    await expect(committer.commit(groupOf(7n))).rejects.toThrow("bad predicate");
    expect(store.steps).toEqual([]);
  });

  it("leaves all of a group or nothing of it once it is settled, whatever fails", async () => {
    const faults = fc.array(fc.constantFrom<StepFault>("ok", "fail", "lost"), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(faults, faults, faults, faults, async (spans, counts, record, undo) => {
        const { store, committer } = setUp(COUNTS, [0]);
        Object.assign(store.faults, {
          insertSpans: spans,
          insertSliCounts: counts,
          insertIngestGroup: record,
          undoGroup: undo,
        });
        const committed: bigint[] = [];
        for (let groupId = 1n; groupId <= 4n; groupId += 1n) {
          await committer.commit(groupOf(groupId)).then(
            () => committed.push(groupId),
            () => {},
          );
          // A record never stands above remains of a group that failed.
          const newest = [...store.records.keys()].filter((id) => committed.includes(id)).at(-1) ?? 0n;
          for (const id of store.spans.keys()) expect(committed.includes(id) || id > newest).toBe(true);
        }
        for (let i = 0; i < 10; i += 1) await committer.settle().catch(() => {});
        for (const rows of [store.spans, store.counts, store.records])
          expect([...rows.keys()]).toEqual(committed);
      }),
      { numRuns: 100 },
    );
  });
});
