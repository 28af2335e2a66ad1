import { parentPort } from "node:worker_threads";
import { replayAlerts } from "./replay-history.ts";
import type { FromReplayWorker, ToReplayWorker } from "./replay-thread.ts";

/** Runs in a thread of its own: a replay may compute for seconds. */
parentPort?.on("message", ({ id, input }: ToReplayWorker) => {
  const answer = (message: FromReplayWorker): void => parentPort?.postMessage(message);
  try {
    answer({ id, fired: replayAlerts(input) });
  } catch (error) {
    answer({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
