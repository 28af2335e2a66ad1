import { QueryError } from "../query-error.ts";
import type { QueryLimits } from "../query-request.ts";
import type { ReadBudget } from "../series-reader.ts";

/** A budget that also says what was used. */
export interface MeteredBudget extends ReadBudget {
  used(): { readonly seriesRead: number; readonly samplesRead: number };
  /**
   * Values that are computed and kept count against the limit of samples: of subqueries, of groups, of a side of a match.
   * To be told before memory for them is taken. Throws QueryError beyond the limit.
   */
  keep(values: number): void;
  /** Throws QueryError when the query was cancelled or has taken too long. To be called between series. */
  checkpoint(): void;
}

/** The limits of one query. `checkTime` throws when it has taken too long. */
export function createReadBudget(
  limits: QueryLimits,
  signal: AbortSignal,
  checkTime: () => void = () => undefined,
): MeteredBudget {
  let seriesRead = 0;
  let samplesRead = 0;
  let valuesKept = 0;
  const checkpoint = (): void => {
    if (signal.aborted) throw cancelled(signal);
    checkTime();
  };
  const refuseSamples = (): void => {
    if (samplesRead + valuesKept <= limits.maxSamples) return;
    throw new QueryError(
      "too_large",
      `query processing would load too many samples into memory in query execution (limit: ${limits.maxSamples}, queries.maxSamples in noroshi.yaml)`,
    );
  };
  return {
    signal,
    checkpoint,
    series: (count) => {
      checkpoint();
      seriesRead += count;
      if (seriesRead > limits.maxSeries) {
        throw new QueryError(
          "too_large",
          `query selects too many series (limit: ${limits.maxSeries}, queries.maxSeries in noroshi.yaml)`,
        );
      }
    },
    samples: (count) => {
      samplesRead += count;
      refuseSamples();
    },
    keep: (values) => {
      valuesKept += values;
      refuseSamples();
    },
    used: () => ({ seriesRead, samplesRead }),
  };
}

/** Thrown where a result has more values than one may have. */
export function tooManyPoints(limit: number): QueryError {
  return new QueryError(
    "too_large",
    `the result of the query has too many points (limit: ${limit}, queries.maxPoints in noroshi.yaml)`,
  );
}

function cancelled({ reason }: AbortSignal): QueryError {
  if (reason instanceof QueryError) return reason;
  return new QueryError("canceled", "query was canceled in expression evaluation", { cause: reason });
}
