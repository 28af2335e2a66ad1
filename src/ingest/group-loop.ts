/** Repeats one step as long as there is something to do, and sleeps in between. Never two steps at a time. */
export interface GroupLoop {
  /** There is something new to look at: starts the loop, or ends its sleep. */
  kick(): void;
  /** Resolves when the loop has nothing left to do. */
  idle(): Promise<void>;
}

/** `step` gives the milliseconds to wait before the next one, or undefined when nothing is left. It never rejects. */
export function createGroupLoop(step: () => Promise<number | undefined>): GroupLoop {
  let running: Promise<void> | undefined;
  let kicked = false;
  let wake = () => {};
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async () => {
    for (;;) {
      kicked = false;
      const waitMs = await step();
      // A kick during the step may have changed the answer.
      if (kicked) continue;
      if (waitMs === undefined) break;
      if (waitMs > 0) await sleep(waitMs);
    }
    running = undefined;
  };
  return {
    kick() {
      kicked = true;
      wake();
      running ??= run();
    },
    idle: () => running ?? Promise.resolve(),
  };
}
