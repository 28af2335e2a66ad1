export interface Poller {
  /** Runs now; while it runs, once more after that. Resolves when that run is over. */
  runNow(): Promise<void>;
  /** Begins to run from time to time. */
  start(): void;
  isBusy(): boolean;
  /** When it runs next by itself. */
  nextMs(): number | undefined;
  /** What runs ends first. */
  close(): Promise<void>;
}

/** Runs `work`, which never rejects, again and again but never twice at once. `delayMs` says how long to wait after a run. */
export function createPoller(work: () => Promise<void>, delayMs: () => number, now: () => number): Poller {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let nextMs: number | undefined;

  function runNow(): Promise<void> {
    if (closed) return Promise.resolve();
    if (running === undefined) {
      clearTimeout(timer);
      running = work().finally(() => {
        running = undefined;
        plan();
      });
      return running;
    }
    // What is under way may have asked too early to see what this call is about.
    queued ??= running.then(() => {
      queued = undefined;
      return runNow();
    });
    return queued;
  }

  function plan(): void {
    clearTimeout(timer);
    if (closed) return;
    const waitMs = delayMs();
    nextMs = now() + waitMs;
    timer = setTimeout(() => void runNow(), waitMs);
    timer.unref();
  }

  return {
    runNow,
    start() {
      if (running === undefined) plan();
    },
    isBusy: () => running !== undefined,
    nextMs: () => nextMs,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
