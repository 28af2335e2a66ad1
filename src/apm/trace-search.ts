import type { AttributeType, AttributeValue } from "../model/attributes.ts";
import type { FilterError } from "../traceql/filter-error.ts";

/** An attribute of a result, typed as attributes of spans are; durations, kinds and statuses are texts, `nil` too. */
export interface ResultAttribute {
  readonly key: string;
  readonly type: AttributeType;
  readonly value: AttributeValue;
}

export interface MatchedSpan {
  /** 16 hex digits. */
  readonly spanId: string;
  readonly name: string;
  readonly startUnixNano: bigint;
  readonly durationNanos: number;
  /** What the query asks about or selects, as far as the span has it. */
  readonly attributes: readonly ResultAttribute[];
}

export interface MatchedSpanSet {
  /** How many spans there are; `spans` may hold fewer. */
  readonly matched: number;
  /** `count()`, `avg(duration)`, `by(name)` … */
  readonly attributes: readonly ResultAttribute[];
  /** In the order in which they started, ties by id. */
  readonly spans: readonly MatchedSpan[];
}

export interface FoundTrace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** Of the root, else of the first span of those that are stored; "" where it says none. */
  readonly rootServiceName: string;
  readonly rootTraceName: string;
  /** Of the stored span that started first. */
  readonly startUnixNano: bigint;
  /** Whole milliseconds, from the first start to the last end of its stored spans. */
  readonly durationMs: number;
  /** One or more. */
  readonly spanSets: readonly MatchedSpanSet[];
}

export interface TraceSearchOptions {
  /** Traces are looked at of which a span ended in [startMs, endMs). */
  readonly startMs: number;
  readonly endMs: number;
  /** Traces in the answer. */
  readonly limit: number;
  /** Spans of each spanset in the answer. */
  readonly spansPerSpanset: number;
  readonly signal?: AbortSignal;
}

/** What a search looked at, and whether it looked at everything. */
export interface Inspected {
  /** Traces that were read whole. */
  readonly inspectedTraces: number;
  readonly inspectedSpans: number;
  /** True when a limit ended the search before every candidate was looked at; `limitReached` says which. */
  readonly isPartial: boolean;
  readonly limitReached: string | undefined;
}

export type TraceSearchOutcome =
  | ({ readonly kind: "found"; readonly traces: readonly FoundTrace[] } & Inspected)
  | { readonly kind: "invalid"; readonly error: FilterError };

/**
 * Traces that a TraceQL query selects, newest first by their start, ties by id. Where there are more than the limit, those
 * with a matching span that ended last are taken. Rejects with the store's error.
 */
export type TraceSearch = (query: string, options: TraceSearchOptions) => Promise<TraceSearchOutcome>;

export interface TraceMetricsOptions {
  /** Whole milliseconds. Spans count that ended in [startMs, endMs), widened to whole steps unless one step is longer. */
  readonly startMs: number;
  readonly endMs: number;
  /** 1 at least. */
  readonly stepMs: number;
  /** In the whole answer; 0 for none. */
  readonly maxExemplars: number;
  readonly signal?: AbortSignal;
}

export interface TraceExemplar {
  readonly traceId: string;
  readonly spanId: string;
  /** When the span ended. */
  readonly timestampMs: number;
  /** Of the function's field, in seconds for durations; the span's duration in seconds where it has none. */
  readonly value: number;
}

export interface TraceSeries {
  /** `resource.service.name` … by the order of `by`; `p` of quantiles (double), `__bucket` of histograms (double, the upper end). */
  readonly labels: readonly ResultAttribute[];
  /** A sample stands for the spans that ended in [timestampMs, timestampMs + step). */
  readonly samples: readonly { readonly timestampMs: number; readonly value: number }[];
  readonly exemplars: readonly TraceExemplar[];
}

export type TraceMetricsOutcome =
  | ({ readonly kind: "series"; readonly series: readonly TraceSeries[] } & Inspected)
  | { readonly kind: "invalid"; readonly error: FilterError };

/** A TraceQL metrics query by step, series in the order of their labels. Durations are in seconds. Rejects with the store's error. */
export type TraceMetrics = (query: string, options: TraceMetricsOptions) => Promise<TraceMetricsOutcome>;
