import {
  LineCounter,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type YAMLMap,
  type YAMLParseError,
} from "yaml";
import type { DiagnosticSink } from "./diagnostic.ts";
import { MOST_ALIASES, childPath, placeOf, report, type Place, type SpecDocument } from "./place.ts";
import { surveyYaml, type YamlSurvey } from "./yaml-survey.ts";

/** What a file holds: the root of each document, list items taken apart. */
export interface ParsedFile {
  readonly roots: readonly Place[];
  /** Why parts of the file were passed over, for people. */
  readonly notes: readonly string[];
}

/** The note on a file of nothing but white space. */
export const EMPTY_NOTE = "the file is empty";

/** Words that only files about SLOs hold; a broken file without them is somebody else's. */
const OPENSLO_WORDS = /openslo|budgetingMethod|noroshi\.dev|ratioMetric|thresholdMetric/i;

/** Parses a file of YAML or JSON: several documents, `kind: List`, and lists. Never throws. */
export function parseFile(file: string, fullText: string, sink: DiagnosticSink): ParsedFile {
  // A byte order mark would shift the columns of the first line.
  const text = fullText.startsWith("\uFEFF") ? fullText.slice(1) : fullText;
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
    if (!readableDocument(document, yaml, notes)) continue;
    if (OPENSLO_WORDS.test(text)) reportDuplicates(document, duplicates);
    roots.push(...documentRoots(document, yaml));
  }
  if (text.trim() === "") notes.push(EMPTY_NOTE);
  else if (roots.length === 0 && notes.length === 0 && sink.errorCount() === 0)
    notes.push("no document in it");
  return { roots, notes };
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
    report(placeAt(document, offset), "error", message, "keep one of the two");
  }
}

/** Reports the syntax errors of a document; false when what is left of it cannot be relied on. */
function readableDocument(document: SpecDocument, yaml: Document, notes: string[]): boolean {
  if (yaml.errors.length > 0 && !OPENSLO_WORDS.test(document.text)) {
    const line = document.lines.linePos(yaml.errors[0]!.pos[0]).line;
    notes.push(`line ${line}: not valid YAML, and nothing in the file looks like OpenSLO`);
    return false;
  }
  const lines = new Set<number>();
  for (const error of yaml.errors) {
    // One slip makes the parser stumble several times; the first of a line tells enough.
    const { line } = document.lines.linePos(error.pos[0]);
    if (!lines.has(line)) reportSyntaxError(document, error);
    lines.add(line);
  }
  for (const warning of yaml.warnings) {
    const place = placeAt(document, warning.pos[0]);
    report(
      place,
      "warning",
      `YAML: ${firstLine(warning.message)}`,
      "remove it: OpenSLO needs neither tags nor directives",
    );
  }
  return yaml.errors.length === 0;
}

function placeAt(document: SpecDocument, offset: number): Place {
  return { document, node: null, path: "", offset };
}

function reportSyntaxError(document: SpecDocument, error: YAMLParseError): void {
  const place = placeAt(document, Math.min(error.pos[0], document.text.length));
  if (error.code === "TAB_AS_INDENT") {
    // The parser points at the line before; the tab is what people look for.
    const tab = document.text.indexOf("\t", error.pos[0]);
    report(
      place,
      "error",
      "a tab is used for indentation",
      "indent with spaces",
      tab < 0 ? place.offset : tab,
    );
  } else {
    const hint = unquotedQuery(document, error.pos[0])
      ? "put the query into single quotes: query: '{ … }'"
      : "check the quotes, brackets and indentation here and in the line above";
    report(place, "error", `not valid YAML: ${firstLine(error.message)}`, hint);
  }
}

/** A TraceQL filter without quotes is a mapping to YAML: the most likely slip in a spec about spans. */
function unquotedQuery(document: SpecDocument, offset: number): boolean {
  const before = document.text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const previousStart = before.lastIndexOf("\n", lineStart - 2) + 1;
  return /\bquery:\s*\{/.test(document.text.slice(previousStart).split("\n").slice(0, 2).join("\n"));
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
