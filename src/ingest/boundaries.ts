/** Work that must run between two groups. */
export interface Boundaries {
  add<T>(fn: (lastGroupId: bigint) => Promise<T>): Promise<T>;
  waiting(): boolean;
  /** Runs what waits, in order. Never rejects. */
  run(lastGroupId: bigint): Promise<void>;
  rejectAll(error: Error): void;
}

interface Waiting {
  readonly run: (lastGroupId: bigint) => Promise<void>;
  readonly reject: (error: Error) => void;
}

export function createBoundaries(): Boundaries {
  let queue: Waiting[] = [];
  return {
    add: (fn) =>
      new Promise((resolve, reject) => {
        const run = async (lastGroupId: bigint) => {
          try {
            resolve(await fn(lastGroupId));
          } catch (error) {
            reject(error);
          }
        };
        queue.push({ run, reject });
      }),
    waiting: () => queue.length > 0,
    async run(lastGroupId) {
      const due = queue;
      queue = [];
      for (const waiting of due) await waiting.run(lastGroupId);
    },
    rejectAll(error) {
      for (const waiting of queue) waiting.reject(error);
      queue = [];
    },
  };
}
