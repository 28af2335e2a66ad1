import type { RunQuery } from "../promql/query-request.ts";
import type { IncrementsDefinition, MetricsIndicator } from "../slo/indicator.ts";
import type { Origin } from "./counted-indicator.ts";
import type { CountingOptions, CountingPorts } from "./counting-options.ts";
import type { EvaluatedIndicator } from "./metric-evaluation.ts";
import type { IncrementsIndicator } from "./metric-plan.ts";

/** An indicator over metrics that is counted. */
export interface CountedMetric {
  readonly indicator: MetricsIndicator;
  /** gone: no SLO uses it any more, whoever still works for it stops. */
  phase: "backfilling" | "live" | "gone";
  readonly origin: Origin;
  /** Counts are complete from here on, epoch milliseconds. Set when live. */
  coveredFromMs: number | undefined;
  /** The last tick that was, or is about to be, evaluated. Of those that are evaluated. */
  evaluatedToMs: number;
}

/** The stores, the group commit and the evaluator of queries, as the counting of metrics needs them. */
export interface MetricIndicatorPorts extends CountingPorts {
  readonly runQuery: RunQuery;
}

export interface MetricIndicatorOptions extends CountingOptions {
  readonly ports: MetricIndicatorPorts;
  /** How far back the samples are all there. */
  readonly sampleRetentionMs: number;
  /** Shortest time between two looks at what is to be counted again; 1 s. */
  readonly recountEveryMs?: number;
  /** How long after its time a query is evaluated, so that the samples of that time have arrived; 5 s. */
  readonly evaluationDelayMs?: number;
}

/** Its queries are counted as samples arrive. */
export function asIncrements({ id, definition }: MetricsIndicator): IncrementsIndicator | undefined {
  return definition.kind === "increments" ? { id, definition } : undefined;
}

/** Its queries are evaluated on the tick. */
export function asEvaluated({ id, definition }: MetricsIndicator): EvaluatedIndicator | undefined {
  return definition.kind === "increments" ? undefined : { id, definition };
}

/** What an indicator reads: indicators with one of them in common are counted together. */
export function sourcesOf({ definition }: MetricsIndicator): readonly string[] {
  switch (definition.kind) {
    case "increments":
      return metricsOf(definition).map((metric) => `metric ${metric}`);
    case "evaluated":
      return [`query ${definition.total}`, `query ${definition.query}`];
    case "raw":
    case "threshold":
      return [`query ${definition.query}`];
  }
}

/** The metrics whose counters it counts, each once. */
export function metricsOf({ total, select }: IncrementsDefinition): readonly string[] {
  return [...new Set([...total.terms, ...select.terms].map(({ metric }) => metric))];
}
