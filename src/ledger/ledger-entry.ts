import type { JudgedCounts, SliCounts } from "../slo/bucket.ts";
import { sloRevision } from "../slo/slo-revision.ts";
import type { SloState, SloVerdict } from "../slo/verdict.ts";

/** What was known of an SLO at one time: enough to say again what people saw then. */
export interface LedgerEntry {
  /** Name of the SLO. */
  readonly slo: string;
  /** When it was judged, epoch milliseconds. */
  readonly at: number;
  readonly state: SloState;
  /** Of the SLO's window, as it was judged. */
  readonly counts: JudgedCounts;
  /** Share of the budget that was left, as in BudgetStatus; undefined without events. */
  readonly remainingRatio: number | undefined;
  /** The counts with what corrections take out. */
  readonly raw: SliCounts;
  /** Since when counts were complete, epoch milliseconds; 0: always. */
  readonly coveredFromMs: number;
  /** Of the definition; see sloRevision. */
  readonly revision: string;
  /** Names the corrections that were in force, changes when they do; "" where there was none. */
  readonly corrections: string;
  /** The windows of all tiers and the SLO's own; a rate to seven digits, undefined without events. */
  readonly burns: readonly LedgerBurn[];
}

export interface LedgerBurn {
  readonly windowMs: number;
  readonly burnRate: number | undefined;
}

/** What the verdict itself does not say. */
export interface LedgerContext {
  readonly coveredFromMs: number | undefined;
  /** The window's counts without corrections; left out where none is in force. */
  readonly raw?: SliCounts | undefined;
  readonly corrections?: string | undefined;
}

/** The ledger's line for a verdict. */
export function ledgerEntry(verdict: SloVerdict, context: LedgerContext): LedgerEntry {
  const { slo, at, state, budget, burns } = verdict;
  return {
    slo: slo.name,
    at,
    state,
    counts: budget.counts,
    remainingRatio: budget.remainingRatio,
    raw: context.raw ?? budget.counts,
    coveredFromMs: Math.max(0, context.coveredFromMs ?? 0),
    revision: sloRevision(slo),
    corrections: context.corrections ?? "",
    burns: burns.map(({ windowMs, burnRate }) => ({
      windowMs,
      burnRate: burnRate === undefined ? undefined : Math.fround(burnRate),
    })),
  };
}
