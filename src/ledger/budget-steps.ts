import type { JudgedCounts, SliCounts } from "../slo/bucket.ts";
import { sliceMsOf } from "../slo/budgeting-method.ts";
import { badEvents, errorBudgetRatio } from "../slo/burn-rate.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { SloDefinition } from "../slo/slo-revision.ts";
import { windowAt } from "../slo/slo-window.ts";
import type { PartVerdict } from "../slo/verdict.ts";
import type { Step } from "./explanation.ts";
import { plainNumber, resultNumber } from "./number-text.ts";

export interface BudgetSums {
  readonly definition: SloDefinition;
  readonly atMs: number;
  readonly counts: JudgedCounts;
  /** With what corrections take out. */
  readonly raw: SliCounts;
  readonly remainingRatio: number | undefined;
  /** Of a composite, where they are known. */
  readonly parts?: readonly PartVerdict[] | undefined;
}

/** From the counts to the budget that is left, one operation a step; each uses results of those before it. */
export function budgetSteps(sums: BudgetSums): Step[] {
  const { definition, counts, raw } = sums;
  const noun = definition.method.kind === "occurrences" ? "events" : "slices";
  const steps: Step[] = exclusionSteps(counts, raw, noun);
  const { good, total } = counts;
  if (!(total > 0)) {
    return [...steps, { what: `${noun} in the window`, formula: "none was counted", result: "no data" }];
  }
  const bad = badEvents(counts);
  if (counts.missing !== undefined && counts.missing > 0) {
    steps.push({
      what: `${noun} without events`,
      formula: "among them, counted as the SLO's policy for missing data says",
      result: resultNumber(counts.missing),
    });
  }
  steps.push({
    what: `bad ${noun}`,
    formula: `${plainNumber(total)} ${noun} − ${plainNumber(good)} good`,
    result: good > total ? "0 (more good ones than all: the queries do not fit together)" : resultNumber(bad),
  });
  const sli = (total - bad) / total;
  steps.push({
    what: "SLI",
    formula: `${plainNumber(total - bad)} good ÷ ${plainNumber(total)}`,
    result: `${resultNumber(sli)} (${formatPercent(sli)})`,
  });
  const allowed = counts.budgetRatio ?? errorBudgetRatio(definition.target);
  steps.push({
    what: "share that may be bad",
    formula:
      counts.budgetRatio === undefined
        ? `1 − ${plainNumber(definition.target)} (the target)`
        : "1 − the targets of the parts that have events, by weight",
    result: resultNumber(allowed),
  });
  steps.push(...(definition.indicator.source === "composite" ? partSteps(sums) : leftSteps(sums, noun)));
  return steps;
}

function leftSteps(sums: BudgetSums, noun: string): Step[] {
  const { counts, raw } = sums;
  const bad = badEvents(counts);
  const allowed = counts.budgetRatio ?? errorBudgetRatio(sums.definition.target);
  const periodSlices = slicesOfPeriod(sums, bad, allowed);
  const isCorrected = raw.total !== counts.total;
  if (periodSlices !== undefined && isCorrected && bad === 0) {
    return [{ what: "budget left", formula: "no slice was bad", result: leftText(1) }];
  }
  const budgetOf = periodSlices ?? counts.total;
  const budget = budgetOf * allowed;
  const whole = `slices of the whole period${isCorrected ? " that corrections leave" : ""}`;
  return [
    {
      what: `budget, in ${noun}`,
      formula: `${plainNumber(budgetOf)}${periodSlices === undefined ? "" : ` ${whole}`} × ${plainNumber(allowed)}`,
      result: resultNumber(budget),
    },
    {
      what: "budget left",
      formula: `(${plainNumber(budget, 8)} − ${plainNumber(bad)} bad) ÷ ${plainNumber(budget, 8)}`,
      result: leftText(1 - bad / budgetOf / allowed),
    },
  ];
}

/** A composite's budget is the weighted mean of those of its parts that have events. */
function partSteps({ parts, remainingRatio }: BudgetSums): Step[] {
  const what = "budget left";
  const result = remainingRatio === undefined ? "no data" : leftText(remainingRatio);
  if (parts === undefined) {
    return [
      { what, formula: "mean of the parts' budgets, by weight; what each had is not in the ledger", result },
    ];
  }
  const heard = parts.filter(({ budget }) => budget.remainingRatio !== undefined);
  const weights = heard.map(({ part }) => plainNumber(part.weight)).join(" + ");
  const terms = heard.map(
    ({ part, budget }) => `${plainNumber(part.weight)} × ${plainNumber(budget.remainingRatio!, 6)}`,
  );
  return [
    ...parts.map(({ part, budget }): Step => {
      const { counts, remainingRatio: left } = budget;
      const allowed = plainNumber(counts.budgetRatio ?? errorBudgetRatio(part.target));
      return {
        what: `budget left of ${part.name}`,
        formula:
          left === undefined
            ? "no events"
            : `1 − ${plainNumber(badEvents(counts))} bad ÷ ${plainNumber(counts.total)} ÷ ${allowed}`,
        result: left === undefined ? "counts for nothing" : leftText(left),
      };
    }),
    { what, formula: `(${terms.join(" + ")}) ÷ (${weights})`, result },
  ];
}

function leftText(remaining: number): string {
  return `${resultNumber(remaining, 6)} (${formatPercent(remaining)})`;
}

function exclusionSteps(counts: JudgedCounts, raw: SliCounts, noun: string): Step[] {
  if (raw.total === counts.total && raw.good === counts.good) return [];
  const step = (what: string, before: number, after: number): Step => ({
    what,
    formula: `${plainNumber(before)} counted − ${plainNumber(before - after)} taken out by corrections`,
    result: resultNumber(after),
  });
  return [step(noun, raw.total, counts.total), step(`good ${noun}`, raw.good, counts.good)];
}

/** What a budget of slices is of in a calendar period; undefined where the budget grows with what is counted. */
function slicesOfPeriod(
  { definition, atMs, counts, raw, remainingRatio }: BudgetSums,
  bad: number,
  allowed: number,
): number | undefined {
  const sliceMs = sliceMsOf(definition.method);
  if (sliceMs === undefined || definition.window.kind === "rolling") return undefined;
  // Corrections of times to come leave the period, too: how many slices those are is told by the budget alone.
  if (raw.total !== counts.total && bad > 0 && remainingRatio !== undefined) {
    return Math.round(bad / allowed / (1 - remainingRatio));
  }
  const { startMs, endMs } = windowAt(definition.window, atMs);
  return Math.floor(endMs / sliceMs) - Math.floor(startMs / sliceMs);
}
