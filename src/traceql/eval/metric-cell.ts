import type { Span } from "../../model/span.ts";
import { spanNanos } from "../../model/span.ts";
import type { Metric } from "../query.ts";
import { compileValues } from "./field-values.ts";
import { bucketOf } from "./value-bucket.ts";
import { numberOfValue, valueKey } from "./query-value.ts";
import type { QueryValue } from "./query-value.ts";
import type { TraceView } from "./trace-view.ts";

/** The span that stands for a cell: the slowest, ties by id. */
export interface CellExemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly endMs: number;
  readonly durationNanos: number;
  /** Of the metric's field; undefined where it has none. */
  readonly value: number | undefined;
}

/** What is known of the spans of one step that have the same values of the `by` fields. Cells of one kind add up. */
export interface MetricCell {
  /** Undefined is nil. */
  readonly labels: readonly (QueryValue | undefined)[];
  /** From 0. */
  readonly step: number;
  readonly spans: number;
  /** Spans with a finite number in the metric's field; the rest is about these. */
  readonly numbers: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** By `bucketOf`; empty where the metric needs none. */
  readonly buckets: ReadonlyMap<number, number>;
  readonly exemplar: CellExemplar | undefined;
}

/** Whether the function is computed from buckets. */
export const needsBuckets = ({ function: { type } }: Metric): boolean =>
  type === "quantile_over_time" || type === "histogram_over_time";

/** What makes a cell of each span; `firstMs` is where step 0 begins. */
export function compileCells(
  metric: Metric,
  firstMs: number,
  stepMs: number,
): (span: Span, view: TraceView) => MetricCell {
  const labels = metric.by.map(compileValues);
  const fn = metric.function;
  const valuesOf = "field" in fn ? compileValues(fn.field) : undefined;
  const hasBuckets = needsBuckets(metric);
  return (span, view) => {
    const first = valuesOf?.(span, view)[0];
    const number = first === undefined ? undefined : numberOfValue(first);
    const value = number === undefined || !Number.isFinite(Number(number)) ? undefined : Number(number);
    const endMs = Number(span.endUnixNano / 1_000_000n);
    return {
      labels: labels.map((label) => label(span, view)[0]),
      step: Math.floor((endMs - firstMs) / stepMs),
      spans: 1,
      numbers: value === undefined ? 0 : 1,
      sum: value ?? 0,
      min: value ?? Infinity,
      max: value ?? -Infinity,
      buckets: new Map(hasBuckets && value !== undefined ? [[bucketOf(value), 1]] : []),
      exemplar: {
        traceId: span.traceId,
        spanId: span.spanId,
        endMs,
        durationNanos: spanNanos(span),
        value,
      },
    };
  };
}

/** Equal for cells that add up. */
export const labelsKey = ({ labels }: MetricCell): string => JSON.stringify(labels.map(valueKey));

/** Both as one. */
export function addCells(a: MetricCell, b: MetricCell): MetricCell {
  const buckets = new Map(a.buckets);
  for (const [bucket, count] of b.buckets) buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
  return {
    labels: a.labels,
    step: a.step,
    spans: a.spans + b.spans,
    numbers: a.numbers + b.numbers,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    buckets,
    exemplar: slower(a.exemplar, b.exemplar),
  };
}

function slower(a: CellExemplar | undefined, b: CellExemplar | undefined): CellExemplar | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.durationNanos !== b.durationNanos) return a.durationNanos > b.durationNanos ? a : b;
  return a.traceId + a.spanId > b.traceId + b.spanId ? a : b;
}
