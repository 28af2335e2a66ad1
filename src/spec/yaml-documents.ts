import { LineCounter, isMap, isScalar, isSeq, parseAllDocuments, type Document, type YAMLMap } from "yaml";
import type { DiagnosticSink } from "./diagnostic.ts";
import { MOST_ALIASES, childPath, placeIn, placeOf, report, type Place, type SpecDocument } from "./place.ts";
import { fileFault, reportSyntaxError } from "./yaml-faults.ts";
import { surveyYaml, type YamlSurvey } from "./yaml-survey.ts";

/** What a file holds: the root of each document, list items taken apart. */
export interface ParsedFile {
  readonly roots: readonly Place[];
  /** Why parts of the file were passed over, for people. */
  readonly notes: readonly string[];
}

/** The note on a file of nothing but white space. */
export const EMPTY_NOTE = "the file is empty";
/** How the note ends of a file that cannot be read at all and was passed over, since nothing in it looks like OpenSLO. */
export const NO_YAML_NOTE = "not valid YAML, and nothing in the file looks like OpenSLO";

/** Words that only files about SLOs hold; a broken file without them is somebody else's. */
const OPENSLO_WORDS =
  /openslo|budgetingMethod|noroshi\.dev|ratioMetric|thresholdMetric|sloth\.slok\.dev|pyrra\.dev|^version: *["']?prometheus\//im;

/**
 * Parses a file of YAML or JSON: several documents, `kind: List`, and lists. Never throws. `isOurs`: a file that cannot be
 * parsed is a fault; without it, only where it looks like OpenSLO.
 */
export function parseFile(file: string, fullText: string, sink: DiagnosticSink, isOurs = false): ParsedFile {
  // A byte order mark would shift the columns of the first line.
  const text = fullText.startsWith("\uFEFF") ? fullText.slice(1) : fullText;
  const ours = isOurs || OPENSLO_WORDS.test(text.replaceAll("\0", ""));
  const fault = fileFault(file, text, ours);
  if (fault !== undefined) {
    const { line, column } = lineAndColumn(text, fault.offset);
    sink.add({ severity: "error", file, line, column, path: "", message: fault.message, hint: fault.hint });
    return { roots: [], notes: [] };
  }
  const lines = new LineCounter();
  const parsed = parseYaml(text, lines);
  if (parsed === undefined) {
    const message = "the file cannot be parsed: it is nested too deeply";
    const hint = "write a YAML document as docs/slo-specs.md shows";
    sink.add({ severity: "error", file, line: 1, column: 1, path: "", message, hint });
    return { roots: [], notes: [] };
  }
  const roots: Place[] = [];
  const notes: string[] = [];
  for (const { yaml, anchors, duplicates } of parsed) {
    const duplicateOffsets = duplicates.map(({ offset }) => offset);
    const aliases = { left: MOST_ALIASES };
    const document: SpecDocument = { file, text, lines, sink, anchors, duplicateOffsets, aliases };
    if (!readableDocument(document, yaml, notes, ours)) continue;
    if (ours) reportDuplicates(document, duplicates);
    roots.push(...documentRoots(document, yaml));
  }
  if (text.trim() === "") notes.push(EMPTY_NOTE);
  else if (roots.length === 0 && notes.length === 0 && sink.errorCount() === 0)
    notes.push("no document in it");
  return { roots, notes };
}

function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

interface ParsedDocument extends YamlSurvey {
  readonly yaml: Document;
}

/** Undefined when the file is too deep for the parser, which recurses: ten thousand opening brackets, say. */
function parseYaml(text: string, lines: LineCounter): readonly ParsedDocument[] | undefined {
  const options = { lineCounter: lines, prettyErrors: false, logLevel: "silent", uniqueKeys: false } as const;
  try {
    // uniqueKeys compares every key with every other; the survey looks at each once.
    return [...parseAllDocuments(text, options)].map((yaml) => ({ yaml, ...surveyYaml(yaml) }));
  } catch {
    return undefined;
  }
}

function reportDuplicates(document: SpecDocument, duplicates: YamlSurvey["duplicates"]): void {
  for (const { name, offset } of duplicates) {
    const message = `${name} is written twice in the same mapping`;
    report(placeIn(document, offset), "error", message, "keep one of the two");
  }
}

/** Reports the syntax errors of a document; false when what is left of it cannot be relied on. */
function readableDocument(document: SpecDocument, yaml: Document, notes: string[], ours: boolean): boolean {
  if (yaml.errors.length > 0 && !ours) {
    const line = document.lines.linePos(yaml.errors[0]!.pos[0]).line;
    notes.push(`line ${line}: ${NO_YAML_NOTE}`);
    return false;
  }
  reportSyntaxError(document, yaml.errors);
  for (const warning of yaml.warnings) {
    const place = placeIn(document, warning.pos[0]);
    report(
      place,
      "warning",
      `YAML: ${firstLine(warning.message)}`,
      "remove it: OpenSLO needs neither tags nor directives",
    );
  }
  return yaml.errors.length === 0;
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]!.replace(/:$/, "");
}

function documentRoots(document: SpecDocument, yaml: Document): readonly Place[] {
  const root = placeOf(document, yaml.contents, "", 0);
  if (isScalar(root.node) && root.node.value === null) return [];
  if (isSeq(root.node)) return listItems(root, root.node.items);
  if (isMap(root.node) && peekText(root.node, "kind") === "List") {
    const items: unknown = root.node.get("items", true);
    if (isSeq(items)) return listItems({ ...root, path: "items" }, items.items);
  }
  return root.node === null ? [] : [root];
}

function listItems(list: Place, items: readonly unknown[]): readonly Place[] {
  return items.map((item, index) => placeOf(list.document, item, childPath(list.path, index), list.offset));
}

/** A field's text without reporting anything; undefined when it is absent or no text. */
export function peekText(map: YAMLMap, field: string): string | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === field);
  const value: unknown = isScalar(pair?.value) ? pair.value.value : undefined;
  return typeof value === "string" ? value : undefined;
}
