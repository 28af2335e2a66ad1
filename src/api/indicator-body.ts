import { z } from "@hono/zod-openapi";
import type { SloIndicator } from "../slo/indicator.ts";

export const indicatorSchema = z.object({
  id: z.string(),
  source: z.enum(["traces", "metrics", "composite"]),
  kind: z.enum(["spans", "increments", "evaluated", "raw", "threshold", "composite"]).openapi({
    description:
      "spans: each span is an event · increments: counted from the increases of counters · evaluated: two queries every " +
      "30 s · raw: a query that gives the ratio · threshold: a query whose values are compared · " +
      "composite: several by weight, each of `parts` with its own",
  }),
  total: z.string().nullable().openapi({ description: "Query of all events; null where one query says all" }),
  outcome: z.enum(["good", "bad"]).openapi({ description: "Which events `query` gives" }),
  query: z.string().openapi({ description: "Empty of a composite" }),
  operator: z.enum(["lte", "gte", "lt", "gt"]).nullable().openapi({ description: "Of a threshold" }),
  value: z.number().nullable().openapi({ description: "Of a threshold" }),
});

type IndicatorBody = z.output<typeof indicatorSchema>;

/** What counts as an event, as the API shows it. */
export function indicatorBody(indicator: SloIndicator): IndicatorBody {
  const { id, source } = indicator;
  const none = { id, source, total: null, operator: null, value: null };
  if (indicator.source === "traces") {
    const { total, select } = indicator;
    return { ...none, kind: "spans", total, outcome: select.outcome, query: select.query };
  }
  if (indicator.source === "composite") return { ...none, kind: "composite", outcome: "good", query: "" };
  const { definition } = indicator;
  const { kind } = definition;
  switch (definition.kind) {
    case "increments": {
      const { total, outcome, select } = definition;
      return { ...none, kind, total: total.query, outcome, query: select.query };
    }
    case "evaluated":
      return {
        ...none,
        kind,
        total: definition.total,
        outcome: definition.outcome,
        query: definition.query,
      };
    case "raw":
      return {
        ...none,
        kind,
        outcome: definition.rawType === "success" ? "good" : "bad",
        query: definition.query,
      };
    case "threshold": {
      const { query, operator, value } = definition;
      return { ...none, kind, outcome: "good", query, operator, value };
    }
  }
}
