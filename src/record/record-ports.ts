import type { Labels } from "../model/labels.ts";
import type { SampleBatch, SeriesRef, SeriesView } from "../model/sample-batch.ts";

/** Where series get their numbers. */
export interface RecordTable extends SeriesView {
  /** A negative number refuses the series. */
  refOf(labels: Labels, atMs: number): SeriesRef;
}

export type RecordResult =
  | { readonly kind: "committed" | "duplicate" | "stopping" }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number };

/** Stores samples as everything else that comes in is stored. */
export type SubmitSamples = (batch: SampleBatch) => Promise<RecordResult>;

/** A span that stands for others. */
export interface RecordedExemplar {
  readonly timeMs: number;
  readonly value: number;
  /** `span_id` and `trace_id`. */
  readonly labels: Labels;
}

/** A sample that is to be stored. */
export interface RecordedRow {
  readonly labels: Labels;
  /** undefined: the series has ended. */
  readonly value: number | undefined;
  /** When the counter began at zero, epoch milliseconds; 0 where there is no such time. */
  readonly startMs: number;
  readonly exemplar?: RecordedExemplar;
}
