import { isMap } from "yaml";
import type { DialectDocument } from "./dialect/read-dialects.ts";
import { comparePaths, type DiagnosticSink } from "./diagnostic.ts";
import { documentKind, type OpenSloKind } from "./document-kind.ts";
import { location, placeOf, report, type Place } from "./place.ts";
import { readObject, type Registry, type RegistryEntry, type SpecObject } from "./spec-object.ts";
import { upgradeV1alpha } from "./upgrade-v1alpha.ts";
import { upgradeV2alpha } from "./upgrade-v2alpha.ts";
import { parseFile } from "./yaml-documents.ts";

/** A file and its text. */
export interface SpecText {
  /** As people should see it, e.g. `slo-specs/payment.yaml`. */
  readonly path: string;
  readonly text: string;
}

interface CollectedFile {
  readonly path: string;
  /** Why parts of the file, or all of it, were passed over. */
  readonly notes: readonly string[];
}

export interface Collected {
  /** In the order of paths, then of lines. */
  readonly objects: readonly SpecObject[];
  /** Of other dialects, in the same order. */
  readonly dialects: readonly DialectDocument[];
  readonly files: readonly CollectedFile[];
}

/** Finds the documents of all files that are about SLOs; passes over the others. */
export function collectObjects(texts: readonly SpecText[], sink: DiagnosticSink): Collected {
  const objects: SpecObject[] = [];
  const dialects: DialectDocument[] = [];
  const files: CollectedFile[] = [];
  for (const { path, text } of [...texts].sort((a, b) => comparePaths(a.path, b.path))) {
    const { roots, notes } = parseFile(path, text, createFileSink(sink));
    const passedOver = [...notes];
    for (const root of roots) {
      const kind = documentKind(root);
      if (kind.type === "foreign") passedOver.push(`line ${location(root).line}: not OpenSLO (${kind.what})`);
      else if (kind.type === "refused")
        report(fieldPlace(root, kind.field), "error", kind.message, kind.hint);
      else if (kind.type === "dialect") dialects.push({ dialect: kind.dialect, root });
      else {
        const documents = upgradedDocuments(kind.type, root);
        objects.push(...documents.flatMap((document) => readObject(document, kind.kind) ?? []));
      }
    }
    files.push({ path, notes: passedOver });
  }
  return { objects, dialects, files };
}

/** As v1 has it; some documents of v1alpha become several. */
function upgradedDocuments(type: "openslo" | "v1alpha" | "v2alpha", root: Place): readonly Place[] {
  switch (type) {
    case "openslo":
      return [root];
    case "v1alpha":
      return upgradeV1alpha(root);
    case "v2alpha":
      return [upgradeV2alpha(root)];
  }
}

/** Counts the errors of one file alone, and passes everything on. */
function createFileSink(sink: DiagnosticSink): DiagnosticSink {
  let errors = 0;
  return {
    add(diagnostic) {
      if (diagnostic.severity === "error") errors += 1;
      sink.add(diagnostic);
    },
    errorCount: () => errors,
    sorted: () => sink.sorted(),
  };
}

function fieldPlace(root: Place, field: string): Place {
  const pair = isMap(root.node) ? root.node.items.find(({ key }) => String(key) === field) : undefined;
  const path = root.path === "" ? field : `${root.path}.${field}`;
  return placeOf(root.document, pair?.value ?? null, path, root.offset);
}

/** How documents are judged. */
export interface LoadOptions {
  /**
   * False: each document by itself. References to others, names that others have too and sources that cannot be read here
   * are then no error; an SLO that depends on them is not loaded.
   */
  readonly resolve: boolean;
}

/**
 * Reads the objects of one kind. Of several with one name the first, in the order of paths and lines, counts; all of
 * them are reported, unless each document is judged by itself.
 */
export function readRegistry<T>(
  kind: OpenSloKind,
  objects: readonly SpecObject[],
  read: (object: SpecObject) => T | undefined,
  { resolve }: LoadOptions,
): Registry<T> {
  const entries = new Map<string, RegistryEntry<T>>();
  for (const object of objects.filter((candidate) => candidate.kind === kind)) {
    const { sink } = object.self.document;
    const errorsBefore = sink.errorCount();
    const value = read(object);
    const sound = object.sound && sink.errorCount() === errorsBefore ? value : undefined;
    // It is read for its errors; nothing can refer to it.
    if (object.metadata.name === "") continue;
    const first = entries.get(object.metadata.name);
    if (first === undefined) entries.set(object.metadata.name, { object, value: sound });
    else if (resolve) reportDuplicate(kind, first.object, object);
  }
  return { kind, entries, resolves: resolve };
}

function reportDuplicate(kind: OpenSloKind, first: SpecObject, second: SpecObject): void {
  const { name } = first.metadata;
  const where = (object: SpecObject): string => {
    const { file, line } = location(object.metadata.namePlace);
    return `${file}:${line}`;
  };
  const again = `${kind} "${name}" is defined again in ${where(second)}; this one, the first, counts`;
  report(first.metadata.namePlace, "error", again, "rename one of the two");
  const already = `${kind} "${name}" is already defined in ${where(first)}; this one does not count`;
  report(second.metadata.namePlace, "error", already, "rename one of the two");
}
