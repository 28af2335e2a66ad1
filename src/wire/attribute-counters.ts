import { attributeBadEvents, type BadEventAttribution } from "../apm/attribute-bad-events.ts";
import { counterSample, type Rise } from "../apm/counter-sample.ts";
import type { BadEventsQuestion } from "../api/attribution-routes.ts";
import { ApiProblem } from "../api/problem.ts";
import type { RunQuery } from "../promql/query-request.ts";
import type { CounterTerm, LabelMatcher, MetricsDefinition } from "../slo/indicator.ts";

/** Why an SLO over counters burns, by their labels. Rejects with an ApiProblem where that cannot be said. */
export async function attributeCounters(
  runQuery: RunQuery,
  definition: MetricsDefinition,
  question: BadEventsQuestion,
): Promise<BadEventAttribution> {
  if (definition.kind !== "increments") {
    throw new ApiProblem(
      422,
      "Not possible",
      `${question.slo} is judged by the values of queries: they have no events to compare. Only an SLO over spans, or over sums of counters, can be asked`,
    );
  }
  const { total, outcome, select } = definition;
  const [totalRises, selectRises] = await Promise.all([
    risesOf(runQuery, total.terms, question),
    risesOf(runQuery, select.terms, question),
  ]);
  // Labels by which the good and the bad are told apart have every bad event by definition.
  const inTotal = new Set(total.terms.flatMap(({ matchers }) => matchers.map(printMatcher)));
  const telling = select.terms.flatMap(({ matchers }) =>
    matchers.filter((matcher) => !inTotal.has(printMatcher(matcher))).map(({ label }) => label),
  );
  return attributeBadEvents(
    (rises) => Promise.resolve(counterSample(rises)),
    { total: totalRises, outcome, select: selectRises },
    new Set(telling),
  );
}

async function risesOf(
  runQuery: RunQuery,
  terms: readonly CounterTerm[],
  { startMs, endMs, signal }: BadEventsQuestion,
): Promise<readonly Rise[]> {
  const rises: Rise[] = [];
  for (const { metric, matchers, sign } of terms) {
    const selector = [`__name__=${JSON.stringify(metric)}`, ...matchers.map(printMatcher)].join(",");
    const query = `increase({${selector}}[${endMs - startMs}ms])`;
    const at = { startMs: endMs, endMs, stepMs: 60_000 };
    const outcome = await runQuery(
      { query, instant: true, ...at, lookbackMs: 300_000, subqueryStepMs: 60_000 },
      signal,
    );
    if (outcome.kind === "invalid") throw new TypeError(`${query}: ${outcome.error.message}`);
    if (outcome.kind === "failed")
      throw new ApiProblem(503, "Too much to read", `counters cannot be read: ${outcome.error.message}`);
    if (outcome.value.type !== "vector") continue;
    for (const { labels, values } of outcome.value.series) {
      const named: Record<string, string> = {};
      for (let i = 0; i < labels.length; i += 2) named[labels[i]!] = labels[i + 1]!;
      const rise = values[0] ?? 0;
      if (Number.isFinite(rise)) rises.push({ labels: named, rise: sign * rise });
    }
  }
  return rises;
}

function printMatcher({ label, operator, value }: LabelMatcher): string {
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(label) ? label : JSON.stringify(label);
  return `${name}${operator}${JSON.stringify(value)}`;
}
