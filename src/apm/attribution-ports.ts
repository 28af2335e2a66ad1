import type { Field, Literal } from "../traceql/span-filter.ts";

/** Where a value is: a field of TraceQL, the type of an exception that a span recorded, or a label of a counter. */
export type AttributeField = Field | { readonly type: "exception" } | { readonly type: "label" };

/** One value of an attribute among the events that were looked at. */
export interface ValueCounts {
  /** As people read it; a long one is cut. */
  readonly value: string;
  /** To find its spans by; undefined where a filter cannot say that. */
  readonly literal: Literal | undefined;
  readonly bad: number;
  readonly good: number;
  /** The smallest hashes of its bad events, ascending: two values that share them are on the same events. */
  readonly badSketch: readonly string[];
  readonly goodSketch: readonly string[];
  /** Of bad events, the latest first; 32 hex digits. */
  readonly traceIds: readonly string[];
}

/** One attribute among the events that were looked at. */
export interface AttributeCounts {
  readonly field: AttributeField;
  /** As TraceQL writes it, such as `span.http.route`. */
  readonly attribute: string;
  /** What its values are. */
  readonly type: "text" | "number" | "boolean";
  /** Different values. */
  readonly distinct: number;
  /** Events that have it, good and bad. */
  readonly present: number;
  /** Those with most bad events, most first. */
  readonly values: readonly ValueCounts[];
}

/** Hashes in a sketch, at most. */
export const SKETCH_SIZE = 64;

/** Events of an SLO: spans that ended in [fromMs, toMs). */
export interface EventSelection {
  /** SQL of TraceQL filters: which spans are events, and which of those are bad. */
  readonly total: string;
  readonly bad: string;
  /** Services that alone have events; undefined: any may. */
  readonly services: readonly string[] | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

export interface EventCounts {
  readonly total: number;
  readonly bad: number;
  /** Spans were too many, and one in some blocks of them was counted; or the counts are rises of counters. */
  readonly isEstimated: boolean;
}

/** One value as the store has it, of the events that were looked at. */
export interface ValueRow {
  readonly scope: "span" | "resource" | "intrinsic" | "exception" | "endpoint" | "label";
  readonly key: string;
  readonly type: "str" | "int" | "double" | "bool";
  readonly value: string;
  readonly bad: number;
  readonly good: number;
  readonly badSketch: readonly string[];
  readonly goodSketch: readonly string[];
  readonly traceIds: readonly string[];
  /** Of the attribute: different values, and events that have it. */
  readonly distinct: number;
  readonly present: number;
}

/** What was looked at: chosen by trace id, so that the same question gives the same answer. */
export interface EventSample {
  readonly events: EventCounts;
  /** Looked at. */
  readonly bad: number;
  readonly good: number;
  /** By attribute, most bad events first. */
  readonly rows: readonly ValueRow[];
}
