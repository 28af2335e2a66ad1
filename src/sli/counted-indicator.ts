import type { CountingOptions, CountingPorts } from "./counting-options.ts";
import type { CountsStore } from "./counts-sql.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** An indicator that is counted as spans arrive. */
export interface CountedIndicator {
  readonly indicator: ParsedIndicator;
  /** gone: no SLO uses it any more, whoever still works for it stops. */
  phase: "backfilling" | "live" | "gone";
  /** How the stored spans get into its counts. */
  readonly origin: Origin;
  /** Counts are complete from here on, epoch milliseconds. Set when live. */
  coveredFromMs: number | undefined;
  /** Buckets of groups that were undone during the backfill: to be compared with the spans at its end. */
  readonly recheck: Set<number>;
}

export type Origin =
  /** No counts yet: all groups up to the one at which it was activated. */
  | { readonly kind: "fresh" }
  /** Counts up to a group are there: only the groups after it. */
  | { readonly kind: "returning"; readonly afterGroup: bigint; readonly coveredFromMs: number | undefined }
  /** A return that was cut short: nobody knows what is there, so it is compared. Also one that was live all along. */
  | { readonly kind: "interrupted"; readonly afterGroup: bigint; readonly coveredFromMs: number | undefined };

/** The stores and the group commit, as the counting of spans needs them. */
export interface IndicatorPorts extends CountingPorts {
  /** Lane `ingest`: for what runs at a boundary, while groups wait. */
  readonly boundaryStore: CountsStore;
  /** End time of the oldest span kept; undefined when there is none. */
  readonly oldestSpanMs: () => Promise<number | undefined>;
  /** Resolves when reads no longer see the spans of these groups. */
  readonly deleteSpans: (groupIds: readonly bigint[]) => Promise<void>;
}

export interface IndicatorOptions extends CountingOptions {
  readonly ports: IndicatorPorts;
  readonly spanRetentionMs: number;
}
