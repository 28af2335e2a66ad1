import type { DurationMs } from "../model/time.ts";

/** What is counted against the target. */
export type BudgetingMethod =
  /** Events, as they come. */
  | { readonly kind: "occurrences" }
  /** Slices of time: a slice is good when at least `sliceTarget` (0..1) of its events are. */
  | { readonly kind: "timeslices"; readonly sliceMs: DurationMs; readonly sliceTarget: number }
  /** Slices of time: a slice is as good as the share of its events that are. */
  | { readonly kind: "ratio-timeslices"; readonly sliceMs: DurationMs };

export const OCCURRENCES: BudgetingMethod = { kind: "occurrences" };
