import { Worker, type WorkerOptions } from "node:worker_threads";
import { QueryError } from "../promql/query-error.ts";
import type { RunSql } from "../store/clickhouse/run-sql.ts";
import type { FromWorker, PlainError, ToWorker, WorkerSettings } from "./worker-messages.ts";

/** A thread that answers queries, with the store behind it. */
export interface WorkerThread {
  send(message: Extract<ToWorker, { type: "query" | "cancel" }>): void;
  /** Keeps the process alive, or does not. */
  keepAlive(yes: boolean): void;
  terminate(): Promise<void>;
}

export interface WorkerThreadOptions {
  readonly runSql: RunSql;
  readonly settings: WorkerSettings;
  /** Of what JavaScript objects take; typed arrays are not among them. */
  readonly maxHeapBytes: number;
  readonly onOutcome: (message: Extract<FromWorker, { type: "outcome" }>) => void;
  /** Told once, when the thread has ended: by itself, or by `terminate`. */
  readonly onEnd: (reason: string) => void;
}

const MIB = 1024 * 1024;

export function startWorkerThread(options: WorkerThreadOptions): WorkerThread {
  const worker = openWorker({
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(options.maxHeapBytes / MIB) },
    name: "queries",
    workerData: options.settings,
  });
  const statements = new Map<number, AbortController>();
  const post = (message: ToWorker, transfer: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);

  const runStatement = async ({
    statement,
    sql,
    params,
  }: Extract<FromWorker, { type: "sql" }>): Promise<void> => {
    const stop = new AbortController();
    statements.set(statement, stop);
    try {
      const bytes = await options.runSql(sql, params, stop.signal);
      if (!stop.signal.aborted) sendRows(post, statement, bytes);
    } catch (error) {
      if (!stop.signal.aborted) post({ type: "refused", statement, error: plainError(error) });
    } finally {
      statements.delete(statement);
    }
  };

  worker.on("message", (message: FromWorker) => {
    if (message.type === "outcome") options.onOutcome(message);
    else if (message.type === "sql") void runStatement(message);
    else statements.get(message.statement)?.abort();
  });
  let reason = "it ended by itself";
  worker.on("error", (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  worker.on("exit", () => {
    for (const stop of statements.values()) stop.abort();
    options.onEnd(reason);
  });
  return {
    send: (message) => post(message),
    keepAlive: (yes) => (yes ? worker.ref() : worker.unref()),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function openWorker(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./query-worker.js", import.meta.url), options);
  }
  // From the sources (development, tests): a new thread can read TypeScript only once it has registered a loader.
  const loader = import.meta.resolve("tsx/esm/api");
  const file = new URL("./query-worker.ts", import.meta.url).href;
  const start = `import("${loader}").then(({ register }) => { register(); return import("${file}"); });`;
  return new Worker(start, { ...options, eval: true });
}

/** The bytes go over without a copy where nothing else lies in their buffer. */
function sendRows(
  post: (message: ToWorker, transfer?: readonly ArrayBuffer[]) => void,
  statement: number,
  bytes: Uint8Array,
): void {
  const { buffer } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  const own = isWhole ? new Uint8Array(buffer) : Uint8Array.from(bytes);
  post({ type: "rows", statement, bytes: own }, [own.buffer]);
}

function plainError(error: unknown): PlainError {
  if (error instanceof QueryError) return { kind: error.kind, message: error.message };
  return { kind: "execution", message: error instanceof Error ? error.message : String(error) };
}
