import type { Matcher } from "./ast.ts";
import type { Grid, GridSeries, RawSeries } from "./value.ts";

export interface SelectRequest {
  readonly matchers: readonly Matcher[];
  /** Samples in (fromMs, toMs]: left-open as every window of Prometheus 3. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A range function over a grid, computed where the samples are. */
export interface RangeRequest extends SelectRequest {
  readonly function: PushedFunction;
  /** Times in the samples' own time: offset and @ are taken off. */
  readonly grid: Grid;
  readonly windowMs: number;
  /** Of predict_linear, in seconds. */
  readonly parameter?: number;
}

/** Those whose meaning the store shares exactly, staleness markers left out, floats only. */
export type PushedFunction = "rate" | "increase" | "delta" | "irate" | "idelta" | "changes" | "resets";

/** Counts what a query reads, and throws QueryLimitError beyond its limits or once it is cancelled. */
export interface ReadBudget {
  readonly signal: AbortSignal;
  /** To be told of each series before its samples are taken in. */
  series(count: number): void;
  samples(count: number): void;
}

/**
 * Where series come from. Both give each series whole and once, in no particular order, as they are read: the evaluator
 * folds them while reading, so that it holds one series and the groups.
 */
export interface SeriesReader {
  select(request: SelectRequest, budget: ReadBudget): AsyncIterable<RawSeries>;
  /** undefined when this cannot be computed there (a selected series has histograms): select is used instead. Left out where nothing can. */
  range?(
    request: RangeRequest,
    budget: ReadBudget,
  ): Promise<AsyncIterable<Pick<GridSeries, "labels" | "values" | "present">> | undefined>;
}
