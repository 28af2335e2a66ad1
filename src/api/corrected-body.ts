import { z } from "@hono/zod-openapi";
import { badEvents } from "../slo/burn-rate.ts";
import { explainBudget } from "../slo/explain-budget.ts";
import { removedCounts } from "../slo/judge-corrected.ts";
import type { CorrectionTimes } from "../slo/exclusion.ts";
import type { SloVerdict } from "../slo/verdict.ts";

const when = z.string().openapi({ format: "date-time" });

export const correctedSchema = z
  .object({
    removed: z
      .object({ goodEvents: z.number(), badEvents: z.number(), totalEvents: z.number() })
      .openapi({ description: "What corrections take out of the window, overlaps once" }),
    raw: z
      .object({
        state: z.enum(["no_data", "met", "at_risk", "breached"]),
        sli: z.number().nullable(),
        remainingRatio: z.number().nullable(),
        remainingEvents: z.number().nullable(),
        explanation: z.string(),
        goodEvents: z.number(),
        badEvents: z.number(),
        totalEvents: z.number(),
        burns: z.array(z.object({ windowMs: z.number(), burnRate: z.number().nullable() })),
      })
      .openapi({ description: "As if there were no corrections" }),
    corrections: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        reason: z.string(),
        author: z.string(),
        times: z.number().int().openapi({ description: "How often in the window up to now" }),
        first: when.openapi({ description: "Start of its first time in the window" }),
        last: when.openapi({ description: "End of its last time in the window" }),
      }),
    ),
  })
  .nullable()
  .openapi({
    description:
      "Where corrections select the SLO: everything else is without what they exclude, and this says what was",
  });
export type CorrectedBody = z.output<typeof correctedSchema>;

/** What corrections changed of an SLO; null where none selects it. */
export function correctedBody(verdict: SloVerdict | undefined): CorrectedBody {
  if (verdict?.corrected === undefined) return null;
  const { raw, corrections } = verdict.corrected;
  const { bad, total } = removedCounts(verdict);
  const { counts } = raw.budget;
  const rawBad = badEvents(counts);
  return {
    removed: { goodEvents: total - bad, badEvents: bad, totalEvents: total },
    raw: {
      state: raw.state,
      sli: raw.budget.sli ?? null,
      remainingRatio: raw.budget.remainingRatio ?? null,
      remainingEvents: raw.budget.remainingEvents ?? null,
      explanation: explainBudget(raw.budget, verdict.slo.window),
      goodEvents: counts.total - rawBad,
      badEvents: rawBad,
      totalEvents: counts.total,
      burns: raw.burns.map(({ windowMs, burnRate }) => ({ windowMs, burnRate: burnRate ?? null })),
    },
    corrections: corrections.map(correctionInWindow),
  };
}

function correctionInWindow({ correction, intervals }: CorrectionTimes) {
  const { id, name, reason, author } = correction;
  return {
    id,
    name,
    reason,
    author,
    times: intervals.length,
    first: new Date(intervals[0]!.startMs).toISOString(),
    last: new Date(intervals.at(-1)!.endMs).toISOString(),
  };
}
