import { answerInTime } from "./answer-in-time.ts";
import type { QueryEngineOptions, QueryThread } from "./query-engine.ts";
import { createStoreReader } from "./store-reader.ts";

/** Queries computed in this thread; a query that does not look at its limits cannot be ended. */
export function createInlineQueries(options: QueryEngineOptions): QueryThread {
  const reader = createStoreReader(options.runSql, options.isRemote === true);
  return {
    answer: ({ request, signal, leftMs }) =>
      answerInTime(request, {
        reader,
        limits: options.limits,
        leftMs,
        signal,
        isCancelled: () => signal.aborted,
      }),
    close: async () => {},
  };
}
