import type { Annotation } from "./annotations.ts";
import type { ParseError, QueryError } from "./query-error.ts";
import type { Grid, GridSeries, RawSeries } from "./value.ts";

/** What one query may use. Beyond a limit it fails; nothing is cut off silently. */
export interface QueryLimits {
  /** Series read. */
  readonly maxSeries: number;
  /** Raw samples read. */
  readonly maxSamples: number;
  /** Times of the grid: 11,000, as in Prometheus. */
  readonly maxSteps: number;
  /** Values of the result, all series together. */
  readonly maxPoints: number;
}

export interface QueryRequest {
  readonly query: string;
  /** An instant query has equal start and end. */
  readonly instant: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** How old a sample may be and still count as present; 5 min. */
  readonly lookbackMs: number;
  /** Step of subqueries that name none; 1 min. */
  readonly subqueryStepMs: number;
}

export type QueryValue =
  /** Row i of `values` belongs to the grid's i-th time. */
  | { readonly type: "scalar"; readonly grid: Grid; readonly values: Float64Array }
  | { readonly type: "string"; readonly value: string; readonly atMs: number }
  /** A vector at one time or, of a range query, at several; in the order that sort(), topk() … gave it, else sorted by labels. */
  | { readonly type: "vector"; readonly grid: Grid; readonly series: readonly GridSeries[] }
  /** An instant query of a range: raw samples, staleness markers left out. */
  | { readonly type: "matrix"; readonly series: readonly RawSeries[] };

export type QueryOutcome =
  | {
      readonly kind: "answered";
      readonly value: QueryValue;
      readonly annotations: readonly Annotation[];
      readonly stats: { readonly seriesRead: number; readonly samplesRead: number };
    }
  | { readonly kind: "invalid"; readonly error: ParseError }
  | { readonly kind: "failed"; readonly error: Pick<QueryError, "kind" | "message"> };

/** Answers PromQL queries; where it computes, it delays nobody. Never rejects. */
export type RunQuery = (request: QueryRequest, signal: AbortSignal) => Promise<QueryOutcome>;
