import type { Span } from "../model/span.ts";

/** What a search needs of the store; conditions as `candidatesOf` gives them. Rejects with the store's error. */
export type FindTraces = (selection: {
  readonly spanConditions: readonly string[];
  readonly traceCondition: string;
  /** A span that passes one of them ended in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Spans of a trace count that ended in [wideFromMs, wideToMs). */
  readonly wideFromMs: number;
  readonly wideToMs: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
}) => Promise<readonly string[]>;

/** Whole traces: their spans that ended in [fromMs, toMs), up to limits. Rejects with the store's error. */
export type ReadTraces = (request: {
  readonly traceIds: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly maxSpansEach: number;
  readonly maxSpans: number;
  readonly signal?: AbortSignal;
}) => Promise<{
  readonly traces: ReadonlyMap<string, readonly Span[]>;
  readonly incomplete: ReadonlySet<string>;
}>;

export interface TraceSearchStore {
  readonly findTraces: FindTraces;
  readonly readTraces: ReadTraces;
}

/** What one query may look at. */
export interface TraceQueryLimits {
  /** Traces that are read whole. */
  readonly maxTraces: number;
  /** Their spans. */
  readonly maxSpans: number;
  /** Spans of one trace; the rest of it is left out. */
  readonly maxSpansEach: number;
  readonly maxTimeMs: number;
}

export const TRACE_QUERY_LIMITS: TraceQueryLimits = {
  maxTraces: 10_000,
  maxSpans: 500_000,
  maxSpansEach: 20_000,
  maxTimeMs: 20_000,
};
