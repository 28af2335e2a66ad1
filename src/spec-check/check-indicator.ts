import type { Indicator } from "../slo/indicator.ts";
import type { Finding, QueryRole } from "./finding.ts";
import { findUnmatchedSeries, type SeriesPorts } from "./find-unmatched-series.ts";
import { findUnmatchedSpans, type SpanPorts } from "./find-unmatched-spans.ts";

/** What in the queries of an indicator matches nothing that is stored. */
export async function checkIndicator(
  indicator: Indicator,
  ports: { readonly series: SeriesPorts; readonly spans: SpanPorts },
): Promise<readonly Finding[]> {
  if (indicator.source === "traces") {
    return findUnmatchedSpans({ total: indicator.total, ...indicator.select }, ports.spans);
  }
  const findings: Finding[] = [];
  for (const { role, query } of queriesOf(indicator.definition)) {
    for (const finding of await findUnmatchedSeries(query, role, ports.series)) {
      // A ratio names its metric twice: said once, where it stands first.
      if (!findings.some(({ message }) => message === finding.message)) findings.push(finding);
    }
  }
  return findings;
}

function queriesOf(
  definition: Extract<Indicator, { source: "metrics" }>["definition"],
): readonly { readonly role: QueryRole; readonly query: string }[] {
  switch (definition.kind) {
    case "increments":
      return [
        { role: "total", query: definition.total.query },
        { role: definition.outcome, query: definition.select.query },
      ];
    case "evaluated":
      return [
        { role: "total", query: definition.total },
        { role: definition.outcome, query: definition.query },
      ];
    case "raw":
    case "threshold":
      return [{ role: "query", query: definition.query }];
  }
}
