import { badEvents } from "../slo/burn-rate.ts";
import { isFloor } from "../slo/burn-operator.ts";
import type { Slo } from "../slo/slo.ts";
import { sliceMsOf } from "../slo/budgeting-method.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { AlertVerdict, BudgetStatus, TierVerdict } from "../slo/verdict.ts";
import type { EpisodeFacts, PartFacts } from "./episode.ts";

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
    : {
        ...factsOfSlo(slo),
        ...targetsOf(verdict),
        ...factsOfTier(judged),
        ...factsOfBudget(budget),
        ...factsOfParts(judged, budget),
      };
}

function targetsOf({ definition }: AlertVerdict) {
  const targets = definition.targetReceivers ?? [];
  return targets.length === 0 ? {} : { targets };
}

/** The first value of each label: routes and silences compare texts. */
function labelsOf(slo: Slo): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(slo.labels).map(([name, values]) => [name, values[0] ?? ""]));
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
    // One silence on `parent` covers all groups of an SLO.
    labels: { ...labelsOf(slo), ...slo.group?.labels, ...(slo.group && { parent: slo.group.parent }) },
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
    ...(isFloor(tier) ? { burnOperator: tier.operator } : {}),
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

/** More would be a list that nobody reads at night. */
const MOST_PARTS = 5;

/** Which part of a composite it is: those that burn most in the long window, by what they weigh. */
function factsOfParts({ long }: TierVerdict, { composite }: BudgetStatus): { parts?: readonly PartFacts[] } {
  if (composite === undefined) return {};
  const parts = composite.parts.map(({ part, burns, spentRatio }) => {
    const burnRate = burns.find(({ windowMs }) => windowMs === long.windowMs)?.burnRate;
    const share = part.weight * (burnRate ?? -1);
    return { share, facts: { name: part.name, burnRate: burnRate ?? null, spentRatio: spentRatio ?? null } };
  });
  parts.sort((a, b) => b.share - a.share);
  return { parts: parts.slice(0, MOST_PARTS).map(({ facts }) => facts) };
}
