import { isMap, isScalar, isSeq } from "yaml";
import { defineMetricsIndicator } from "../slo/define-indicator.ts";
import type { Indicator, SloIndicator } from "../slo/indicator.ts";
import { reportMissing, type Fields } from "./fields.ts";
import { report } from "./place.ts";
import { PART_FIELDS, composeObjectives, type ObjectivePart } from "./read-composite.ts";
import type { DataSource } from "./read-data-source.ts";
import type { Objective } from "./read-objective.ts";
import { readSli, type Sli } from "./read-sli.ts";
import { readObject, resolveReference, type Registry } from "./spec-object.ts";
import { peekText } from "./yaml-documents.ts";

/** What an SLI may refer to, or be. */
export interface SliReferences {
  readonly dataSources: Registry<DataSource>;
  readonly slis: Registry<Sli>;
}

/** An objective with what it is about: one budget, one SLO. */
interface Budget {
  readonly objective: Objective;
  readonly indicator: SloIndicator;
}

/** One for each objective. */
export function budgetsOf(sli: Sli | undefined, objectives: readonly Objective[]): readonly Budget[] {
  return objectives.flatMap((objective) => {
    const indicator = sli && indicatorOf(sli, objective);
    return indicator === undefined ? [] : [{ objective, indicator }];
  });
}

/** One for all objectives of a composite; where there is a single one, it is an SLO like any other. */
export function compose(spec: Fields, objectives: readonly Objective[]): readonly Budget[] {
  const place = spec.get("objectives");
  // One that is not sound, or not resolved, is not among them.
  if (place === undefined || !isSeq(place.node) || place.node.items.length !== objectives.length) return [];
  const [only] = objectives;
  if (objectives.length === 1) return budgetsOf(only?.part?.sli, objectives);
  const composed = composeObjectives(objectives, indicatorOf, place);
  return composed === undefined ? [] : [composed];
}

/** No SLI of the SLO, and objectives that have one: OpenSLO's composite. */
export function isWrittenAsParts(spec: Fields): boolean {
  const objectives = spec.get("objectives")?.node;
  if (spec.get("indicator") !== undefined || spec.get("indicatorRef") !== undefined) return false;
  return (
    isSeq(objectives) &&
    objectives.items.some((item) => isMap(item) && PART_FIELDS.some((name) => item.has(name)))
  );
}

/** The SLI of one objective of a composite. */
export function readPartSli(
  objective: Fields,
  references: SliReferences,
): Omit<ObjectivePart, "weight"> | undefined {
  const sli = readSloSli(objective, references, "each objective of a composite has its own: ");
  return sli && { sli, sliName: sliName(objective) };
}

function sliName(objective: Fields): string {
  const reference = objective.get("indicatorRef")?.node;
  if (isScalar(reference)) return String(reference.value);
  const inline = objective.get("indicator")?.node;
  const metadata = isMap(inline) ? inline.get("metadata", false) : undefined;
  if (!isMap(metadata)) return "";
  return peekText(metadata, "displayName") ?? peekText(metadata, "name") ?? "";
}

/** The objective says what a threshold is; that makes it an indicator. */
function indicatorOf(sli: Sli, { comparison }: Objective): Indicator | undefined {
  if (sli.kind === "ratio") return sli.indicator;
  return comparison && defineMetricsIndicator({ kind: "threshold", query: sli.query, ...comparison });
}

/** `indicator` or `indicatorRef` of an SLO, or of an objective. `why` stands before the hint where both are missing. */
export function readSloSli(fields: Fields, references: SliReferences, why = ""): Sli | undefined {
  const inline = fields.get("indicator");
  const reference = fields.get("indicatorRef");
  if (inline !== undefined && reference !== undefined) {
    report(
      fields.key("indicatorRef"),
      "error",
      "indicatorRef stands beside indicator",
      "keep one of the two",
    );
    return undefined;
  }
  if (reference !== undefined) return resolveReference(reference, references.slis);
  if (inline !== undefined) {
    const object = readObject(inline, "SLI");
    return object && readSli(object, references.dataSources);
  }
  const hint =
    why === ""
      ? "write indicator: {metadata: …, spec: {ratioMetric: …}}, indicatorRef, or the annotation noroshi.dev/preset"
      : `${why}write indicator: {metadata: …, spec: {ratioMetric: …}}, or indicatorRef`;
  reportMissing(fields, "indicator", hint);
  return undefined;
}
