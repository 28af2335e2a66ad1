import { bucketStartMs, BUCKET_MS } from "./bucket.ts";
import type { Exclusion } from "./exclusion.ts";
import { badEvents } from "./burn-rate.ts";
import type { BudgetStatus, SloVerdict } from "./verdict.ts";

/** The verdict without what is excluded, with what it would be otherwise beside it. */
export function judgeCorrected(
  judge: (exclusion: Exclusion | undefined) => SloVerdict,
  exclusion: Exclusion,
): SloVerdict {
  const { state, budget, burns } = judge(undefined);
  const verdict = judge(exclusion);
  const { startMs, endMs } = verdict.window;
  const corrections = exclusion.timesWithin(startMs, Math.min(endMs, bucketStartMs(verdict.at) + BUCKET_MS));
  return { ...verdict, corrected: { raw: { state, budget, burns }, corrections } };
}

/** What corrections took out of the window, of all parts of a composite together. */
export function removedCounts(verdict: SloVerdict): { readonly bad: number; readonly total: number } {
  const raw = eventsOf(verdict.corrected?.raw.budget ?? verdict.budget);
  const left = eventsOf(verdict.budget);
  return { bad: raw.bad - left.bad, total: raw.total - left.total };
}

function eventsOf(budget: BudgetStatus): { readonly bad: number; readonly total: number } {
  const sum = { bad: 0, total: 0 };
  for (const { counts } of budget.composite?.parts.map((part) => part.budget) ?? [budget]) {
    sum.bad += badEvents(counts);
    sum.total += counts.total;
  }
  return sum;
}
