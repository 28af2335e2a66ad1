import type { Severity } from "../slo/slo.ts";
import type { SloState } from "../slo/verdict.ts";

// JSON as the API gives it: times are RFC 3339 in UTC, ratios 0..1, lengths milliseconds.

/** One line of the arithmetic, to be checked with a pocket calculator. */
export interface Step {
  /** What it gives: `bad events`. */
  what: string;
  /** With the real numbers: `1,000,000 − 999,120`. */
  formula: string;
  /** `880`; `≈` before what is rounded. */
  result: string;
}

export interface EventCounts {
  goodEvents: number;
  badEvents: number;
  totalEvents: number;
}

/** Time that a correction takes out of the counts of a window. */
export interface ExcludedTime {
  id: string;
  reason: string;
  author: string | null;
  start: string;
  end: string;
}

export interface ExplainedTier {
  alert: string;
  severity: Severity;
  tier: string;
  kind: "burn" | "no-data";
  longWindowMs: number;
  shortWindowMs: number | null;
  burnThreshold: number;
  longBurnRate: number | null;
  shortBurnRate: number | null;
}

export interface NumberCoverage {
  /** Counts are complete from here on; null: as far back as anything goes. */
  countsFrom: string | null;
  /** Share of the window up to the number's time that counts cover. */
  ratio: number;
  /** Spans or samples are still stored from here on; what is older is known by its counts alone. */
  rawFrom: string;
  /** Share of the window up to the number's time that can be counted anew. */
  rawRatio: number;
  explanation: string;
}

/** An SLO's number at one time, with everything that it is made of. */
export interface ExplainedNumber extends EventCounts {
  /** When it was judged, or what it is computed for. */
  judgedAt: string;
  state: SloState;
  sli: number | null;
  budgetRemainingRatio: number | null;
  /** `events`, or `slices of 5 min`. */
  counted: string;
  /** With what corrections take out. */
  raw: EventCounts;
  exclusions: ExcludedTime[];
  /** A calendar window ends later than `judgedAt`. */
  window: { start: string; end: string; description: string };
  coverage: NumberCoverage;
  tiers: ExplainedTier[];
  sentence: string;
  steps: Step[];
}

/** The definition that a number goes by. */
export interface ExplainedRevision {
  revision: string;
  /** False: today's definition is another one. */
  isCurrent: boolean;
  target: number;
  window: string;
  /** How the events are counted: `counted span by span`. */
  source: string;
  queries: { what: string; query: string }[];
  file: string | null;
  /** Of the file, where its source is git. */
  commit: string | null;
  loadedAt: string | null;
}

/** The answer of `GET /slos/{name}/explain`. */
export interface Explanation {
  slo: string;
  displayName: string;
  service: string;
  owner: string | null;
  /** The time that the number is about. */
  at: string;
  /** What people saw then; null with a reason in `asKnownNote`. */
  asKnown: ExplainedNumber | null;
  asKnownNote: string | null;
  /** Which definition was in force. */
  revision: ExplainedRevision | null;
  /** For the same time and by the same definition, from the counts of today; null with a reason in `computedNowNote`. */
  computedNow: ExplainedNumber | null;
  computedNowNote: string | null;
  /** Why the two differ, or that they do not. */
  difference: string[];
}
