import { defineMetricsIndicator } from "../slo/define-indicator.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { reportMissing, requireField, type Fields } from "./fields.ts";
import { location, report } from "./place.ts";
import { readSloAnnotations } from "./read-annotations.ts";
import { NAME_CHARACTERS, nearbyName, type Metadata } from "./metadata.ts";
import type { DataSource } from "./read-data-source.ts";
import { withPreset } from "./preset/preset-fields.ts";
import { readObjectives, type Objective } from "./read-objective.ts";
import { readAlerts, readPolicies, type AlertReferences } from "./read-slo-alerts.ts";
import { readSli, type Sli } from "./read-sli.ts";
import { BUDGETING_METHODS } from "./read-time-slices.ts";
import { readTimeWindow } from "./read-time-window.ts";
import { readChoice, readDescription, readFilledText } from "./scalars.ts";
import {
  readObject,
  readSpecFields,
  resolveReference,
  type Registry,
  type SpecObject,
} from "./spec-object.ts";

/** Everything that an SLO may refer to. */
export interface References extends AlertReferences {
  readonly dataSources: Registry<DataSource>;
  readonly slis: Registry<Sli>;
}

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
  const sli = readIndicator(spec, references);
  const window = readTimeWindow(spec);
  const objectives = readObjectives(spec, { method, windowMs: window?.windowMs, sli: sli?.kind });
  const policies = readPolicies(spec, references);
  if (service === undefined || sli === undefined || window === undefined) return undefined;
  const slos = objectives.flatMap((objective, index): readonly Slo[] => {
    const indicator = indicatorOf(sli, objective);
    const named = index === 0 ? metadata : objectiveNames(metadata, objective, index, taken);
    if (indicator === undefined || named === undefined) return [];
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
        alerts: readAlerts({ ...metadata, name: named.name }, policies, objective, window.windowMs),
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

/** The objective says what a threshold is; that makes it an indicator. */
function indicatorOf(sli: Sli, { comparison }: Objective): Indicator | undefined {
  if (sli.kind === "ratio") return sli.indicator;
  return comparison && defineMetricsIndicator({ kind: "threshold", query: sli.query, ...comparison });
}

function readIndicator(spec: Fields, references: References): Sli | undefined {
  const inline = spec.get("indicator");
  const reference = spec.get("indicatorRef");
  if (inline !== undefined && reference !== undefined) {
    report(spec.key("indicatorRef"), "error", "indicatorRef stands beside indicator", "keep one of the two");
    return undefined;
  }
  if (reference !== undefined) return resolveReference(reference, references.slis);
  if (inline !== undefined) {
    const object = readObject(inline, "SLI");
    return object && readSli(object, references.dataSources);
  }
  reportMissing(
    spec,
    "indicator",
    "write indicator: {metadata: …, spec: {ratioMetric: …}}, indicatorRef, or the annotation noroshi.dev/preset",
  );
  return undefined;
}
