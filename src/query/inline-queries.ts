import { createSeriesReader } from "../store/clickhouse/series-reader.ts";
import { answerInTime } from "./answer-in-time.ts";
import type { QueryEngineOptions, QueryThread } from "./query-engine.ts";

/** Queries computed in this thread; a query that does not look at its limits cannot be ended. */
export function createInlineQueries(options: QueryEngineOptions): QueryThread {
  const reader = createSeriesReader(options.runSql);
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
