import type { SloIndicator } from "./indicator.ts";

/** How the events of an indicator are counted, in a few words: `counted from counter increments`. */
export function describeCounting(indicator: SloIndicator): string {
  if (indicator.source === "traces") return "counted span by span";
  if (indicator.source === "composite") {
    const { parts } = indicator;
    return `composed of ${parts.length} ${parts.length === 1 ? "part" : "parts"} by weight`;
  }
  const { definition } = indicator;
  switch (definition.kind) {
    case "increments":
      return "counted from counter increments";
    case "evaluated":
      return `evaluated every 30 s: ${definition.reason}`;
    case "raw":
      return "evaluated every 30 s: a raw ratio";
    case "threshold":
      return "evaluated every 30 s: a threshold";
  }
}
