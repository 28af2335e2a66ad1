import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { QueryError } from "../promql/query-error.ts";
import type { RunSql } from "../store/clickhouse/run-sql.ts";
import { abortError, answerInTime } from "./answer-in-time.ts";
import { packOutcome } from "./pack-outcome.ts";
import { createStoreReader } from "./store-reader.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./worker-messages.ts";

interface Statement {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** Answers queries in a thread of its own; the store is asked through the main thread. */
function serve(
  { isRemote }: WorkerSettings,
  post: (message: FromWorker, transfer?: readonly Transferable[]) => void,
): { readonly receive: (message: ToWorker) => void } {
  const statements = new Map<number, Statement>();
  const queries = new Map<number, AbortController>();
  let lastStatement = 0;

  const runSql: RunSql = (sql, params, signal) =>
    new Promise((resolve, reject) => {
      const refuse = (): void => {
        statements.delete(statement);
        post({ type: "abort", statement });
        reject(abortError(signal));
      };
      lastStatement += 1;
      const statement = lastStatement;
      if (signal.aborted) {
        reject(abortError(signal));
        return;
      }
      signal.addEventListener("abort", refuse, { once: true });
      const settled = <T>(settle: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          signal.removeEventListener("abort", refuse);
          statements.delete(statement);
          settle(value);
        };
      };
      statements.set(statement, { resolve: settled(resolve), reject: settled(reject) });
      post({ type: "sql", statement, sql, params });
    });
  const reader = createStoreReader(runSql, isRemote);

  const answer = async (message: Extract<ToWorker, { type: "query" }>): Promise<void> => {
    const stop = new AbortController();
    queries.set(message.id, stop);
    const cancelled = new Int32Array(message.cancelled);
    const outcome = await answerInTime(message.request, {
      reader,
      limits: message.limits,
      leftMs: message.leftMs,
      signal: stop.signal,
      isCancelled: () => Atomics.load(cancelled, 0) !== 0,
    });
    queries.delete(message.id);
    const { packed, transfer } = packOutcome(outcome);
    post({ type: "outcome", id: message.id, outcome: packed }, transfer);
  };

  const receive = (message: ToWorker): void => {
    switch (message.type) {
      case "query":
        void answer(message);
        return;
      case "cancel":
        queries.get(message.id)?.abort();
        return;
      case "rows":
        statements.get(message.statement)?.resolve(message.bytes);
        return;
      case "refused":
        statements.get(message.statement)?.reject(new QueryError(message.error.kind, message.error.message));
    }
  };
  return { receive };
}

const port = parentPort;
if (port !== null) {
  const { receive } = serve(workerData as WorkerSettings, (message, transfer) =>
    port.postMessage(message, transfer ?? []),
  );
  port.on("message", receive);
}
