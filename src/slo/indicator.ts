import type { BudgetingMethod } from "./budgeting-method.ts";

/**
 * What counts as an event and as a good one. Identified by the hash of its definition, never by a name: changing a
 * target keeps its history, changing a query starts a new one.
 */
export type Indicator = TracesIndicator | MetricsIndicator;

/** What an SLO is about: one indicator, or several that share one budget. */
export type SloIndicator = Indicator | CompositeIndicator;

export interface TracesIndicator {
  /** 16 hex digits: the first 64 bits of SHA-256 over the canonical definition. */
  readonly id: string;
  readonly source: "traces";
  /** TraceQL span filter: every event. */
  readonly total: string;
  /** TraceQL span filter: the good, or the bad, ones among `total`. */
  readonly select: { readonly outcome: "good" | "bad"; readonly query: string };
}

export interface MetricsIndicator {
  /** As of a traces indicator. */
  readonly id: string;
  readonly source: "metrics";
  readonly definition: MetricsDefinition;
}

/** Several indicators by weight. Nothing is counted for it: it is judged by the counts of its parts. */
export interface CompositeIndicator {
  /** As of a traces indicator, of the parts: what they count, how, and their targets and weights. */
  readonly id: string;
  readonly source: "composite";
  /** One at least. */
  readonly parts: readonly CompositePart[];
}

export interface CompositePart {
  /** For people; distinct among the parts. */
  readonly name: string;
  readonly indicator: Indicator;
  readonly method: BudgetingMethod;
  /** 0 <= target < 1. */
  readonly target: number;
  /** > 0; only its share of the sum matters. */
  readonly weight: number;
}

export type MetricsDefinition =
  | IncrementsDefinition
  | EvaluatedRatioDefinition
  | RawRatioDefinition
  | ThresholdDefinition;

/** Two sums of counters: every increase of a series is counted when it arrives, in the bucket of its sample. */
export interface IncrementsDefinition {
  readonly kind: "increments";
  readonly total: CounterSum;
  readonly outcome: "good" | "bad";
  readonly select: CounterSum;
}

/** A query that comes down to a sum of counters. */
export interface CounterSum {
  /** Canonical PromQL, for people. */
  readonly query: string;
  /** What is counted, in canonical order. */
  readonly terms: readonly CounterTerm[];
}

/** The increases of the series of one metric that match; added, or taken off. */
export interface CounterTerm {
  readonly sign: 1 | -1;
  readonly metric: string;
  /** Of other labels than the name, sorted. */
  readonly matchers: readonly LabelMatcher[];
}

export interface LabelMatcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** Two queries that are evaluated every 30 s; their values, all series together, are the counts of that time. */
export interface EvaluatedRatioDefinition {
  readonly kind: "evaluated";
  /** Canonical PromQL, as below. */
  readonly total: string;
  readonly outcome: "good" | "bad";
  readonly query: string;
  /** Why it is not counted from counters. */
  readonly reason: string;
}

/** A query that gives a ratio, 0..1, itself: each series counts as one event every 30 s, good in that part. */
export interface RawRatioDefinition {
  readonly kind: "raw";
  readonly rawType: "success" | "failure";
  readonly query: string;
}

export type ThresholdOperator = "lte" | "gte" | "lt" | "gt";

/** Each series of the query is one event every 30 s, a good one when its value fulfils the condition. */
export interface ThresholdDefinition {
  readonly kind: "threshold";
  readonly query: string;
  readonly operator: ThresholdOperator;
  readonly value: number;
}
