import { runBackfillJob } from "./backfill-job.ts";
import type { CountedIndicator, IndicatorOptions } from "./counted-indicator.ts";
import { BACK_OFF_MS, retryUntilDone } from "./retry-until-done.ts";

/** Brings the stored spans into the counts of new and returned indicators, in the background, one job after the other. */
export interface BackfillWorker {
  /** The indicators were activated together: groups after `upToGroup` are counted as they arrive. */
  enqueue(entries: readonly CountedIndicator[], upToGroup: bigint): void;
  /** Resolves when the work under way has ended: nothing more is written for indicators whose phase is gone. */
  settled(): Promise<void>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
  /** Stops after the work under way; what is not finished starts over with the next start. */
  close(): Promise<void>;
}

export function createBackfillWorker(options: IndicatorOptions): BackfillWorker {
  const { log } = options;
  const stop = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();
  let jobs: Promise<void> = Promise.resolve();

  const retry = <T>(work: () => Promise<T>): Promise<T> =>
    retryUntilDone(
      () => {
        const running = work();
        underWay = running.catch(() => {});
        return running;
      },
      {
        signal: stop.signal,
        backOffMs: options.backOffMs ?? BACK_OFF_MS,
        failed: (error, attempt, retryInMs) =>
          log.warn("counting stored spans failed; it is tried again", { attempt, retryInMs, error }),
      },
    );

  return {
    enqueue(entries, upToGroup) {
      jobs = jobs
        .then(() => runBackfillJob({ ...options, retry }, entries, upToGroup))
        .catch((error: unknown) => {
          if (!stop.signal.aborted)
            log.error("a backfill ended early; it starts over with the next start", { error });
        });
    },
    async settled() {
      await underWay;
    },
    idle: () => jobs,
    async close() {
      stop.abort(new Error("the service is stopping"));
      await jobs;
    },
  };
}
