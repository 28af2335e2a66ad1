import type { MetricMetadata, MetricType } from "../../model/sample-batch.ts";
import { type MetricHead, MetricKind } from "./point-draft.ts";
import { type NamedKind, prometheusUnit } from "./prometheus-name.ts";

/** What a metric is to the rules of naming: a sum that may fall has no suffix of its own. */
export function namedKindOf({ kind, isMonotonic }: MetricHead): NamedKind {
  if (kind === MetricKind.gauge) return "gauge";
  return kind === MetricKind.sum && isMonotonic ? "counter" : "other";
}

/** What is said about the family that the metric becomes. */
export function metadataOf(metric: string, head: MetricHead): MetricMetadata {
  return { metric, type: typeOf(head), unit: prometheusUnit(head.unit), help: head.description };
}

function typeOf({ kind, isMonotonic }: MetricHead): MetricType {
  switch (kind) {
    case MetricKind.gauge:
      return "gauge";
    case MetricKind.sum:
      return isMonotonic ? "counter" : "gauge";
    case MetricKind.histogram:
    case MetricKind.exponential:
      return "histogram";
    case MetricKind.summary:
      return "summary";
    case MetricKind.none:
      return "unknown";
  }
}
