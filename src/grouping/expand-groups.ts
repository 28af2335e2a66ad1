import type { GroupBy } from "../slo/group-by.ts";
import type { AlertDefinition, Slo } from "../slo/slo.ts";
import type { GroupKey } from "../traceql/group-field.ts";
import { groupName, groupValueText } from "./group-name.ts";
import { narrowIndicator } from "./narrow-indicator.ts";

/** The groups of one SLO that are found, as far as they are counted. */
export interface FoundGroups {
  /** A value for each key; those with the most events first. */
  readonly tracked: readonly (readonly GroupKey[])[];
  /** More values are there than are counted, or it is not known yet. */
  readonly isPartial: boolean;
}

export const NO_GROUPS: FoundGroups = { tracked: [], isPartial: true };

/**
 * An SLO and its groups, each an SLO of its own over its part of the events. `taken`: names of other SLOs, to which those
 * of the groups are added. Pure: the same groups give the same SLOs.
 */
export function expandGroups(slo: Slo, found: FoundGroups, taken: Set<string>): readonly Slo[] {
  const { groupBy } = slo;
  if (groupBy === undefined) return [slo];
  const groups = found.tracked
    .slice(0, groupBy.limit)
    .flatMap((values) => groupOf(slo, groupBy, values, taken) ?? []);
  const isPartial = found.isPartial || found.tracked.length > groups.length;
  return [{ ...slo, alerts: wholeAlerts(slo, groupBy, isPartial) }, ...groups];
}

/**
 * With `each` the groups alert in place of the whole: told twice of one trouble, people stop to listen. While some groups
 * are not counted the whole keeps its alerts, for nobody else would tell of those. What is missing is told of the whole
 * alone: that a group ends, as an old version does, is no trouble.
 */
function wholeAlerts(slo: Slo, groupBy: GroupBy, isPartial: boolean): readonly AlertDefinition[] {
  return groupBy.alerts === "rolled-up" || isPartial ? slo.alerts : withTiers(slo, "no-data");
}

function withTiers({ alerts }: Slo, kind: "burn" | "no-data"): readonly AlertDefinition[] {
  return alerts
    .map((alert) => ({ ...alert, tiers: alert.tiers.filter((tier) => (tier.kind ?? "burn") === kind) }))
    .filter(({ tiers }) => tiers.length > 0);
}

function groupOf(
  slo: Slo,
  { keys, alerts }: GroupBy,
  values: readonly GroupKey[],
  taken: Set<string>,
): Slo | undefined {
  if (slo.indicator.source === "composite") return undefined;
  const indicator = narrowIndicator(slo.indicator, keys, values);
  if (indicator === undefined) return undefined;
  const texts = values.map(groupValueText);
  const name = groupName(slo.name, values, taken);
  taken.add(name);
  const { groupBy: _, ...common } = slo;
  return {
    ...common,
    name,
    displayName: `${slo.displayName} · ${texts.join(", ")}`,
    indicator,
    alerts: alerts === "each" ? withTiers(slo, "burn") : [],
    group: { parent: slo.name, labels: Object.fromEntries(keys.map((key, i) => [key, texts[i]!])) },
  };
}
