import { parentPort, workerData } from "node:worker_threads";
import { fetchCommit, type FetchRequest } from "./fetch-commit.ts";
import { gitFailureText } from "./git-failure.ts";
import type { FetchOutcome } from "./git-thread.ts";

/** Fetches once, in a thread of its own: unpacking a repository takes seconds of computing. */
async function run(request: FetchRequest): Promise<FetchOutcome> {
  try {
    // The thread is ended from outside, too; a command that it runs would go on then.
    const files = await fetchCommit(request, AbortSignal.timeout(request.timeoutMs));
    return { kind: "fetched", files };
  } catch (error) {
    return { kind: "failed", message: gitFailureText(error, request.address) };
  }
}

const port = parentPort;
if (port !== null) port.postMessage(await run(workerData as FetchRequest));
