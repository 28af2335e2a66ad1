import type { Labels } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";

/** A histogram as written; a hint is compared only when it is written. */
export interface WrittenHistogram {
  readonly histogram: NativeHistogram;
  readonly hintWritten: boolean;
}

/** One value of a series in a script; undefined is a gap (`_`). */
export type ScriptValue = number | WrittenHistogram | "stale" | undefined;

/** `metric{label="value"} 0+1x10`: the value at each step. */
export interface ScriptSeries {
  readonly labels: Labels;
  readonly values: readonly ScriptValue[];
  /** From 1. */
  readonly line: number;
}

/** `load 5m` and the series below it: the first value at time 0, then one each step. */
export interface LoadCommand {
  readonly kind: "load";
  readonly line: number;
  readonly stepMs: number;
  /** `load_with_nhcb`: classic histograms are stored as native ones with custom buckets, too. */
  readonly withCustomBuckets: boolean;
  readonly series: readonly ScriptSeries[];
}

/** Text that a message must be, or a pattern that it must match somewhere; undefined when any will do. */
export type MessagePattern =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "pattern"; readonly pattern: RegExp }
  | undefined;

export interface AnnotationExpectation {
  readonly level: "warning" | "info";
  /** false: there must be none. */
  readonly some: boolean;
  readonly message: MessagePattern;
}

export interface ScriptGrid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export type ExpectedResult =
  | { readonly kind: "series"; readonly series: readonly ScriptSeries[] }
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "string"; readonly value: string };

/** `eval instant at 5m sum(x)` or `eval range from 0 to 10m step 1m sum(x)`, with what is expected below it. */
export interface EvalCommand {
  readonly kind: "eval";
  readonly line: number;
  readonly query: string;
  /** An instant query has an equal start and end. */
  readonly instant: boolean;
  readonly grid: ScriptGrid;
  readonly result: ExpectedResult;
  /** `expect range vector from … to … step …`: the times of the samples of an instant query of a range. */
  readonly rangeVector: ScriptGrid | undefined;
  readonly ordered: boolean;
  /** The query must fail. */
  readonly fail: { readonly message: MessagePattern } | undefined;
  readonly annotations: readonly AnnotationExpectation[];
}

export type ScriptCommand = LoadCommand | EvalCommand | { readonly kind: "clear"; readonly line: number };

/** The script cannot be read. Thrown by its parsers and turned into a value by parseScript. */
export class ScriptFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ScriptFailure";
  }
}
