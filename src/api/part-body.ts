import { z } from "@hono/zod-openapi";
import type { CompositeVerdict, PartVerdict } from "../slo/verdict.ts";
import type { CompositePart } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { indicatorBody, indicatorSchema } from "./indicator-body.ts";
import { methodBody, methodSchema } from "./method-body.ts";

export const partSchema = z.object({
  name: z.string(),
  target: z.number(),
  weight: z.number(),
  weightRatio: z.number().openapi({ description: "Share of the weight of all parts, 0..1" }),
  indicator: indicatorSchema,
  budgetingMethod: methodSchema,
  sli: z.number().nullable().openapi({ description: "Of the part alone; null without events" }),
  remainingRatio: z
    .number()
    .nullable()
    .openapi({ description: "Of the budget that the part would have alone, against its own target" }),
  spentRatio: z.number().nullable().openapi({
    description: "What this part spent of the SLO's budget: 0 nothing, 1 all of it; null without events",
  }),
  goodEvents: z.number(),
  badEvents: z.number(),
  totalEvents: z.number(),
  burns: z.array(z.object({ windowMs: z.number(), burnRate: z.number().nullable() })),
});

type PartBody = z.output<typeof partSchema>;

/** The parts of a composite, in the order of its spec; none of other SLOs. */
export function partBodies({ indicator }: Slo, verdict: CompositeVerdict | undefined): PartBody[] {
  if (indicator.source !== "composite") return [];
  const weights = indicator.parts.reduce((sum, { weight }) => sum + weight, 0);
  return indicator.parts.map((part, i) => partBody(part, weights, verdict?.parts[i]));
}

function partBody(part: CompositePart, weights: number, verdict: PartVerdict | undefined): PartBody {
  const { good, total } = verdict?.budget.counts ?? { good: 0, total: 0 };
  return {
    name: part.name,
    target: part.target,
    weight: part.weight,
    weightRatio: part.weight / weights,
    indicator: indicatorBody(part.indicator),
    budgetingMethod: methodBody(part.method),
    sli: verdict?.budget.sli ?? null,
    remainingRatio: verdict?.budget.remainingRatio ?? null,
    spentRatio: verdict?.spentRatio ?? null,
    goodEvents: good,
    badEvents: total - good,
    totalEvents: total,
    burns: (verdict?.burns ?? []).map(({ windowMs, burnRate }) => ({ windowMs, burnRate: burnRate ?? null })),
  };
}
