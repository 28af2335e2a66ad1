import { setTimeout as sleep } from "node:timers/promises";

/** Waits between attempts; the last one repeats. */
export const BACK_OFF_MS: readonly number[] = [1_000, 5_000, 15_000, 60_000];

/**
 * Repeats `work` until it succeeds; `failed` hears of each failure. Rejects only when `signal` is aborted: with the
 * failure if one was before.
 */
export async function retryUntilDone<T>(
  work: () => Promise<T>,
  options: {
    readonly signal: AbortSignal;
    readonly failed: (error: unknown, attempt: number, waitMs: number) => void;
    readonly backOffMs: readonly number[];
  },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (options.signal.aborted) throw error;
      const waitMs = options.backOffMs[Math.min(attempt, options.backOffMs.length - 1)] ?? 0;
      options.failed(error, attempt + 1, waitMs);
      await sleep(waitMs, undefined, { signal: options.signal });
    }
  }
}
