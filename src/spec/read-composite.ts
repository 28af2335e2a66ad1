import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { compositeTarget } from "../slo/composite.ts";
import { defineCompositeIndicator } from "../slo/define-indicator.ts";
import type { CompositePart, Indicator } from "../slo/indicator.ts";
import type { Fields } from "./fields.ts";
import { report, type Place } from "./place.ts";
import type { Objective } from "./read-objective.ts";
import type { Sli } from "./read-sli.ts";
import { readNumber } from "./scalars.ts";

/** What an objective of a composite has besides: an SLI of its own. */
export interface ObjectivePart {
  readonly sli: Sli;
  /** Name of the SLI, for people. */
  readonly sliName: string;
  /** > 0. */
  readonly weight: number;
}

/** Far more than anybody means, and far from where sums of weights lose their parts. */
const HIGHEST_WEIGHT = 1e9;
/** The fields of an objective that make an SLO a composite. */
export const PART_FIELDS = ["indicator", "indicatorRef", "compositeWeight"] as const;

/** `compositeWeight` of an objective; 1 where it is left out. */
export function readWeight(objective: Fields): number | undefined {
  const place = objective.get("compositeWeight");
  if (place === undefined) return 1;
  const weight = readNumber(place);
  if (weight === undefined || (weight > 0 && weight <= HIGHEST_WEIGHT)) return weight;
  const problem = weight > 0 ? `at most ${HIGHEST_WEIGHT}` : "above 0";
  const hint =
    weight > 0 ? "only the ratio of the weights matters" : "leave the objective out if it says nothing";
  report(place, "error", `${weight} is not a weight: it must be ${problem}`, hint);
  return undefined;
}

/** Where the SLO has an SLI of its own, its objectives cannot have others. */
export function reportPartFields(objective: Fields): void {
  for (const name of PART_FIELDS) {
    if (objective.get(name) === undefined) continue;
    if (name === "compositeWeight") {
      const hint = "leave it out, or give each objective its own indicator, and the SLO none";
      report(objective.key(name), "warning", "compositeWeight has no effect: the SLO is no composite", hint);
    } else {
      const hint = "for a composite remove spec.indicator and spec.indicatorRef; otherwise remove this one";
      report(objective.key(name), "error", `the objective has an ${name}, and the SLO has its own SLI`, hint);
    }
  }
}

/**
 * The objectives of a composite as one: what it is about and the target that follows from its parts. Undefined where a part
 * is not sound.
 */
export function composeObjectives(
  objectives: readonly Objective[],
  indicatorOf: (sli: Sli, objective: Objective) => Indicator | undefined,
  place: Place,
):
  | { readonly objective: Objective; readonly indicator: ReturnType<typeof defineCompositeIndicator> }
  | undefined {
  const names = new Set<string>();
  const parts = objectives.flatMap((objective): readonly CompositePart[] => {
    const { part, method, target } = objective;
    const indicator = part && indicatorOf(part.sli, objective);
    if (part === undefined || indicator === undefined) return [];
    const name = distinctName(objective.displayName.trim() || part.sliName || "part", names);
    return [{ name, indicator, method, target, weight: part.weight }];
  });
  if (parts.length < objectives.length || parts.length === 0) return undefined;
  const objective: Objective = {
    displayName: "",
    target: compositeTarget(parts),
    place,
    doubtful: objectives.some(({ doubtful }) => doubtful),
    method: OCCURRENCES,
    comparison: undefined,
  };
  return { objective, indicator: defineCompositeIndicator(parts) };
}

function distinctName(name: string, taken: Set<string>): string {
  let distinct = name;
  for (let i = 2; taken.has(distinct); i += 1) distinct = `${name} (${i})`;
  taken.add(distinct);
  return distinct;
}
