import { setTimeout as sleep } from "node:timers/promises";
import { MINUTE_MS } from "../model/time.ts";
import type { Now } from "../model/time.ts";

export interface MinuteLoopOptions {
  readonly now: Now;
  /** A minute unless given. */
  readonly intervalMs?: number | undefined;
  /** At an even time; never twice at once. Must not reject. */
  readonly work: (atMs: number) => Promise<void>;
}

/** Does the same thing at each full minute. */
export interface MinuteLoop {
  start(): void;
  /** Ends after what is under way, and does it once more for what came since. */
  stop(): Promise<void>;
}

/** Later than this, work has its own time instead of the even one that it was due at. */
const ALIGN_WITHIN_MS = 5_000;

/** Minutes that were missed, as the process was busy or asleep, are not made up for: the next one comes. */
export function createMinuteLoop({ now, intervalMs = MINUTE_MS, work }: MinuteLoopOptions): MinuteLoop {
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  let lastAtMs = now() as number;

  const workAt = (atMs: number): Promise<void> => {
    lastAtMs = atMs;
    return work(atMs);
  };
  const run = async (): Promise<void> => {
    for (;;) {
      const dueMs = (Math.floor(Math.max(now(), lastAtMs) / intervalMs) + 1) * intervalMs;
      await sleep(Math.max(0, dueMs - now()), undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      const nowMs = now();
      await workAt(nowMs - dueMs <= ALIGN_WITHIN_MS ? dueMs : nowMs);
    }
  };
  return {
    start: () => {
      running ??= run();
    },
    stop: async () => {
      stopped.abort();
      if (running === undefined) return;
      await running;
      if (now() > lastAtMs) await workAt(now());
    },
  };
}
