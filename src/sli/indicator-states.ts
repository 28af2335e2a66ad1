import type { Indicator } from "../slo/indicator.ts";

/** How far the counting of an indicator is, as the control store remembers it. */
export interface IndicatorRecord {
  readonly indicator: Indicator;
  /**
   * backfilling: counts are incomplete · live: every group is counted, and every stored span was · retired: groups after
   * `countedUpToGroup` are not counted.
   */
  readonly state: "backfilling" | "live" | "retired";
  /** While retired, and while a returned one is catching up. */
  readonly countedUpToGroup: bigint | undefined;
  /** Counts are complete from here on, epoch milliseconds; undefined while unknown. */
  readonly coveredFromMs: number | undefined;
}

/** The control store. Every method rejects when it fails, and then nothing has changed. */
export interface IndicatorStates {
  list(): Promise<readonly IndicatorRecord[]>;
  /** Counts are about to be made anew; adds the indicator when it is new, forgets group and coverage when it is not. */
  setBackfilling(indicator: Indicator): Promise<void>;
  /** retired -> backfilling, group and coverage kept. */
  setCatchingUp(id: string): Promise<void>;
  setLive(id: string, coverage: { readonly coveredFromMs: number | undefined }): Promise<void>;
  setRetired(id: string, end: { readonly countedUpToGroup: bigint }): Promise<void>;
}
