import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { SloDefinition } from "../slo/slo-revision.ts";
import { describeWindow } from "../slo/slo-window.ts";

/** What an SLO's definition changed in, in words, most important first: `target: 99.9 % → 99.95 %`. */
export function revisionChanges(before: SloDefinition, after: SloDefinition): string[] {
  const changes: string[] = [];
  const note = (what: string, from: string, to: string): void => {
    if (from !== to) changes.push(`${what}: ${from} → ${to}`);
  };
  note("target", formatPercent(before.target), formatPercent(after.target));
  note("window", describeWindow(before.window), describeWindow(after.window));
  note("budgeting method", methodText(before), methodText(after));
  if (before.indicator.id !== after.indicator.id) {
    const [from, to] = [definitionQueries(before), definitionQueries(after)];
    const changed = to.filter(
      ({ what, query }) => !from.some((old) => old.what === what && old.query === query),
    );
    changes.push(
      changed.length === 0
        ? "indicator"
        : changed
            .map(
              ({ what, query }) =>
                `${what}: ${from.find((old) => old.what === what)?.query ?? "none"} → ${query}`,
            )
            .join("; "),
    );
  }
  if (!same(before.alerts, after.alerts)) changes.push("alerts");
  note("minimum of events", String(before.minEvents), String(after.minEvents));
  note("service", before.service, after.service);
  note("owner", before.owner ?? "none", after.owner ?? "none");
  if (changes.length === 0) {
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof SloDefinition)[];
    changes.push(...fields.filter((field) => !same(before[field], after[field])));
  }
  return changes;
}

/** What an indicator counts, for people. */
export function definitionQueries({
  indicator,
}: Pick<SloDefinition, "indicator">): { what: string; query: string }[] {
  if (indicator.source === "composite") {
    return indicator.parts.flatMap((part) =>
      definitionQueries({ indicator: part.indicator }).map(({ what, query }) => ({
        what: `${part.name}: ${what}`,
        query,
      })),
    );
  }
  if (indicator.source === "traces") {
    const { total, select } = indicator;
    return [
      { what: "every event", query: total },
      { what: `${select.outcome} events`, query: select.query },
    ];
  }
  const { definition } = indicator;
  switch (definition.kind) {
    case "increments":
      return [
        { what: "every event", query: definition.total.query },
        { what: `${definition.outcome} events`, query: definition.select.query },
      ];
    case "evaluated":
      return [
        { what: "every event", query: definition.total },
        { what: `${definition.outcome} events`, query: definition.query },
      ];
    case "raw":
      return [{ what: `${definition.rawType} ratio`, query: definition.query }];
    case "threshold":
      return [{ what: `good while ${definition.operator} ${definition.value}`, query: definition.query }];
  }
}

function methodText({ method }: SloDefinition): string {
  switch (method.kind) {
    case "occurrences":
      return "events";
    case "timeslices":
      return `slices of ${formatDuration(method.sliceMs)}, good at ${formatPercent(method.sliceTarget)}`;
    case "ratio-timeslices":
      return `slices of ${formatDuration(method.sliceMs)} by their share of good events`;
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
