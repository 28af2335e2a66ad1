import { isAlias, isScalar, type LineCounter, type Node } from "yaml";
import type { DiagnosticSink } from "./diagnostic.ts";
import type { SourceLocation } from "../slo/slo.ts";

/** One YAML document of one file, and where its diagnostics go. */
export interface SpecDocument {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly sink: DiagnosticSink;
  /** Where a field is written a second time in one mapping. */
  readonly duplicateOffsets: readonly number[];
  /** Every anchored node by its anchor, in the order of the text. */
  readonly anchors: ReadonlyMap<string, readonly Node[]>;
  /** How many aliases may still be followed: mappings merged into one another could multiply without end. */
  readonly aliases: { left: number };
}

/** Aliases that may be followed in one document. */
export const MOST_ALIASES = 1_000;

/** A value and where it was written. */
export interface Place {
  readonly document: SpecDocument;
  /** What is there; aliases are resolved. */
  readonly node: Node | null;
  /** e.g. `spec.objectives[0].target`; "" for the root. */
  readonly path: string;
  /** Where to point, in characters from the start of the file. */
  readonly offset: number;
}

/** The place of a node; of an alias, the node it stands for, pointed at where the alias is. */
export function placeOf(document: SpecDocument, node: unknown, path: string, fallbackOffset: number): Place {
  const written = (node ?? null) as Node | null;
  const offset = written?.range?.[0] ?? fallbackOffset;
  if (!isAlias(written)) return { document, node: written, path, offset };
  document.aliases.left -= 1;
  // The latest before the alias: an anchor may be defined anew.
  const anchored = document.anchors.get(written.source)?.findLast((node) => (node.range?.[0] ?? 0) < offset);
  const resolved = document.aliases.left < 0 ? null : (anchored ?? null);
  const place: Place = { document, node: resolved, path, offset };
  if (document.aliases.left < 0) {
    report(place, "error", `more than ${MOST_ALIASES} aliases in one document`, "split the document");
  } else if (resolved === null) {
    const name = written.source;
    report(place, "error", `nothing is anchored as &${name}`, `write &${name} before *${name} is used`);
  }
  return place;
}

/** A place in the text, where there is no value. */
export function placeIn(document: SpecDocument, offset: number): Place {
  return { document, node: null, path: "", offset };
}

/** True where nothing is written, as in `alertPolicies:` with no value. */
export function isEmpty(place: Place): boolean {
  return place.node === null || (isScalar(place.node) && place.node.value === null);
}

/** Reports at the place, or at `offset` within the file. */
export function report(
  place: Place,
  severity: "error" | "warning",
  message: string,
  hint: string,
  offset = place.offset,
): void {
  place.document.sink.add({ severity, ...location(place, offset), path: place.path, message, hint });
}

/** Reports something that OpenSLO allows and this version cannot do. `today` says what works. */
export function reportUnsupported(place: Place, what: string, today: string): void {
  report(place, "error", `${what} is not supported yet`, today);
}

/** File, line and column of a place. */
export function location(place: Place, offset = place.offset): SourceLocation {
  const { line, col } = place.document.lines.linePos(offset);
  return { file: place.document.file, line: Math.max(1, line), column: Math.max(1, col) };
}

/** `a.b`, `a[0]`, `a["with.dots/or slashes"]`. */
export function childPath(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}
