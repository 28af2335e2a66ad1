import type { QueryLimits, QueryOutcome, QueryRequest, RunQuery } from "../promql/query-request.ts";
import type { Log } from "../self/log.ts";
import type { RunSql } from "../store/clickhouse/run-sql.ts";
import { createInlineQueries } from "./inline-queries.ts";
import { createThreadQueries } from "./thread-queries.ts";
import { failed } from "./worker-messages.ts";

export interface QueryEngineOptions {
  readonly runSql: RunSql;
  /** The store is across a network. */
  readonly isRemote?: boolean;
  readonly limits: QueryLimits;
  /** How long a query may take, waiting for its turn included. */
  readonly maxTimeMs: number;
  /** Of what JavaScript objects take in the thread of queries. */
  readonly maxHeapBytes: number;
  /** Queries computed at once; others wait. */
  readonly maxConcurrent?: number;
  /** Queries that may wait; one more is refused. */
  readonly maxWaiting?: number;
  /** After its time, and this, a query's thread is ended; 1 s. */
  readonly graceMs?: number;
  /** `inline` computes in this thread: for tests, and for programs that do nothing else. */
  readonly worker?: "thread" | "inline";
  readonly log: Log;
}

export interface QueryEngine {
  /** Never rejects. */
  readonly run: RunQuery;
  /** What runs and waits is answered as canceled. */
  readonly close: () => Promise<void>;
}

/** One query that was admitted. */
export interface AdmittedQuery {
  readonly request: QueryRequest;
  readonly signal: AbortSignal;
  /** What is left of its time. */
  readonly leftMs: number;
}

/** Where queries are computed. */
export interface QueryThread {
  /** Never rejects. */
  answer(query: AdmittedQuery): Promise<QueryOutcome>;
  close(): Promise<void>;
}

const CANCELLED = failed("canceled", "query was canceled");

/**
 * Answers PromQL queries over the series in the store, several at once, in a thread of their own, so that they delay
 * neither ingest nor evaluation. The thread is started by the first query.
 */
export function createQueryEngine(options: QueryEngineOptions): QueryEngine {
  const { maxConcurrent = 8, maxWaiting = 200, maxTimeMs } = options;
  const thread = options.worker === "inline" ? createInlineQueries(options) : createThreadQueries(options);
  const closing = new AbortController();
  const waiting: (() => void)[] = [];
  let running = 0;

  const next = (): void => {
    running -= 1;
    waiting.shift()?.();
  };
  const takeTurn = async (signal: AbortSignal): Promise<QueryOutcome | undefined> => {
    if (running < maxConcurrent) {
      running += 1;
      return undefined;
    }
    if (waiting.length >= maxWaiting) {
      return failed("unavailable", `too many queries: ${maxWaiting} are waiting already, try again later`);
    }
    return waitForTurn(signal, maxTimeMs, waiting, () => {
      running += 1;
    });
  };

  const run: RunQuery = async (request, callerSignal) => {
    const startMs = performance.now();
    const signal = AbortSignal.any([callerSignal, closing.signal]);
    if (signal.aborted) return CANCELLED;
    const refusal = await takeTurn(signal);
    if (refusal !== undefined) return refusal;
    try {
      const leftMs = maxTimeMs - (performance.now() - startMs);
      return await thread.answer({ request, signal, leftMs });
    } finally {
      next();
    }
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await thread.close();
  };
  return { run, close };
}

/** Resolves with undefined, after `begin`, when it is this query's turn, or with why it never will be. */
function waitForTurn(
  signal: AbortSignal,
  maxTimeMs: number,
  waiting: (() => void)[],
  begin: () => void,
): Promise<QueryOutcome | undefined> {
  return new Promise((resolve) => {
    const end = (outcome: QueryOutcome | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      resolve(outcome);
    };
    const start = (): void => {
      begin();
      end(undefined);
    };
    const leave = (outcome: QueryOutcome): void => {
      const place = waiting.indexOf(start);
      if (place >= 0) waiting.splice(place, 1);
      end(outcome);
    };
    const cancel = (): void => leave(CANCELLED);
    const timer = setTimeout(
      () =>
        leave(
          failed(
            "timeout",
            "query timed out while it waited for others (limit: queries.maxTime in noroshi.yaml)",
          ),
        ),
      maxTimeMs,
    );
    signal.addEventListener("abort", cancel, { once: true });
    waiting.push(start);
  });
}
