import { countsKey, type BudgetingMethod } from "./budgeting-method.ts";
import type { Exclusion } from "./exclusion.ts";
import type { CompositePart, Indicator } from "./indicator.ts";
import type { Slo } from "./slo.ts";

/** What is counted for an SLO: its indicator, or each part of a composite. */
export interface CountPart {
  readonly indicator: Indicator;
  readonly method: BudgetingMethod;
}

/** One for an SLO with an indicator of its own; SLOs and parts that count the same share their counts. */
export function countParts({ indicator, method }: Pick<Slo, "indicator" | "method">): readonly CountPart[] {
  return indicator.source === "composite" ? indicator.parts : [{ indicator, method }];
}

/** The indicators that have to be counted for these SLOs. */
export function countedIndicators(slos: readonly Slo[]): readonly Indicator[] {
  return slos.flatMap((slo) => countParts(slo).map(({ indicator }) => indicator));
}

/** Since when the counts of every part are complete; undefined while those of one are not. */
export function coveredFromMs(
  slo: Slo,
  coveredFromMsOf: (indicatorId: string) => number | undefined,
): number | undefined {
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const { indicator } of countParts(slo)) {
    const fromMs = coveredFromMsOf(indicator.id);
    if (fromMs === undefined) return undefined;
    latestMs = Math.max(latestMs, fromMs);
  }
  return latestMs;
}

/** Names the counts of a part; with an exclusion those that it leaves. */
export function partKey({ indicator, method }: CountPart | CompositePart, exclusion?: Exclusion): string {
  const key = countsKey(indicator.id, method);
  return exclusion === undefined ? key : `${key}~${exclusion.key}`;
}
