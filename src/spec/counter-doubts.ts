import { compileMatcher } from "../promql/syntax/label-matcher.ts";
import { printMatcher } from "../promql/syntax/print-query.ts";
import type { CounterTerm, LabelMatcher } from "../slo/indicator.ts";
import { report, type Place } from "./place.ts";

/** Warns of a `good` or `bad` that takes in series which `total` leaves out: more good events than events. */
export function warnBeyondTotal(
  place: Place,
  outcome: "good" | "bad",
  part: readonly CounterTerm[],
  total: readonly CounterTerm[],
): void {
  for (const term of part) {
    // What is taken off makes less of it; whether enough, nobody can tell.
    if (term.sign === -1 || part.some(({ sign }) => sign === -1)) return;
    const same = total.filter(({ sign, metric }) => sign === 1 && familyOf(metric) === familyOf(term.metric));
    // Of another metric nobody can tell either.
    if (same.length === 0 || same.some((candidate) => isWithin(term, candidate))) continue;
    const missing = same[0]!.matchers.filter((matcher) => !isImplied(matcher, term));
    report(
      place,
      "warning",
      `${outcome} counts series of ${term.metric} that total does not: total asks for ${missing.map(printMatcher).join(", ")}`,
      `write the same into ${outcome}, or leave it out of total`,
    );
    return;
  }
}

/** A classic histogram's buckets and its count are one set of events. */
function familyOf(metric: string): string {
  return metric.replace(/_(bucket|count)$/, "");
}

function isWithin(term: CounterTerm, total: CounterTerm): boolean {
  return total.matchers.every((matcher) => isImplied(matcher, term));
}

/** True where every series of the term passes the matcher, as far as its own matchers tell. */
function isImplied(matcher: LabelMatcher, term: CounterTerm): boolean {
  // Buckets are cumulative: those below are part of the last one, which is the total.
  if (matcher.label === "le" && matcher.operator === "=" && matcher.value === "+Inf") return true;
  return term.matchers.some((own) => {
    if (own.label !== matcher.label) return false;
    if (own.operator === matcher.operator && own.value === matcher.value) return true;
    return own.operator === "=" && compileMatcher(matcher)(own.value);
  });
}
