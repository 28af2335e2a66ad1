import { counterTerms } from "../promql/counter-terms.ts";
import { defineMetricsIndicator } from "../slo/define-indicator.ts";
import type { CounterSum, Indicator } from "../slo/indicator.ts";
import { report, type Place } from "./place.ts";
import type { PromqlQuery } from "./read-promql-query.ts";
import { warnBeyondTotal } from "./counter-doubts.ts";

/** A query and where it is written. */
export interface PlacedQuery {
  readonly query: PromqlQuery;
  readonly place: Place;
}

/** The ratio of two queries over metrics: counted from counters where both come down to that, else evaluated. */
export function metricsRatio(
  total: PlacedQuery,
  outcome: "good" | "bad",
  part: PlacedQuery,
  options: { readonly bareCounters: boolean },
): Indicator {
  if (part.query.text === total.query.text) warnSame(part.place, outcome);
  const totalTerms = counterTerms(total.query.expr, options);
  const partTerms = counterTerms(part.query.expr, options);
  if (!totalTerms.ok || !partTerms.ok) {
    const reasons = [
      totalTerms.ok ? undefined : `total has ${totalTerms.reason}`,
      partTerms.ok ? undefined : `${outcome} has ${partTerms.reason}`,
    ];
    const reason = reasons.filter((text) => text !== undefined).join(", ");
    const queries = { total: total.query.text, query: part.query.text };
    return defineMetricsIndicator({ kind: "evaluated", ...queries, outcome, reason });
  }
  const all: CounterSum = { query: total.query.text, terms: totalTerms.terms };
  const select: CounterSum = { query: part.query.text, terms: partTerms.terms };
  warnBeyondTotal(part.place, outcome, select.terms, all.terms);
  return defineMetricsIndicator({ kind: "increments", total: all, outcome, select });
}

function warnSame(place: Place, outcome: "good" | "bad"): void {
  const follows = outcome === "good" ? "no budget is ever spent" : "the budget is spent at once";
  const example = outcome === "good" ? 'code!~"5.."' : 'code=~"5.."';
  report(
    place,
    "warning",
    `every event of total is ${outcome}, so ${follows}`,
    `add to ${outcome} what tells such events apart, e.g. {${example}}`,
  );
}
