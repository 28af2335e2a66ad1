import type { Labels } from "./labels.ts";
import type { NativeHistogram } from "./native-histogram.ts";

/** A series in this process: an index into the series table, which stays the same while a batch that names it is under way. */
export type SeriesRef = number;

/** What the receivers of samples know of series. */
export interface SeriesView {
  labels(ref: SeriesRef): Labels;
  /** First 64 bits of the SHA-256 of the labels: the same in every process and for ever. */
  id(ref: SeriesRef): bigint;
}

/** Float samples in columns; row i of every column is sample i, in no particular order. */
export interface FloatSamples {
  readonly count: number;
  readonly series: Uint32Array;
  /** Whole milliseconds since the epoch. */
  readonly timesMs: Float64Array;
  /** Copied as bytes wherever they are copied: a staleness marker is a NaN with bits of its own (see stale.ts). */
  readonly values: Float64Array;
  /** When the counter began to count from zero, epoch milliseconds; 0 where that is not known. Left out when it never is. */
  readonly startsMs?: Float64Array;
  /** 1 where the value is what was added since the start (delta temporality). Left out when there are none. */
  readonly isDelta?: Uint8Array;
}

export interface HistogramSample {
  readonly series: SeriesRef;
  readonly timeMs: number;
  /** undefined: a staleness marker. */
  readonly histogram: NativeHistogram | undefined;
  /** As in FloatSamples; 0 where it is not known. */
  readonly startMs: number;
  readonly isDelta: boolean;
}

export interface Exemplar {
  readonly series: SeriesRef;
  readonly timeMs: number;
  readonly value: number;
  /** `trace_id` and `span_id` in lower-case hex where there is a trace. */
  readonly labels: Labels;
}

export type MetricType =
  | "counter"
  | "gauge"
  | "histogram"
  | "gaugehistogram"
  | "summary"
  | "info"
  | "stateset"
  | "unknown";

/** What is said about a metric family; `metric` is the family's name, without `_bucket`, `_sum`, `_count`. */
export interface MetricMetadata {
  readonly metric: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly help: string;
}

/** The samples of one request or one scrape. Valid by construction. */
export interface SampleBatch {
  readonly table: SeriesView;
  readonly floats: FloatSamples;
  readonly histograms: readonly HistogramSample[];
  readonly exemplars: readonly Exemplar[];
  readonly metadata: readonly MetricMetadata[];
}

/** Everything in a batch that becomes a row of samples. */
export function sampleCount(batch: SampleBatch): number {
  return batch.floats.count + batch.histograms.length;
}
