import type { Span } from "../model/span.ts";
import type { CellExemplar } from "../traceql/eval/metric-cell.ts";

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

/** Spans by step and labels, expressions as `metricToSql` gives them. Rejects with the store's error. */
export type ReadMetricCells = (request: {
  readonly condition: string;
  readonly labels: readonly string[];
  readonly value: string | undefined;
  readonly bucket: ((value: string) => string) | undefined;
  /** Spans that ended in [fromMs, toMs); step 0 begins at fromMs. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly wideFromMs: number;
  readonly wideToMs: number;
  readonly withExemplars: boolean;
  readonly limit: number;
  readonly signal?: AbortSignal;
}) => Promise<readonly MetricCellRow[]>;

export interface MetricCellRow {
  readonly labels: readonly string[];
  readonly step: number;
  readonly spans: number;
  readonly numbers: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly bucket: number | undefined;
  readonly exemplar: CellExemplar | undefined;
}

export interface TraceMetricsStore extends TraceSearchStore {
  readonly readMetricCells: ReadMetricCells;
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
  /** Of metrics. */
  readonly maxSteps: number;
  /** Combinations of step, labels and bucket that are read. */
  readonly maxCells: number;
  /** Samples in an answer. */
  readonly maxSamples: number;
}

export const TRACE_QUERY_LIMITS: TraceQueryLimits = {
  maxTraces: 10_000,
  maxSpans: 500_000,
  maxSpansEach: 20_000,
  maxTimeMs: 20_000,
  maxSteps: 11_000,
  maxCells: 200_000,
  maxSamples: 1_000_000,
};
