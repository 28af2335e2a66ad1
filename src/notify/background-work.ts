import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../self/log.ts";

export interface BackgroundWork {
  /** Does it, and again while it fails; resolves with what it gives, or undefined when it is given up. Never rejects. */
  run<Result>(name: string, work: () => Promise<Result>): Promise<Result | undefined>;
  /** Lets what is under way end, and begins nothing anew. */
  stop(): Promise<void>;
}

export interface BackgroundWorkOptions {
  readonly log: Log;
  /** How long failing work is tried again. */
  readonly patienceMs?: number;
  readonly firstWaitMs?: number;
}

const LONGEST_WAIT_MS = 10_000;

/** Work that somebody else waits for no longer, so that nobody but this tries it again. It must be harmless to repeat. */
export function createBackgroundWork(options: BackgroundWorkOptions): BackgroundWork {
  const { log, patienceMs = 300_000, firstWaitMs = 250 } = options;
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  const attempt = async <Result>(name: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    const startedAt = performance.now();
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
      try {
        return await work();
      } catch (error) {
        const waitedMs = performance.now() - startedAt;
        if (stopping.signal.aborted || waitedMs + waitMs > patienceMs) {
          log.error("what came in could not be stored, and is given up", { work: name, error });
          return undefined;
        }
        log.warn("what came in could not be stored; it is tried again", { work: name, error });
        await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };

  return {
    run: (name, work) => {
      const done = attempt(name, work);
      underWay.add(done);
      void done.finally(() => underWay.delete(done));
      return done;
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
