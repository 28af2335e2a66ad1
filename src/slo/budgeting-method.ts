import type { DurationMs } from "../model/time.ts";
import type { SliCounts } from "./bucket.ts";
import { badEvents } from "./burn-rate.ts";

/** What is counted against the target. */
export type BudgetingMethod =
  /** Events, as they come. */
  | { readonly kind: "occurrences" }
  /** Slices of time: a slice is good when at least `sliceTarget` (0..1) of its events are. */
  | { readonly kind: "timeslices"; readonly sliceMs: DurationMs; readonly sliceTarget: number }
  /** Slices of time: a slice is as good as the share of its events that are. */
  | { readonly kind: "ratio-timeslices"; readonly sliceMs: DurationMs };

export const OCCURRENCES: BudgetingMethod = { kind: "occurrences" };

/** A method that counts slices: [k x sliceMs, (k + 1) x sliceMs) since the epoch. A slice counts in the bucket it ends with. */
export type SliceMethod = Exclude<BudgetingMethod, { kind: "occurrences" }>;

/** What a slice with these events counts: one slice, good or not or in part; nothing when it has no event. */
export function sliceCounts(method: SliceMethod, events: SliCounts): SliCounts {
  if (!(events.total > 0)) return { good: 0, total: 0 };
  const ratio = 1 - badEvents(events) / events.total;
  if (method.kind === "ratio-timeslices") return { good: ratio, total: 1 };
  // Not from the bad ones: 95 / 100 is the same number as 0.95, and 1 - 5 / 100 may not be.
  return { good: Math.min(events.good / events.total, 1) >= method.sliceTarget ? 1 : 0, total: 1 };
}

/** Names what is counted of an indicator: SLOs with the same name share their counts. */
export function countsKey(indicatorId: string, method: BudgetingMethod): string {
  switch (method.kind) {
    case "occurrences":
      return indicatorId;
    case "timeslices":
      return `${indicatorId}/${method.sliceMs}/${method.sliceTarget}`;
    case "ratio-timeslices":
      return `${indicatorId}/${method.sliceMs}/ratio`;
  }
}

/** Length of a slice; undefined where events are counted. */
export function sliceMsOf(method: BudgetingMethod): number | undefined {
  return method.kind === "occurrences" ? undefined : method.sliceMs;
}
