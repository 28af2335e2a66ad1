import type { IndicatorChunk } from "../model/sli-counts.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { CountsStore } from "./counts-sql.ts";
import type { IndicatorStates } from "./indicator-states.ts";
import type { AtBoundary } from "./repair-counts.ts";

/** The stores and the group commit, as all counting needs them. */
export interface CountingPorts {
  readonly states: IndicatorStates;
  /** Lane `background`: may wait behind a long statement. */
  readonly store: CountsStore;
  /** Removes all counts of these indicators; resolves when reads no longer see them. */
  readonly deleteCounts: (indicatorIds: readonly string[]) => Promise<void>;
  readonly atBoundary: AtBoundary;
  /** Records which counts changed, as a group without requests; takes a boundary of its own. */
  readonly announce: (touched: readonly IndicatorChunk[]) => Promise<void>;
}

/** What the counting of spans and that of metrics are told alike. */
export interface CountingOptions {
  /** This run of this process. */
  readonly writer: bigint;
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
