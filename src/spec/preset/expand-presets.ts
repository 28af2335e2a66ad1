import { isMap, isScalar, isSeq, parseAllDocuments, type Document, type YAMLMap } from "yaml";
import { collectObjects, type SpecText } from "../collect-objects.ts";
import type { Conversion, ConvertedFile } from "../convert-specs.ts";
import { createDiagnosticSink, type Diagnostic } from "../diagnostic.ts";
import { readFields } from "../fields.ts";
import { loadSpecs } from "../load-specs.ts";
import type { SpecObject } from "../spec-object.ts";
import { expandPreset, type Expansion } from "./expand-preset.ts";
import { expansionFields, serviceOf } from "./preset-fields.ts";
import { PRESET_ANNOTATION, isPresetAnnotation } from "./preset-parameters.ts";
import { hasPreset, readPreset } from "./read-preset.ts";

interface Expanded {
  readonly name: string;
  readonly preset: string;
  readonly expansion: Expansion;
}

/**
 * Files with presets as plain OpenSLO v1, which loads to the same SLOs with the same history: each preset is replaced by its
 * queries, all else stays as it is written, comments included. Pure.
 */
export function expandPresets(texts: readonly SpecText[], problems: readonly Diagnostic[] = []): Conversion {
  const specs = loadSpecs(texts, problems);
  const sound = new Set(specs.slos.map(({ location }) => `${location.file}:${location.line}`));
  const isSound = ({ self }: SpecObject): boolean => {
    const { file, lines } = self.document;
    return sound.has(`${file}:${lines.linePos(self.offset).line}`);
  };
  const files: ConvertedFile[] = [];
  let failed = 0;
  for (const text of texts) {
    const { objects } = collectObjects([text], createDiagnosticSink());
    const presets = objects.filter(({ kind, metadata }) => kind === "SLO" && hasPreset(metadata));
    // One with errors stays as it is, for its file needs it once it is mended.
    const found = new Map(presets.filter(isSound).flatMap((object) => entryOf(object)));
    const expanded = expandFile(text.text, found);
    failed += presets.length - expanded.slos;
    if (expanded.slos > 0) files.push({ path: text.path, ...expanded, losses: [] });
  }
  const done = new Set(files.map(({ path }) => path));
  const passedOver = specs.files
    .filter(({ path, errors }) => !done.has(path) && errors.length === 0)
    .map(({ path }) => path);
  return { files, failed, diagnostics: specs.diagnostics, passedOver };
}

/** By where the document begins. Without reporting: loading the file has done so. */
function entryOf({ self, metadata, fields }: SpecObject): readonly (readonly [number, Expanded])[] {
  const spec = fields.get("spec");
  const service = spec && serviceOf(readFields(spec, [])?.get("service"));
  const preset = service === undefined ? undefined : readPreset(metadata, service);
  if (preset === undefined) return [];
  const written = metadata.annotations[PRESET_ANNOTATION] ?? preset.name;
  return [[self.offset, { name: metadata.name, preset: written.trim(), expansion: expandPreset(preset) }]];
}

function expandFile(
  fullText: string,
  expanded: ReadonlyMap<number, Expanded>,
): { readonly text: string; readonly slos: number } {
  const text = fullText.startsWith("\uFEFF") ? fullText.slice(1) : fullText;
  const documents = [...parseAllDocuments(text, { logLevel: "silent" })];
  let slos = 0;
  for (const document of documents) {
    if (document.errors.length > 0) continue;
    for (const slo of slosOf(document)) {
      const found = expanded.get(slo.range?.[0] ?? -1);
      if (found !== undefined && expandSlo(document, slo, found)) slos += 1;
    }
  }
  return {
    text: documents
      .map((document) => document.toString({ lineWidth: 0, flowCollectionPadding: false }))
      .join(""),
    slos,
  };
}

/** The mappings that may be an SLO: the document, or the items of a list. */
function slosOf({ contents }: Document): readonly YAMLMap[] {
  const items = isMap(contents) && contents.get("kind") === "List" ? contents.get("items") : contents;
  return (isSeq(items) ? items.items : [items]).filter((item) => isMap(item));
}

/** False where it is written in a way that cannot be rewritten piece by piece: by aliases, or not in v1. */
function expandSlo(document: Document, slo: YAMLMap, { name, preset, expansion }: Expanded): boolean {
  const annotations = slo.getIn(["metadata", "annotations"]);
  const spec = slo.get("spec");
  if (!isMap(annotations) || !isMap(spec) || slo.get("apiVersion") !== "openslo/v1") return false;
  if (!annotations.has(PRESET_ANNOTATION)) return false;
  // What fitted a line in braces no longer does; JSON stays what it is.
  if (slo.flow !== true) spec.flow = false;
  annotations.items = annotations.items.filter(({ key }) => !isPresetAnnotation(String(key)));
  if (annotations.items.length === 0) slo.deleteIn(["metadata", "annotations"]);
  const added = Object.entries(expansionFields(name, expansion)).filter(([field]) => !spec.has(field));
  const pairs = added.map(([field, value]) => document.createPair(field, value));
  const [indicator] = pairs.filter(({ key }) => String(key) === "indicator");
  if (indicator !== undefined && isScalar(indicator.key))
    indicator.key.commentBefore = ` The preset ${preset}.`;
  const before = spec.items.findIndex(({ key }) => String(key) === "objectives");
  spec.items.splice(before < 0 ? spec.items.length : before, 0, ...pairs);
  const objectives = spec.get("objectives");
  if (expansion.comparison !== undefined && isSeq(objectives)) {
    for (const item of objectives.items) {
      if (!isMap(item)) return false;
      const comparison = Object.entries(expansion.comparison);
      item.items.unshift(...comparison.map(([field, value]) => document.createPair(field, value)));
    }
  }
  return true;
}
