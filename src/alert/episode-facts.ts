import { badEvents } from "../slo/burn-rate.ts";
import type { Slo } from "../slo/slo.ts";
import { sliceMsOf } from "../slo/budgeting-method.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { AlertVerdict, BudgetStatus, TierVerdict } from "../slo/verdict.ts";
import type { EpisodeFacts } from "./episode.ts";

/**
 * What people need to know, about the tier of that name; where the definition has no such tier (any more), about its
 * worst one. Undefined for a definition without tiers.
 */
export function episodeFacts(
  slo: Slo,
  verdict: AlertVerdict,
  budget: BudgetStatus,
  tierName: string,
): EpisodeFacts | undefined {
  const judged = verdict.tiers.find(({ tier }) => tier.name === tierName) ?? verdict.tiers[0];
  return judged === undefined
    ? undefined
    : { ...factsOfSlo(slo), ...factsOfTier(judged), ...factsOfBudget(budget) };
}

function factsOfSlo(slo: Slo) {
  const sliceMs = sliceMsOf(slo.method);
  return {
    ...(sliceMs === undefined ? {} : { sliceMs }),
    sloName: slo.name,
    sloDisplayName: slo.displayName,
    description: slo.description,
    service: slo.service,
    owner: slo.owner ?? null,
    runbookUrl: slo.runbookUrl ?? null,
    target: slo.target,
    sloWindowMs: slo.windowMs,
    sloWindow: describeWindow(slo.window),
  };
}

function factsOfTier({ tier, long, short }: TierVerdict) {
  return {
    tier: tier.name,
    ...(tier.kind === "no-data" ? { noData: true } : {}),
    burnThreshold: tier.burnThreshold,
    longWindowMs: tier.longWindowMs,
    shortWindowMs: tier.shortWindowMs ?? null,
    longBurnRate: long.burnRate ?? null,
    shortBurnRate: short?.burnRate ?? null,
    badEvents: badEvents(long.counts),
    totalEvents: long.counts.total,
  };
}

function factsOfBudget(budget: BudgetStatus) {
  return {
    budgetRemainingRatio: budget.remainingRatio ?? null,
    exhaustedInMs: budget.exhaustedInMs ?? null,
  };
}
