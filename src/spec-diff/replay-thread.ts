import { Worker, type WorkerOptions } from "node:worker_threads";
import type { FiredAlert } from "./diff-report.ts";
import type { ReplayInput, RunReplay } from "./replay-history.ts";

export interface ToReplayWorker {
  readonly id: number;
  readonly input: ReplayInput;
}

export type FromReplayWorker =
  | { readonly id: number; readonly fired: readonly FiredAlert[] }
  | { readonly id: number; readonly error: string };

export interface ReplayThread {
  readonly replay: RunReplay;
  /** Ends what runs. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(fired: readonly FiredAlert[]): void;
  reject(error: Error): void;
}

/** Histories are typed arrays, which do not count. */
const LARGEST_HEAP_MIB = 512;
/** A thread that nobody asks any more takes memory for nothing. */
const IDLE_MS = 60_000;

/** Replays in a thread that is there once it is needed, and goes when it is not. */
export function createReplayThread(idleMs = IDLE_MS): ReplayThread {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  const refuseAll = (reason: string): void => {
    for (const asked of waiting.values()) asked.reject(new Error(`the thread of replays is gone: ${reason}`));
    waiting.clear();
  };
  const start = (): Worker => {
    const started = openWorker({
      resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP_MIB },
      name: "replays",
    });
    let reason = "it ended";
    started.on("message", (message: FromReplayWorker) => {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if ("fired" in message) asked?.resolve(message.fired);
      else asked?.reject(new Error(`a replay failed: ${message.error}`));
      if (waiting.size === 0) rest();
    });
    started.on("error", (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    started.on("exit", () => {
      if (worker !== started) return;
      worker = undefined;
      refuseAll(reason);
    });
    return started;
  };
  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ending = worker;
    // Whoever asks from now on gets a new one.
    worker = undefined;
    refuseAll("it was closed");
    await ending?.terminate();
  };
  const rest = (): void => {
    worker?.unref();
    clearTimeout(idle);
    idle = setTimeout(() => void end(), idleMs);
    idle.unref();
  };

  return {
    replay: (input) =>
      new Promise((resolve, reject) => {
        clearTimeout(idle);
        worker ??= start();
        worker.ref();
        const id = (lastId += 1);
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, input } satisfies ToReplayWorker);
      }),
    close: end,
  };
}

function openWorker(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./replay-worker.js", import.meta.url), options);
  }
  // From the sources (development, tests): a new thread can read TypeScript only once it has registered a loader.
  const loader = import.meta.resolve("tsx/esm/api");
  const file = new URL("./replay-worker.ts", import.meta.url).href;
  const text = `import("${loader}").then(({ register }) => { register(); return import("${file}"); });`;
  return new Worker(text, { ...options, eval: true });
}
