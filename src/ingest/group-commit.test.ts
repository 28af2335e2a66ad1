import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { SILENT_LOG } from "../self/log.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { GroupCommitOptions, GroupTiming } from "./group-commit-options.ts";
import { createGroupIds } from "./group-id.ts";
import type { Group } from "./group.ts";
import { decodeTracesProtobuf } from "./otlp/decode-traces-protobuf.ts";
import { SAMPLE_END_MS, sampleRequest, sampleSpan, toProtobuf } from "./otlp/sample-request.ts";
import { DEFAULT_SPAN_LIMITS } from "./otlp/span-limits.ts";
import { createRecentBodies } from "./recent-bodies.ts";

const AT = timestampMs(SAMPLE_END_MS);

function batchOf(spans: number) {
  const request = sampleRequest(Array.from({ length: spans }, (_, i) => sampleSpan(i + 1)));
  const result = decodeTracesProtobuf(toProtobuf(request), AT, DEFAULT_SPAN_LIMITS);
  if (result.kind !== "decoded") throw new Error(result.error.message);
  return result.batch;
}

const ONE = batchOf(1);
const submission = (n: number, batch = ONE) => ({
  bodyHash: Buffer.from(String(n).padStart(16, "0")),
  spans: batch,
});

/** A store whose commits end when the test says so. */
function setUp(timing: Partial<GroupTiming> = {}, changes: Partial<GroupCommitOptions> = {}) {
  const groups: Group[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const outcomes: string[] = [];
  let open = 0;
  const options: GroupCommitOptions = {
    commit: async (group) => {
      groups.push(group);
      open += 1;
      expect(open).toBe(1);
      await new Promise<void>((resolve, reject) => ends.push({ resolve, reject })).finally(() => (open -= 1));
    },
    settle: async () => {},
    groupIds: createGroupIds(0n, () => 1_000n),
    recentBodies: createRecentBodies(1_000),
    now: () => AT,
    log: SILENT_LOG,
    timing: { idleWaitMs: 1, maxWaitMs: 5, ...timing },
    observer: {
      groupEnded: (group) => outcomes.push(`${group.outcome} ${group.requests}`),
      duplicateBody: () => outcomes.push("duplicate"),
    },
    ...changes,
  };
  const groupCommit = createGroupCommit(options);
  const begun = async (count: number) => {
    while (groups.length < count) await sleep(1);
  };
  return { groupCommit, groups, ends, outcomes, begun };
}

describe("group commit", () => {
  it("acknowledges only after the group is stored", async () => {
    const { groupCommit, ends, groups, begun } = setUp();
    let answered = false;
    const result = groupCommit.submit(submission(1)).finally(() => (answered = true));
    await begun(1);
    await sleep(10);
    expect(answered).toBe(false);
    ends[0]!.resolve();
    expect(await result).toEqual({ kind: "committed" });
    expect(groups[0]).toMatchObject({
      groupId: 1_000n,
      receivedAt: AT,
      bodies: [submission(1).bodyHash],
      spans: [ONE],
      samples: [],
    });
  });

  it("fills the next group while one is being stored: groups grow with the load", async () => {
    const { groupCommit, ends, groups, begun } = setUp();
    const first = groupCommit.submit(submission(0));
    await begun(1);
    const others = Array.from({ length: 50 }, (_, i) => groupCommit.submit(submission(i + 1)));
    await sleep(20);
    expect(groups.length).toBe(1);
    expect(groupCommit.queuedGroups()).toBe(1);
    ends[0]!.resolve();
    await begun(2);
    ends[1]!.resolve();
    await Promise.all([first, ...others]);
    expect(groups.map((group) => group.spans.length)).toEqual([1, 50]);
    expect(groups.map((group) => group.groupId)).toEqual([1_000n, 1_001n]);
  });

  it("starts at once when idle, keeps small groups apart, and does not hold large ones back", async () => {
    const started: number[] = [];
    const commit = async () => void started.push(performance.now());
    const { groupCommit } = setUp({ idleWaitMs: 1, maxWaitMs: 150, eagerWeight: 10 }, { commit });
    const begin = performance.now();
    await groupCommit.submit(submission(1));
    await groupCommit.submit(submission(2));
    const large = performance.now();
    await groupCommit.submit(submission(3, batchOf(10)));
    expect(started[0]! - begin).toBeLessThan(100);
    expect(started[1]! - started[0]!).toBeGreaterThan(140);
    expect(started[2]! - large).toBeLessThan(100);
  });

  it("begins another group when one is full", async () => {
    const { groupCommit, ends, groups, begun } = setUp({ maxWeight: 20 });
    const ten = batchOf(10);
    const all = Array.from({ length: 5 }, (_, i) => groupCommit.submit(submission(i, ten)));
    for (let i = 0; i < 3; i += 1) {
      await begun(i + 1);
      ends[i]!.resolve();
    }
    await Promise.all(all);
    expect(groups.map((group) => group.spans.length)).toEqual([2, 2, 1]);
  });

  it("stores a body once that is sent again afterwards, at the same time, or was stored before the start", async () => {
    const recentBodies = createRecentBodies(10, [submission(9).bodyHash]);
    const { groupCommit, ends, groups, outcomes, begun } = setUp({}, { recentBodies });
    const first = groupCommit.submit(submission(1));
    const waiting = groupCommit.submit(submission(1));
    await begun(1);
    const committing = groupCommit.submit(submission(1));
    ends[0]!.resolve();
    expect(await Promise.all([first, waiting, committing])).toEqual([
      { kind: "committed" },
      { kind: "duplicate" },
      { kind: "duplicate" },
    ]);
    expect(await groupCommit.submit(submission(1))).toEqual({ kind: "duplicate" });
    expect(await groupCommit.submit(submission(9))).toEqual({ kind: "duplicate" });
    expect(groups.length).toBe(1);
    expect(outcomes.filter((outcome) => outcome === "duplicate").length).toBe(4);
  });

  it("fails the requests of a failed group alone, and takes their bodies when they come again", async () => {
    const { groupCommit, ends, outcomes, begun } = setUp();
    const first = groupCommit.submit(submission(1));
    await begun(1);
    const joined = groupCommit.submit(submission(1));
    const second = groupCommit.submit(submission(2));
    ends[0]!.reject(new Error("disk full"));
    const failure = { kind: "failed", reason: "disk full", retryAfterMs: 1_000 };
    expect(await Promise.all([first, joined])).toEqual([failure, failure]);
    const again = groupCommit.submit(submission(1));
    await begun(2);
    ends[1]!.resolve();
    expect(await Promise.all([second, again])).toEqual([{ kind: "committed" }, { kind: "committed" }]);
    expect(outcomes).toEqual(["duplicate", "failed 1", "committed 2"]);
  });

  it("keeps one request that is never stored from failing those beside it", async () => {
    const poison = submission(13).bodyHash;
    const commit = async (group: Group) => {
      await sleep(5);
      if (group.bodies.includes(poison)) throw new Error("cannot be stored");
    };
    const { groupCommit, outcomes } = setUp({}, { commit });
    const all = Array.from({ length: 5 }, (_, i) => groupCommit.submit(submission(i)));
    const sick = groupCommit.submit({ bodyHash: poison, spans: ONE });
    const after = groupCommit.submit(submission(6));
    expect(await Promise.all([...all, after])).toEqual(
      Array.from({ length: 6 }, () => ({ kind: "committed" })),
    );
    expect(await sick).toMatchObject({ kind: "failed", reason: "cannot be stored" });
    expect(outcomes.filter((outcome) => outcome.startsWith("failed"))).toEqual(["failed 7", "failed 1"]);
  });

  it.each([
    ["after the group when it cannot be undone", false, 1],
    ["after two requests when nothing is stored", true, 3],
  ])("gives up %s", async (_, undone, attempts) => {
    let tried = 0;
    const commit = async () => {
      tried += 1;
      throw new Error("the store is away");
    };
    const settle = async () => {
      if (!undone) throw new Error("not undone");
    };
    const { groupCommit } = setUp({}, { commit, settle });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_request, i) => groupCommit.submit(submission(i))),
    );
    expect(all.every((result) => result.kind === "failed")).toBe(true);
    expect(tried).toBe(attempts);
  });

  it("runs work exactly between two groups, and goes on when it fails", async () => {
    const { groupCommit, ends, groups, begun } = setUp();
    const first = groupCommit.submit(submission(1));
    await begun(1);
    const seen: string[] = [];
    const boundary = groupCommit.atBoundary(async (lastGroupId) => {
      seen.push(`at ${lastGroupId}, groups ${groups.length}`);
      await sleep(20);
      seen.push(`end, groups ${groups.length}`);
      return "done";
    });
    const failing = groupCommit.atBoundary(async () => {
      throw new Error("no");
    });
    failing.catch(() => {});
    const second = groupCommit.submit(submission(2));
    await sleep(10);
    expect(seen).toEqual([]);
    ends[0]!.resolve();
    expect(await boundary).toBe("done");
    await expect(failing).rejects.toThrow("no");
    await begun(2);
    expect(seen).toEqual(["at 1000, groups 1", "end, groups 1"]);
    expect(groups[1]!.groupId).toBeGreaterThan(1_000n);
    ends[1]!.resolve();
    await Promise.all([first, second]);
    expect(await groupCommit.atBoundary(async (last) => last)).toBe(1_001n);
  });

  it("runs no work between groups while a failed group is not undone, and groups go on being answered", async () => {
    let dirty = true;
    const settle = async () => {
      if (dirty) throw new Error("not undone");
    };
    const commit = async () => settle();
    const { groupCommit } = setUp({}, { settle, commit });
    let ran = false;
    const boundary = groupCommit.atBoundary(async () => {
      ran = true;
    });
    expect(await groupCommit.submit(submission(1))).toMatchObject({ kind: "failed", reason: "not undone" });
    expect(ran).toBe(false);
    dirty = false;
    expect(await groupCommit.submit(submission(1))).toEqual({ kind: "committed" });
    await boundary;
    expect(ran).toBe(true);
  });

  it("stores what it took when it is drained, and then refuses", async () => {
    const { groupCommit, ends, begun } = setUp({ maxWaitMs: 250, maxWeight: 1 });
    const taken = [1, 2, 3].map((n) => groupCommit.submit(submission(n)));
    await begun(1);
    const drained = groupCommit.drain();
    expect(await groupCommit.submit(submission(4))).toEqual({ kind: "stopping" });
    await expect(groupCommit.atBoundary(async () => {})).rejects.toThrow("stopping");
    for (let i = 0; i < 3; i += 1) {
      await begun(i + 1);
      ends[i]!.resolve();
    }
    await drained;
    expect(await Promise.all(taken)).toEqual([1, 2, 3].map(() => ({ kind: "committed" })));
    expect(await groupCommit.submit(submission(1))).toEqual({ kind: "duplicate" });
    await groupCommit.drain();
  });

  it("gives up what waits for a store that does not come back when it is drained", async () => {
    const settle = async () => {
      throw new Error("the store is away");
    };
    const { groupCommit } = setUp({}, { settle });
    const boundary = groupCommit.atBoundary(async () => {});
    boundary.catch(() => {});
    await sleep(5);
    await groupCommit.drain();
    await expect(boundary).rejects.toThrow("stopping");
  });

  it("answers every request exactly once under load, in a few groups", async () => {
    const groups: number[] = [];
    const stored = new Set<string>();
    const commit = async (group: Group) => {
      await sleep(10);
      groups.push(group.bodies.length);
      for (const body of group.bodies) {
        const key = Buffer.from(body).toString();
        expect(stored.has(key)).toBe(false);
        stored.add(key);
      }
    };
    const { groupCommit } = setUp({}, { commit });
    let sent = 0;
    const sender = async () => {
      for (let i = 0; i < 20; i += 1) {
        sent += 1;
        expect(await groupCommit.submit(submission(sent))).toEqual({ kind: "committed" });
      }
    };
    await Promise.all(Array.from({ length: 30 }, sender));
    expect(stored.size).toBe(600);
    expect(groups.length).toBeLessThan(100);
  });
});
