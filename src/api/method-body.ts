import { z } from "@hono/zod-openapi";
import { sliceMsOf, type BudgetingMethod } from "../slo/budgeting-method.ts";

export const methodSchema = z.object({
  kind: z.enum(["occurrences", "timeslices", "ratio-timeslices"]).openapi({
    description:
      "What the SLO counts, here and in its windows: events · slices of time, good or not · slices, as good as their events",
  }),
  sliceMs: z.number().nullable(),
  sliceTarget: z.number().nullable().openapi({ description: "Share of good events of a good slice" }),
});

/** A budgeting method as the API shows it. */
export function methodBody(method: BudgetingMethod): z.output<typeof methodSchema> {
  return {
    kind: method.kind,
    sliceMs: sliceMsOf(method) ?? null,
    sliceTarget: method.kind === "timeslices" ? method.sliceTarget : null,
  };
}
