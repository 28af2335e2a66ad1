import type { QueryOutcome } from "../promql/query-request.ts";
import { unpackOutcome } from "./pack-outcome.ts";
import type { AdmittedQuery, QueryEngineOptions, QueryThread } from "./query-engine.ts";
import { failed, TIMED_OUT } from "./worker-messages.ts";
import { startWorkerThread, type WorkerThread } from "./worker-thread.ts";

interface RunningQuery {
  readonly settle: (outcome: QueryOutcome) => void;
  /** Has not answered though its time is over: its thread is to be ended. */
  isOverdue: boolean;
}

/** A thread, and the queries that it is answering. */
interface Place {
  readonly thread: WorkerThread;
  readonly queries: Map<number, RunningQuery>;
}

const GRACE_MS = 1_000;

/** Queries computed in a worker thread, which is started when it is needed and replaced when it was lost. */
export function createThreadQueries(options: QueryEngineOptions): QueryThread {
  const { log, graceMs = GRACE_MS } = options;
  let place: Place | undefined;
  let lastId = 0;

  const ended = (of: Map<number, RunningQuery>, reason: string): void => {
    if (place?.queries === of) place = undefined;
    const isOverdue = [...of.values()].some((query) => query.isOverdue);
    if (of.size > 0 && !isOverdue) log.error("the thread of queries was lost", { reason, queries: of.size });
    for (const query of of.values()) query.settle(lostOutcome(query, isOverdue, reason));
    of.clear();
  };

  const start = (): Place => {
    const queries = new Map<number, RunningQuery>();
    const thread = startWorkerThread({
      runSql: options.runSql,
      settings: { isRemote: options.isRemote === true },
      maxHeapBytes: options.maxHeapBytes,
      onOutcome: ({ id, outcome }) => queries.get(id)?.settle(unpackOutcome(outcome)),
      onEnd: (reason) => ended(queries, reason),
    });
    return { thread, queries };
  };

  const endOverdue = (of: Place, id: number): void => {
    const query = of.queries.get(id);
    if (query === undefined) return;
    query.isOverdue = true;
    // New queries go to a new thread at once.
    if (place === of) place = undefined;
    log.warn("a query did not end in its time: its thread is replaced", { queries: of.queries.size });
    void of.thread.terminate();
  };

  const answer = ({ request, signal, leftMs }: AdmittedQuery): Promise<QueryOutcome> =>
    new Promise((resolve) => {
      const at = (place ??= start());
      lastId += 1;
      const id = lastId;
      const cancelled = new SharedArrayBuffer(4);
      const timer = setTimeout(() => endOverdue(at, id), Math.max(0, leftMs) + graceMs);
      const cancel = (): void => {
        Atomics.store(new Int32Array(cancelled), 0, 1);
        at.thread.send({ type: "cancel", id });
        resolve(failed("canceled", "query was canceled"));
      };
      const settle = (outcome: QueryOutcome): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
        at.queries.delete(id);
        if (at.queries.size === 0) at.thread.keepAlive(false);
        resolve(outcome);
      };
      at.queries.set(id, { settle, isOverdue: false });
      at.thread.keepAlive(true);
      at.thread.send({ type: "query", id, request, limits: options.limits, leftMs, cancelled });
      if (signal.aborted) cancel();
      else signal.addEventListener("abort", cancel, { once: true });
    });

  const close = async (): Promise<void> => {
    const at = place;
    place = undefined;
    await at?.thread.terminate();
  };
  return { answer, close };
}

function lostOutcome(query: RunningQuery, isOverdue: boolean, reason: string): QueryOutcome {
  if (query.isOverdue) return failed("timeout", TIMED_OUT);
  if (isOverdue) {
    return failed(
      "unavailable",
      "the thread of queries was replaced because another query did not end in time",
    );
  }
  return failed("unavailable", `the thread of queries was lost: ${reason}`);
}
