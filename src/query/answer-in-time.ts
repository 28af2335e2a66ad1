import { setImmediate as turn } from "node:timers/promises";
import { answerQuery } from "../promql/eval/answer-query.ts";
import { QueryError } from "../promql/query-error.ts";
import type { QueryLimits, QueryOutcome, QueryRequest } from "../promql/query-request.ts";
import type { SeriesReader } from "../promql/series-reader.ts";
import { failed, TIMED_OUT } from "./worker-messages.ts";

/** After so long others have a turn: other queries, messages, timers. */
const TURN_MS = 20;

/** What a query is answered with, in whichever thread. */
export interface QueryPlace {
  readonly reader: SeriesReader;
  readonly limits: QueryLimits;
  /** What is left of its time. */
  readonly leftMs: number;
  readonly signal: AbortSignal;
  /** Asked between series, beside the signal, which waits for a turn. */
  readonly isCancelled: () => boolean;
}

/** Answers within the time that is left; statements under way are then aborted. Never rejects. */
export async function answerInTime(request: QueryRequest, place: QueryPlace): Promise<QueryOutcome> {
  const deadlineMs = performance.now() + place.leftMs;
  const timeout = new QueryError("timeout", TIMED_OUT);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(timeout), Math.max(0, place.leftMs));
  const checkTime = (): void => {
    if (place.isCancelled()) throw abortError(place.signal);
    if (performance.now() > deadlineMs) throw timeout;
  };
  const signal = AbortSignal.any([place.signal, late.signal]);
  const environment = { reader: takingTurns(place.reader), limits: place.limits, signal, checkTime };
  try {
    return await unlessAborted(answerQuery(request, environment), signal);
  } catch (error) {
    const kind = error instanceof QueryError ? error.kind : "execution";
    return failed(kind, error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    // Statements that were begun ahead.
    late.abort(timeout);
  }
}

/** Does not wait for work that does not heed the signal. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** What a query is told whose signal has fired. */
export function abortError({ reason }: AbortSignal): QueryError {
  if (reason instanceof QueryError) return reason;
  return new QueryError("canceled", "query was canceled in expression evaluation");
}

/** A reader that lets others run now and then: series out of one chunk come without a pause otherwise. */
function takingTurns(reader: SeriesReader): SeriesReader {
  return {
    select: (request, budget) => inTurns(reader.select(request, budget)),
    range: async (request, budget) => {
      const found = await reader.range?.(request, budget);
      return found && inTurns(found);
    },
  };
}

async function* inTurns<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  let since = performance.now();
  for await (const item of items) {
    yield item;
    if (performance.now() - since < TURN_MS) continue;
    await turn();
    since = performance.now();
  }
}
