import type { Slo } from "../slo/slo.ts";
import { PRESET_ANNOTATION } from "../spec/preset/preset-parameters.ts";

/** What the preset of an SLO stands for, in a line; undefined where it has none. */
export function presetLine(slo: Slo): string | undefined {
  const preset = slo.annotations[PRESET_ANNOTATION]?.trim();
  return preset === undefined ? undefined : `is the preset ${preset}: ${queriesOf(slo)}`;
}

function queriesOf({ indicator }: Slo): string {
  if (indicator.source === "traces") {
    const { total, select } = indicator;
    return `${select.outcome} ${select.query} among ${total}`;
  }
  if (indicator.source !== "metrics") return "";
  const { definition } = indicator;
  switch (definition.kind) {
    case "increments":
      return `${definition.outcome} ${definition.select.query} among ${definition.total.query}`;
    case "evaluated":
      return `${definition.outcome} ${definition.query} among ${definition.total}`;
    case "raw":
      return `${definition.rawType} ${definition.query}`;
    case "threshold":
      return `${definition.query} ${definition.operator} ${definition.value}`;
  }
}
