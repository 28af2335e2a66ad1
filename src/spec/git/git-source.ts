import { setTimeout as sleep } from "node:timers/promises";
import type { CommitInfo, RemoteState, SourceSnapshot, SpecSource } from "../source/spec-source.ts";
import { findHead } from "./find-head.ts";
import type { GitAddress } from "./git-address.ts";
import { gitFailureText } from "./git-failure.ts";
import { fetchInThread } from "./git-thread.ts";
import { createPoller } from "./poller.ts";
import { problemOf } from "./read-commit-files.ts";

export interface GitSourceOptions {
  readonly address: GitAddress;
  /** How often the repository is asked whether the branch moved; a tenth more or less, so that not all ask at once. */
  readonly pollMs: number;
  /** For one attempt, fetching included. */
  readonly timeoutMs: number;
  /** A folder of this source alone, for what is being fetched. */
  readonly scratchDir: string;
  /** What ran before a restart: given until the repository has answered. */
  readonly initial?: SourceSnapshot;
  /** How long the first `read` waits for the repository. */
  readonly firstWaitMs?: number;
  /** Of what a commit may take over the network. */
  readonly maxBytes?: number;
  /** Told of commits that were taken, and when the repository cannot be read any more, or can again. */
  readonly onNews?: (news: SourceNews) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface SourceNews {
  readonly level: "info" | "warn";
  readonly text: string;
  readonly commit?: CommitInfo;
}

const MAX_BYTES = 256 * 1024 * 1024;
/** A repository that cannot be read is asked less and less often, down to this. */
const SLOWEST_POLL_MS = 15 * 60_000;

const GRACE_MS = 500;

interface State {
  snapshot: SourceSnapshot | undefined;
  commit: CommitInfo | undefined;
  error: string | undefined;
  failures: number;
  remoteRevision: string | undefined;
  lastSyncMs: number | undefined;
  lastAttemptMs: number | undefined;
}

/**
 * The specs on a branch of a git repository, which is asked for news from time to time. `read` gives the newest commit
 * that could be fetched; while the repository is away, that is the one before.
 */
export function createGitSource(options: GitSourceOptions): SpecSource {
  const { address, pollMs, firstWaitMs = 10_000, now = Date.now, random = Math.random } = options;
  const stop = new AbortController();
  const state: State = {
    snapshot: options.initial,
    commit: undefined,
    error: undefined,
    failures: 0,
    remoteRevision: undefined,
    lastSyncMs: undefined,
    lastAttemptMs: undefined,
  };
  let changed = (): void => {};
  let isFirst = true;
  const poller = createPoller(
    () => attempt(options, state, stop.signal, () => changed()),
    () => pollDelayMs(pollMs, state.failures, random()),
    now,
  );
  return {
    name: address.name,
    kind: "git",
    async read() {
      if (isFirst) {
        isFirst = false;
        await atMost(firstWaitMs, poller.runNow());
      }
      return state.snapshot ?? unread(address, state.error);
    },
    watch(onChange) {
      changed = onChange;
      poller.start();
      return Promise.resolve();
    },
    async close() {
      stop.abort();
      await poller.close();
    },
    sync: () => poller.runNow(),
    remote(): RemoteState {
      const { snapshot: _, ...shown } = state;
      return { ...shown, nextPollMs: poller.nextMs(), busy: poller.isBusy() };
    },
  };
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: done.signal }).catch(() => undefined)]);
  done.abort();
}

/** With jitter; after failures twice as long each time. `random` is in [0, 1). */
export function pollDelayMs(pollMs: number, failures: number, random: number): number {
  const slowest = Math.max(SLOWEST_POLL_MS, pollMs);
  const plain = failures <= 1 ? pollMs : Math.min(slowest, pollMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(plain * (0.9 + 0.2 * random));
}

/** Asks the repository once. Never rejects. */
async function attempt(
  options: GitSourceOptions,
  state: State,
  stopped: AbortSignal,
  changed: () => void,
): Promise<void> {
  const { address, timeoutMs, now = Date.now, onNews } = options;
  const endsAtMs = performance.now() + timeoutMs;
  // What fetches ends by itself before that, with a better message, unless it is busy.
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs + GRACE_MS)]);
  state.lastAttemptMs = now();
  const failed = (message: string): void => {
    if (stopped.aborted) return;
    if (state.error !== message) {
      const kept = state.snapshot === undefined ? "" : "; the last good specs keep running";
      onNews?.({ level: "warn", text: `specs from ${address.name} cannot be read: ${message}${kept}` });
    }
    state.error = message;
    state.failures += 1;
    // Nothing was ever read: what says so is what this source holds.
    if (state.snapshot === undefined) changed();
  };
  try {
    const head = await findHead(address, signal);
    state.remoteRevision = head.revision;
    if (state.commit?.id !== head.revision) {
      const { scratchDir, maxBytes = MAX_BYTES } = options;
      const outcome = await fetchInThread(
        {
          address,
          ...head,
          scratchDir,
          maxBytes,
          timeoutMs: Math.max(1, Math.ceil(endsAtMs - performance.now())),
        },
        signal,
      );
      if (outcome.kind === "failed") {
        failed(outcome.message);
        return;
      }
      const { texts, problems, commit } = outcome.files;
      if (stopped.aborted) return;
      state.snapshot = { texts, problems, revision: commit.id };
      state.commit = commit;
      state.remoteRevision = commit.id;
      onNews?.({
        level: "info",
        text: `specs from ${address.name} are at commit ${commit.id.slice(0, 8)}`,
        commit,
      });
      changed();
    } else if (state.error !== undefined) {
      onNews?.({ level: "info", text: `specs from ${address.name} can be read again` });
    }
    state.error = undefined;
    state.failures = 0;
    state.lastSyncMs = now();
  } catch (error) {
    failed(gitFailureText(error, address));
  }
}

function unread(address: GitAddress, error: string | undefined): SourceSnapshot {
  const message = `cannot be read: ${error ?? "it has not answered yet"}`;
  return {
    texts: [],
    problems: [problemOf("error", address.name, message, "the specs are taken once it can be read")],
  };
}
