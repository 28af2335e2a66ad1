import type { Correction } from "../slo/correction.ts";
import type { Slo } from "../slo/slo.ts";
import { collectObjects, readRegistry, type LoadOptions, type SpecText } from "./collect-objects.ts";
import type { DialectSlo } from "./dialect/dialect-slo.ts";
import { readDialects } from "./dialect/read-dialects.ts";
import { comparePaths, createDiagnosticSink, type Diagnostic } from "./diagnostic.ts";
import { readAlertCondition } from "./read-alert-condition.ts";
import { readAlertPolicy, readNotificationTarget } from "./read-alert-policy.ts";
import { warnAnnotationsWithoutEffect } from "./read-annotations.ts";
import { readCorrection, warnSelectsNothing } from "./read-correction.ts";
import { readDataSource } from "./read-data-source.ts";
import { readSli } from "./read-sli.ts";
import { readSlo, type References } from "./read-slo.ts";
import { readDescription } from "./scalars.ts";
import type { SpecObject } from "./spec-object.ts";
import { readFields } from "./fields.ts";

/** What became of one file. */
export interface LoadedFile {
  readonly path: string;
  /** Names of the SLOs that it defines and that run. */
  readonly slos: readonly string[];
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** Why parts of the file were passed over, e.g. `line 1: not OpenSLO (v1 ConfigMap)`. */
  readonly notes: readonly string[];
  /** True while SLOs of an earlier version keep running because this one has errors. */
  readonly stale: boolean;
}

export interface LoadedSpecs {
  /** Sound SLOs with distinct names, in the order of files and lines. */
  readonly slos: readonly Slo[];
  /** Sound corrections with distinct names, in the same order. */
  readonly corrections: readonly Correction[];
  /** Of all files, in the order of files and lines. */
  readonly diagnostics: readonly Diagnostic[];
  /** In the order of paths. */
  readonly files: readonly LoadedFile[];
}

export const NO_SPECS: LoadedSpecs = { slos: [], corrections: [], diagnostics: [], files: [] };

/**
 * Loads the SLOs of these files. References are resolved across all of them. A bad file or document takes nothing
 * down but itself and what refers to it. `problems` is what went wrong before there was a text: each becomes a
 * diagnostic of the file or folder it names. Pure: no disk, no clock. Never throws.
 */
export function loadSpecs(
  texts: readonly SpecText[],
  problems: readonly Diagnostic[] = [],
  options: LoadOptions = { resolve: true },
): LoadedSpecs {
  return loadDialects(texts, problems, options).specs;
}

/** As loadSpecs; also tells what each SLO of another dialect is, and what of it is lost. */
export function loadDialects(
  texts: readonly SpecText[],
  problems: readonly Diagnostic[] = [],
  options: LoadOptions = { resolve: true },
): { readonly specs: LoadedSpecs; readonly dialects: readonly DialectSlo[] } {
  const sink = createDiagnosticSink();
  for (const problem of problems) sink.add(problem);
  const { objects, dialects: documents, files: collected } = collectObjects(texts, sink);
  const references = readReferences(objects, options);
  const dialects = readDialects(documents);
  const dialectSlos = new Map(dialects.map(({ object, slo }) => [object, slo]));
  const inOrder = [...objects, ...dialectSlos.keys()].sort(compareObjects);
  const taken = new Set(inOrder.filter(({ kind }) => kind === "SLO").map(({ metadata }) => metadata.name));
  const readOne = (object: SpecObject): readonly Slo[] | undefined => {
    if (!dialectSlos.has(object)) return readSlo(object, references, taken);
    const slo = dialectSlos.get(object);
    return slo && [slo];
  };
  const slos = readRegistry("SLO", inOrder, readOne, options);
  const sound = [...slos.entries.values()].flatMap(({ value }) => value ?? []);
  const corrections = readRegistry("Correction", objects, readCorrection, options);
  if (options.resolve) for (const entry of corrections.entries.values()) warnSelectsNothing(entry, sound);
  const diagnostics = sink.sorted();
  const known = new Set(texts.map(({ path }) => path));
  const unread = [...new Set(problems.map(({ file }) => file))].filter((path) => !known.has(path));
  const files = [...collected, ...unread.map((path) => ({ path, notes: [] }))];
  const slosOf = groupBy(sound, (slo) => slo.location.file);
  const diagnosticsOf = groupBy(diagnostics, ({ file }) => file);
  const specs: LoadedSpecs = {
    slos: sound,
    corrections: [...corrections.entries.values()].flatMap(({ value }) => value ?? []),
    diagnostics,
    files: files
      .sort((a, b) => comparePaths(a.path, b.path))
      .map(({ path, notes }) => ({
        path,
        slos: (slosOf.get(path) ?? []).map(({ name }) => name),
        errors: (diagnosticsOf.get(path) ?? []).filter(({ severity }) => severity === "error"),
        warnings: (diagnosticsOf.get(path) ?? []).filter(({ severity }) => severity === "warning"),
        notes,
        stale: false,
      })),
  };
  return { specs, dialects };
}

function compareObjects(a: SpecObject, b: SpecObject): number {
  return comparePaths(a.self.document.file, b.self.document.file) || a.self.offset - b.self.offset;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Reads what SLOs refer to, each kind after those that it refers to itself. */
function readReferences(objects: readonly SpecObject[], options: LoadOptions): References {
  for (const object of objects) {
    if (object.kind !== "SLO") warnAnnotationsWithoutEffect(object.metadata, object.kind);
  }
  readRegistry("Service", objects, readService, options);
  const dataSources = readRegistry("DataSource", objects, readDataSource, options);
  const targets = readRegistry("AlertNotificationTarget", objects, readNotificationTarget, options);
  const conditions = readRegistry("AlertCondition", objects, readAlertCondition, options);
  const slis = readRegistry("SLI", objects, (object) => readSli(object, dataSources), options);
  const policies = readRegistry(
    "AlertPolicy",
    objects,
    (object) => readAlertPolicy(object, conditions, targets),
    options,
  );
  return { dataSources, slis, conditions, targets, policies };
}

function readService(object: SpecObject): string {
  const spec = object.fields.get("spec");
  const fields = spec && readFields(spec, ["description"]);
  readDescription(fields?.get("description"));
  return object.metadata.name;
}
