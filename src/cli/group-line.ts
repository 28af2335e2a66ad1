import type { Slo } from "../slo/slo.ts";

/** In a few words, how an SLO is split into groups; undefined where it is not. */
export function groupLine({ groupBy }: Slo): string | undefined {
  if (groupBy === undefined) return undefined;
  const { keys, limit, alerts } = groupBy;
  const who = alerts === "each" ? "each group alerts" : "the whole alerts";
  const value = keys.length === 1 ? `value of ${keys[0]}` : `combination of ${keys.join(", ")}`;
  return `has a budget for each ${value}, at most ${limit}; ${who}`;
}
