import { createBoundaries } from "./boundaries.ts";
import {
  DEFAULT_GROUP_TIMING,
  type GroupCommitOptions,
  type GroupTiming,
  type Submission,
  type SubmitResult,
} from "./group-commit-options.ts";
import { createGroupLoop } from "./group-loop.ts";
import { createGroupQueue, submissionWeight, type WaitingGroup } from "./group-queue.ts";
import { bodyKey } from "./recent-bodies.ts";
import { sampleCount } from "../model/sample-batch.ts";

export interface GroupCommit {
  /** Resolves when what was submitted is stored, or will not be. Never rejects. */
  readonly submit: (submission: Submission) => Promise<SubmitResult>;
  /**
   * Runs `fn` when no group is being stored and none is half undone; groups started later have higher ids than the one
   * it is given, groups before are complete. Rejects as `fn` does, or when the service stops first.
   */
  readonly atBoundary: <T>(fn: (lastGroupId: bigint) => Promise<T>) => Promise<T>;
  /** Groups that wait, the one being filled included. */
  readonly queuedGroups: () => number;
  /** Takes no more, stores what was taken, then resolves. */
  readonly drain: () => Promise<void>;
}

const RETRY_AFTER_MS = 1_000;

/**
 * Stores requests in groups, one group at a time. An idle service stores at once; under load the next group fills while
 * one is being stored, so groups grow with the load and the store sees few, large inserts.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const timing: GroupTiming = { ...DEFAULT_GROUP_TIMING, ...options.timing };
  const queue = createGroupQueue(timing, options.now);
  const inFlight = new Map<string, Promise<SubmitResult>>();
  const boundaries = createBoundaries();
  let lastStartMs = Number.NEGATIVE_INFINITY;
  let stopping = false;

  /** False when the store is not ready for them: groups go on meanwhile, and are told the same. */
  const runBoundaries = async () => {
    try {
      await options.settle();
    } catch (error) {
      if (!stopping) return false;
      boundaries.rejectAll(new Error("the service is stopping", { cause: error }));
      return true;
    }
    await boundaries.run(options.groupIds.last());
    return true;
  };

  const loop = createGroupLoop(async () => {
    if (boundaries.waiting() && (await runBoundaries())) return 0;
    const dueInMs = queue.dueInMs(lastStartMs);
    if (dueInMs === undefined) return boundaries.waiting() ? RETRY_AFTER_MS : undefined;
    if (dueInMs > 0 && !stopping) return dueInMs;
    lastStartMs = performance.now();
    await storeGroup(options, queue.take()!, (key) => inFlight.delete(key));
    return 0;
  });

  return {
    async submit(submission) {
      const key = submission.bodyHash && bodyKey(submission.bodyHash);
      const earlier = key === undefined ? undefined : inFlight.get(key);
      if (earlier !== undefined || (key !== undefined && options.recentBodies.has(key))) {
        options.observer?.duplicateBody();
        const result = await earlier;
        return result === undefined || result.kind === "committed" ? { kind: "duplicate" } : result;
      }
      if (stopping) return { kind: "stopping" };
      const result = new Promise<SubmitResult>((settle) => queue.add({ submission, key, settle }));
      if (key !== undefined) inFlight.set(key, result);
      loop.kick();
      return result;
    },
    atBoundary(fn) {
      if (stopping) return Promise.reject(new Error("the service is stopping"));
      const result = boundaries.add(fn);
      loop.kick();
      return result;
    },
    queuedGroups: () => queue.length(),
    async drain() {
      stopping = true;
      loop.kick();
      await loop.idle();
    },
  };
}

/** Commits a group and tells its requests. Never rejects. */
async function storeGroup(
  options: GroupCommitOptions,
  group: WaitingGroup,
  forget: (key: string) => void,
): Promise<void> {
  const result = await commitGroup(options, group);
  if (result.kind !== "committed" && group.requests.length > 1 && (await isUndone(options))) {
    await storeOneByOne(options, group, result, forget);
    return;
  }
  answer(options, group.requests, result, forget);
}

/**
 * One request that the store never takes must not fail, again and again, those that share its group. The second failure
 * says that the store is at fault and not the requests: the rest is told to come back.
 */
async function storeOneByOne(
  options: GroupCommitOptions,
  group: WaitingGroup,
  failure: SubmitResult,
  forget: (key: string) => void,
): Promise<void> {
  let failures = 0;
  for (const [i, request] of group.requests.entries()) {
    const weight = submissionWeight(request.submission);
    const alone = { ...group, requests: [request], weight, firstMs: performance.now() };
    const result = await commitGroup(options, alone);
    if (result.kind !== "committed") failures += 1;
    answer(options, [request], result, forget);
    if (failures < 2 && (result.kind === "committed" || (await isUndone(options)))) continue;
    answer(options, group.requests.slice(i + 1), failure, forget);
    return;
  }
}

async function isUndone(options: GroupCommitOptions): Promise<boolean> {
  try {
    await options.settle();
    return true;
  } catch {
    return false;
  }
}

function answer(
  options: GroupCommitOptions,
  requests: WaitingGroup["requests"],
  result: SubmitResult,
  forget: (key: string) => void,
): void {
  for (const request of requests) {
    // In this order: whoever asks next finds the body either stored or not in flight.
    if (request.key !== undefined) {
      if (result.kind === "committed") options.recentBodies.add(request.key);
      forget(request.key);
    }
    request.settle(result);
  }
}

async function commitGroup(options: GroupCommitOptions, group: WaitingGroup): Promise<SubmitResult> {
  const startMs = performance.now();
  const result = await tryCommit(options, group);
  options.observer?.groupEnded({
    outcome: result.kind === "committed" ? "committed" : "failed",
    requests: group.requests.length,
    ...rowsOf(group),
    waitMs: startMs - group.firstMs,
    commitMs: performance.now() - startMs,
  });
  return result;
}

async function tryCommit(options: GroupCommitOptions, group: WaitingGroup): Promise<SubmitResult> {
  const groupId = options.groupIds.next();
  try {
    await options.commit({
      groupId,
      spans: group.requests.flatMap(({ submission }) => submission.spans ?? []),
      samples: group.requests.flatMap(({ submission }) => submission.samples ?? []),
      bodies: group.requests.flatMap(({ submission }) => submission.bodyHash ?? []),
      receivedAt: group.receivedAt,
    });
    return { kind: "committed" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.log.warn("a group of requests could not be stored", {
      groupId: String(groupId),
      requests: group.requests.length,
      ...rowsOf(group),
      reason,
    });
    return { kind: "failed", reason, retryAfterMs: RETRY_AFTER_MS };
  }
}

function rowsOf({ requests }: WaitingGroup): { readonly spans: number; readonly samples: number } {
  let spans = 0;
  let samples = 0;
  for (const { submission } of requests) {
    spans += submission.spans?.count ?? 0;
    samples += submission.samples === undefined ? 0 : sampleCount(submission.samples);
  }
  return { spans, samples };
}
