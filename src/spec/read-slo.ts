import type { Slo } from "../slo/slo.ts";
import { requireField, type Fields } from "./fields.ts";
import { location, report } from "./place.ts";
import { readSloAnnotations } from "./read-annotations.ts";
import { NAME_CHARACTERS, nearbyName, type Metadata } from "./metadata.ts";
import { withPreset } from "./preset/preset-fields.ts";
import { readObjectives, type Objective } from "./read-objective.ts";
import { readAlerts, readPolicies, type AlertReferences } from "./read-slo-alerts.ts";
import {
  budgetsOf,
  compose,
  isWrittenAsParts,
  readPartSli,
  readSloSli,
  type SliReferences,
} from "./read-budgets.ts";
import { readGroupBy } from "./read-group-by.ts";
import { readNoData, withNoDataAlert } from "./read-no-data.ts";
import { BUDGETING_METHODS } from "./read-time-slices.ts";
import { readTimeWindow } from "./read-time-window.ts";
import { readChoice, readDescription, readFilledText } from "./scalars.ts";
import { readSpecFields, type SpecObject } from "./spec-object.ts";

/** Everything that an SLO may refer to. */
export interface References extends AlertReferences, SliReferences {}

const SLO_FIELDS = [
  "description",
  "service",
  "indicator",
  "indicatorRef",
  "timeWindow",
  "budgetingMethod",
  "objectives",
  "alertPolicies",
];
/**
 * Reads an SLO document: an SLO for each objective. Undefined when anything about it is wrong; all of that is reported.
 * The first has the name of the document, the others that of their objective behind it. `taken`: the names of all SLO
 * documents, and of what came of those before; these here are added.
 */
export function readSlo(
  object: SpecObject,
  references: References,
  taken: Set<string>,
): readonly Slo[] | undefined {
  const { sink } = object.self.document;
  const errorsBefore = sink.errorCount();
  const { metadata } = object;
  const written = readSpecFields(object, SLO_FIELDS);
  const spec = written && withPreset(object, written);
  const annotations = readSloAnnotations(metadata);
  if (spec === undefined) return undefined;
  const description = readDescription(spec.get("description"));
  const servicePlace = requireField(spec, "service", "write service: my-service");
  const service = servicePlace && readFilledText(servicePlace);
  const methodPlace = requireField(spec, "budgetingMethod", "write budgetingMethod: Occurrences");
  const method = methodPlace && readChoice(methodPlace, BUDGETING_METHODS);
  const isComposite = isWrittenAsParts(spec);
  const sli = isComposite ? undefined : readSloSli(spec, references);
  const window = readTimeWindow(spec);
  const objectives = readObjectives(spec, {
    method,
    windowMs: window?.windowMs,
    sli: sli?.kind,
    ...(isComposite ? { readPartSli: (fields: Fields) => readPartSli(fields, references) } : {}),
  });
  const policies = readPolicies(spec, references);
  const judged = isComposite ? compose(spec, objectives) : budgetsOf(sli, objectives);
  const noData = readNoData(
    metadata,
    objectives.map(({ method }) => method),
  );
  const groupBy = judged[0] && readGroupBy(metadata, judged[0].indicator.source);
  if (service === undefined || window === undefined) return undefined;
  const slos = judged.flatMap(({ objective, indicator }, index): readonly Slo[] => {
    const named = index === 0 ? metadata : objectiveNames(metadata, objective, index, taken);
    if (named === undefined) return [];
    const alerts = readAlerts({ ...metadata, name: named.name }, policies, objective, window.windowMs);
    return [
      {
        name: named.name,
        displayName: named.displayName,
        description,
        service,
        ...annotations,
        labels: metadata.labels,
        annotations: metadata.annotations,
        objectiveName: objective.displayName,
        target: objective.target,
        ...window,
        method: objective.method,
        indicator,
        ...(noData.policy === undefined ? {} : { noData: noData.policy }),
        ...(groupBy === undefined ? {} : { groupBy }),
        alerts: withNoDataAlert(alerts, noData),
        location: location(object.self),
      },
    ];
  });
  return sink.errorCount() > errorsBefore || slos.length === 0 ? undefined : slos;
}

/** Of a further objective. The first keeps the document's name, so that adding one renames nothing. */
function objectiveNames(
  { name, displayName }: Metadata,
  objective: Objective,
  index: number,
  taken: Set<string>,
): { readonly name: string; readonly displayName: string } | undefined {
  const isNamed = nearbyName(objective.displayName) !== "";
  const own = isNamed ? objective.displayName : `objective-${index + 1}`;
  const derived = nearbyName(`${name}-${own}`);
  if (derived.length > NAME_CHARACTERS || taken.has(derived)) {
    const problem = taken.has(derived) ? "is taken" : `is longer than ${NAME_CHARACTERS} characters`;
    const hint = "give the objective another displayName, or make it an SLO of its own";
    report(objective.place, "error", `the name of its SLO, "${derived}", ${problem}`, hint);
    return undefined;
  }
  taken.add(derived);
  return { name: derived, displayName: `${displayName}: ${own}` };
}
