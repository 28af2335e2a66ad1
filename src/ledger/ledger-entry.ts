import { createHash } from "node:crypto";
import type { JudgedCounts, SliCounts } from "../slo/bucket.ts";
import { roundBurn } from "./round-burn.ts";
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
  /** The windows of all tiers and the SLO's own; rates to three and a half digits, undefined without events. */
  readonly burns: readonly LedgerBurn[];
}

export interface LedgerBurn {
  readonly windowMs: number;
  readonly burnRate: number | undefined;
}

/** The ledger's line for a verdict. `coveredFromMs`: since when counts are complete. */
export function ledgerEntry(verdict: SloVerdict, coveredFromMs: number | undefined): LedgerEntry {
  const { slo, at, state, budget, burns, corrected } = verdict;
  return {
    slo: slo.name,
    at,
    state,
    counts: budget.counts,
    remainingRatio: budget.remainingRatio,
    raw: corrected?.raw.budget.counts ?? budget.counts,
    coveredFromMs: Math.max(0, coveredFromMs ?? 0),
    revision: sloRevision(slo),
    corrections: correctionsKey(verdict),
    burns: burns.map(({ windowMs, burnRate }) => ({
      windowMs,
      burnRate: burnRate === undefined ? undefined : roundBurn(burnRate),
    })),
  };
}

/** Names what corrections exclude of a verdict's window: other corrections or times, another key; "" where nothing. */
export function correctionsKey({ corrected }: Pick<SloVerdict, "corrected">): string {
  if (corrected === undefined || corrected.corrections.length === 0) return "";
  const texts = corrected.corrections.map(({ correction: { id, schedule } }) =>
    JSON.stringify([id, schedule.startMs, schedule.endMs, schedule.rrule, schedule.timeZone, schedule.ends]),
  );
  return createHash("sha256").update(texts.sort().join("\n")).digest("hex").slice(0, 16);
}
