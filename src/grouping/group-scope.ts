import { createHash } from "node:crypto";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { longestPeriodMs } from "../slo/slo-window.ts";

/** One way to group the events of one indicator: SLOs that share it look for values together. */
export interface GroupScope {
  /** Hash of the indicator and the keys: what was found for it is stored under this name. */
  readonly id: string;
  readonly indicator: Indicator;
  readonly keys: readonly string[];
  /** Largest of its SLOs. */
  readonly limit: number;
  /** A group stays while it had an event in this time: the longest window of its SLOs. */
  readonly horizonMs: number;
  /** Names of its SLOs, for messages. */
  readonly sloNames: readonly string[];
}

/** Undefined of an SLO without groups. */
export function scopeIdOf({ groupBy, indicator }: Slo): string | undefined {
  if (groupBy === undefined || indicator.source === "composite") return undefined;
  const text = JSON.stringify([indicator.id, ...groupBy.keys]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** What is to be looked for, each once. */
export function scopesOf(slos: readonly Slo[]): readonly GroupScope[] {
  const scopes = new Map<string, GroupScope>();
  for (const slo of slos) {
    const { groupBy, indicator } = slo;
    const id = scopeIdOf(slo);
    if (id === undefined || groupBy === undefined || indicator.source === "composite") continue;
    const known = scopes.get(id);
    scopes.set(id, {
      id,
      indicator,
      keys: groupBy.keys,
      limit: Math.max(known?.limit ?? 0, groupBy.limit),
      horizonMs: Math.max(known?.horizonMs ?? 0, longestPeriodMs(slo.window)),
      sloNames: [...(known?.sloNames ?? []), slo.name],
    });
  }
  return [...scopes.values()];
}
