import { rm } from "node:fs/promises";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { FetchRequest } from "./fetch-commit.ts";
import type { CommitFiles } from "./read-commit-files.ts";

export type FetchOutcome =
  | { readonly kind: "fetched"; readonly files: CommitFiles }
  | { readonly kind: "failed"; readonly message: string };

/** Of JavaScript objects; what is fetched lies outside of it, and has a limit of its own. */
const HEAP_MIB = 512;

/** Fetches in a thread of its own, which is ended when the signal says so. Never rejects. */
export async function fetchInThread(request: FetchRequest, signal: AbortSignal): Promise<FetchOutcome> {
  const worker = openWorker({
    name: "git",
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await new Promise<FetchOutcome>((resolve) => {
      worker.once("message", resolve);
      worker.once("error", (error) => resolve({ kind: "failed", message: endText(error) }));
      worker.once("exit", () =>
        resolve({
          kind: "failed",
          message:
            "the repository could not be fetched in time; specs.timeout in noroshi.yaml sets how long to wait",
        }),
      );
    });
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
    await rm(request.scratchDir, { recursive: true, force: true }).catch(() => undefined);
  }
}

function endText(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "ERR_WORKER_OUT_OF_MEMORY"
    ? "the repository is too large to be unpacked; keep the specs in a smaller one, or in a branch that has them alone"
    : `fetching failed (${code || "unexpected end"})`;
}

function openWorker(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./git-worker.js", import.meta.url), options);
  }
  // From the sources (development, tests): a new thread can read TypeScript only once it has registered a loader.
  const loader = import.meta.resolve("tsx/esm/api");
  const file = new URL("./git-worker.ts", import.meta.url).href;
  const start = `import("${loader}").then(({ register }) => { register(); return import("${file}"); });`;
  return new Worker(start, { ...options, eval: true });
}
