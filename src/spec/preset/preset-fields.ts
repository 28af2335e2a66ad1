import { Document, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import type { Fields } from "../fields.ts";
import { childPath, placeOf, report, type Place } from "../place.ts";
import type { SpecObject } from "../spec-object.ts";
import { expandPreset, type Expansion } from "./expand-preset.ts";
import { hasPreset, readPreset } from "./read-preset.ts";
import { PRESET_ANNOTATION } from "./preset-parameters.ts";

/**
 * The fields of `spec` as if what the preset stands for were written there; the same fields where the SLO has no preset. What
 * is wrong is reported at the annotations.
 */
export function withPreset(object: SpecObject, spec: Fields): Fields {
  const { metadata } = object;
  if (!hasPreset(metadata)) return spec;
  const at = metadata.annotationPlaces.get(PRESET_ANNOTATION)?.key ?? metadata.namePlace;
  // What should be there is not missing: something else is wrong, and has been said.
  const without: Fields = {
    ...spec,
    misspelt: new Set([...spec.misspelt, "indicator", "budgetingMethod", "timeWindow"]),
  };
  const beside = ["indicator", "indicatorRef"].find((name) => spec.get(name) !== undefined) ?? partOf(spec);
  if (beside !== undefined) {
    const hint = `keep one of the two; \`noroshi convert --expand-presets\` writes the queries of a preset out`;
    report(at, "error", `${PRESET_ANNOTATION} stands beside spec.${beside}`, hint);
    return without;
  }
  const service = serviceOf(spec.get("service"));
  if (service === undefined) return without;
  const preset = readPreset(metadata, service);
  if (preset === undefined) return without;
  const expansion = expandPreset(preset);
  const generated = generatedFields(metadata.name, expansion, at, spec);
  return { ...spec, get: (name) => generated.get(name) ?? spec.get(name) };
}

/** Where an objective has an indicator of its own, as in composites. */
function partOf(spec: Fields): string | undefined {
  const items = itemsOf(spec.get("objectives")?.node ?? null).map((item) => (isMap(item) ? item : undefined));
  const index = items.findIndex(
    (item) => item?.has("indicator") === true || item?.has("indicatorRef") === true,
  );
  return index < 0
    ? undefined
    : `objectives[${index}].${items[index]!.has("indicator") ? "indicator" : "indicatorRef"}`;
}

/** What an SLO has in its `spec` by its preset, beside its own fields. */
export function expansionFields(name: string, { sli }: Expansion) {
  return {
    budgetingMethod: "Occurrences",
    timeWindow: [{ duration: "30d", isRolling: true }],
    indicator: { metadata: { name: name === "" ? "sli" : name }, spec: sli },
  };
}

/** Their places are those of the annotation: there it can be mended. */
function generatedFields(
  name: string,
  expansion: Expansion,
  at: Place,
  spec: Fields,
): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const [field, value] of Object.entries(expansionFields(name, expansion))) {
    if (spec.get(field) !== undefined) continue;
    const path = childPath(spec.self.path, field);
    places.set(field, placeOf(at.document, new Document(value).contents, path, at.offset));
  }
  const objectives = spec.get("objectives");
  if (expansion.comparison !== undefined && objectives !== undefined) {
    reportOwnComparison(objectives);
    places.set("objectives", { ...objectives, node: compared(objectives.node, expansion.comparison) });
  }
  return places;
}

function reportOwnComparison(objectives: Place): void {
  for (const [index, item] of itemsOf(objectives.node).entries()) {
    const place = placeOf(objectives.document, item, childPath(objectives.path, index), objectives.offset);
    if (!isMap(place.node)) continue;
    for (const name of ["op", "value"]) {
      if (!place.node.has(name)) continue;
      report(place, "error", `the preset says ${name} already`, `leave ${name} out of the objective`);
    }
  }
}

/** The objectives, each with the comparison; as new nodes, the written ones stay as they are. */
function compared(node: Node | null, comparison: NonNullable<Expansion["comparison"]>): Node | null {
  if (!isSeq(node)) return node;
  const copy = node.clone() as typeof node;
  copy.range = node.range ?? null;
  copy.items = node.items.map((item) => (isMap(item) ? withComparison(item, comparison) : item));
  return copy;
}

function withComparison(item: YAMLMap, comparison: NonNullable<Expansion["comparison"]>): YAMLMap {
  const copy = item.clone() as YAMLMap;
  copy.range = item.range ?? null;
  const added = (new Document(comparison).contents as YAMLMap).items;
  copy.items = [...added.filter(({ key }) => isScalar(key) && !item.has(key.value)), ...item.items];
  return copy;
}

function itemsOf(node: Node | null): readonly unknown[] {
  return isSeq(node) ? node.items : [];
}

/** The text of spec.service. Without reporting: whoever reads the service does. */
export function serviceOf(place: Place | undefined): string | undefined {
  const value: unknown = place !== undefined && isScalar(place.node) ? place.node.value : undefined;
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
