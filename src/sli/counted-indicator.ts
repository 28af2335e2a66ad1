import type { Log } from "../self/log.ts";
import type { Now } from "../model/time.ts";
import type { IndicatorChunk } from "../model/sli-counts.ts";
import type { CountsStore } from "./counts-sql.ts";
import type { IndicatorStates } from "./indicator-states.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";
import type { AtBoundary } from "./repair-counts.ts";

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

/** The stores and the group commit, as the counting needs them. */
export interface IndicatorPorts {
  readonly states: IndicatorStates;
  /** Lane `background`: may wait behind a long statement. */
  readonly store: CountsStore;
  /** Lane `ingest`: for what runs at a boundary, while groups wait. */
  readonly boundaryStore: CountsStore;
  /** Removes all counts of these indicators; resolves when reads no longer see them. */
  readonly deleteCounts: (indicatorIds: readonly string[]) => Promise<void>;
  /** End time of the oldest span kept; undefined when there is none. */
  readonly oldestSpanMs: () => Promise<number | undefined>;
  /** Resolves when reads no longer see the spans of these groups. */
  readonly deleteSpans: (groupIds: readonly bigint[]) => Promise<void>;
  readonly atBoundary: AtBoundary;
  /** Records which counts changed, as a group without requests; takes a boundary of its own. */
  readonly announce: (touched: readonly IndicatorChunk[]) => Promise<void>;
}

export interface IndicatorOptions {
  readonly ports: IndicatorPorts;
  /** This run of this process. */
  readonly writer: bigint;
  readonly spanRetentionMs: number;
  readonly now: Now;
  readonly log: Log;
  /** Steps done of a backfill, for people who wait. */
  readonly onProgress?: (progress: {
    readonly indicatorIds: readonly string[];
    readonly done: number;
    readonly total: number;
  }) => void;
  readonly backOffMs?: readonly number[];
}
