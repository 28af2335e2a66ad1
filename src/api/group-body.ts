import { z } from "@hono/zod-openapi";
import type { SloState } from "../slo/verdict.ts";
import type { SloView } from "./slo-body.ts";

/** The groups of an SLO that are known. */
export interface GroupsView {
  /** How many values had events; more than that where `isCut`. */
  readonly found: number;
  readonly isCut: boolean;
  /** Everything that is stored has been looked through. */
  readonly isComplete: boolean;
  readonly groups: readonly SloView[];
}

export const groupSchema = z
  .object({
    parent: z.string().openapi({ description: "Name of the SLO that is the whole" }),
    labels: z
      .record(z.string(), z.string())
      .openapi({ example: { "span.http.route": "/refunds" }, description: "(none): events without it" }),
  })
  .nullable()
  .openapi({ description: "Of an SLO that is one group of another" });

const groupState = z.enum(["backfilling", "no_data", "met", "at_risk", "breached"]);

export const groupsSchema = z
  .object({
    by: z.array(z.string()).openapi({ example: ["span.http.route"] }),
    limit: z.number().int(),
    alerts: z
      .enum(["rolled-up", "each"])
      .openapi({ description: "rolled-up: the whole alerts · each: the groups do" }),
    found: z
      .number()
      .int()
      .openapi({ description: "Values that had events; only `tracked` of them have a budget" }),
    foundIsExact: z
      .boolean()
      .openapi({ description: "False: there are more, or the past is still being looked at" }),
    tracked: z.number().int(),
    items: z
      .array(
        z.object({
          name: z.string(),
          labels: z.record(z.string(), z.string()),
          state: groupState,
          sli: z.number().nullable(),
          remainingRatio: z.number().nullable(),
          badEvents: z.number(),
          totalEvents: z.number(),
          firing: z.boolean(),
        }),
      )
      .openapi({ description: "Worst first" }),
  })
  .nullable()
  .openapi({ description: "Of an SLO with a budget for each value; null for others" });

type GroupsBody = z.output<typeof groupsSchema>;
type Item = NonNullable<GroupsBody>["items"][number];

export function groupBody({ slo }: SloView): z.output<typeof groupSchema> {
  return slo.group === undefined ? null : { parent: slo.group.parent, labels: { ...slo.group.labels } };
}

export function groupsBody({ slo, groups: view }: SloView): GroupsBody {
  const { groupBy } = slo;
  if (groupBy === undefined) return null;
  const items = (view?.groups ?? []).map(itemOf).sort(compareItems);
  return {
    by: [...groupBy.keys],
    limit: groupBy.limit,
    alerts: groupBy.alerts,
    found: Math.max(view?.found ?? 0, items.length),
    foundIsExact: view !== undefined && view.isComplete && !view.isCut,
    tracked: items.length,
    items,
  };
}

function itemOf({ slo, verdict, openEpisodes }: SloView): Item {
  const budget = verdict?.budget;
  const counts = budget?.counts ?? { good: 0, total: 0 };
  return {
    name: slo.name,
    labels: { ...slo.group?.labels },
    state: verdict?.state ?? "backfilling",
    sli: budget?.sli ?? null,
    remainingRatio: budget?.remainingRatio ?? null,
    badEvents: counts.total - counts.good,
    totalEvents: counts.total,
    firing: openEpisodes.some(({ state }) => state === "firing"),
  };
}

const ORDER: readonly (SloState | "backfilling")[] = ["breached", "at_risk", "met", "no_data", "backfilling"];

/** Worst first: by state, then by what is left of the budget, then those with more events. */
function compareItems(a: Item, b: Item): number {
  return (
    ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
    (a.remainingRatio ?? Infinity) - (b.remainingRatio ?? Infinity) ||
    b.totalEvents - a.totalEvents ||
    a.name.localeCompare(b.name)
  );
}
