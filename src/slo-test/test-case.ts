import type { Slo, SourceLocation } from "../slo/slo.ts";
import type { SloState } from "../slo/verdict.ts";
import type { TrafficStep } from "../replay/traffic.ts";

/** Times within [fromMs, toMs], both included; milliseconds from the case's time 0, negative before it. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What fires: an alert, which people are told of, or one of its tiers. */
export type Signal =
  | { readonly kind: "alert"; readonly name: string; readonly alertKey: string }
  | { readonly kind: "tier"; readonly name: string; readonly alertKey: string };

/** What must come true. */
export type Expectation =
  | {
      readonly kind: "fires" | "resolves";
      readonly signal: Signal;
      /** Exactly so often; undefined: at least once. */
      readonly times: number | undefined;
      readonly range: TimeRange;
    }
  /** `signals`: all of them where nothing at all may fire. */
  | { readonly kind: "silent"; readonly signals: readonly Signal[]; readonly range: TimeRange }
  | { readonly kind: "firing"; readonly signal: Signal; readonly atMs: number; readonly wanted: boolean }
  /** The share of the budget that is left, both included; undefined: there is no data. */
  | {
      readonly kind: "budget";
      readonly atMs: number;
      readonly left: { readonly least: number; readonly most: number } | undefined;
    }
  | { readonly kind: "state"; readonly atMs: number; readonly state: SloState };

/** An expectation as it was written, and where. */
export interface WrittenExpectation {
  readonly text: string;
  readonly location: SourceLocation;
  readonly expectation: Expectation;
}

/** A script of traffic and what must come of it. */
export interface TestCase {
  readonly name: string;
  readonly location: SourceLocation;
  readonly slo: Slo;
  /** When the traffic begins. */
  readonly startMs: number;
  /** The case's time 0: the end of what is written with `before`. */
  readonly originMs: number;
  readonly steps: readonly TrafficStep[];
  readonly marks: Marks;
  readonly expectations: readonly WrittenExpectation[];
}

/** The named times of a case, milliseconds from its time 0. */
export type Marks = ReadonlyMap<string, number>;
