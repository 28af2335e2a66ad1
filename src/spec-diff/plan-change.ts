import type { Correction } from "../slo/correction.ts";
import { sloRevision } from "../slo/slo-revision.ts";
import type { Slo } from "../slo/slo.ts";
import { collectObjects, type SpecText } from "../spec/collect-objects.ts";
import { compareDiagnostics, createDiagnosticSink, type Diagnostic } from "../spec/diagnostic.ts";
import { readDialects } from "../spec/dialect/read-dialects.ts";
import { isKeptPath, keptDocuments } from "../spec/kept-documents.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { location } from "../spec/place.ts";
import { authorsPath, pushedPrefix } from "../spec/source/pushed-path.ts";
import { compareSlos } from "./compare-slos.ts";
import type { CorrectionChange, FieldChange, OwnedElsewhere, SloChange } from "./diff-report.ts";

/** What a source holds. */
export interface HeldFiles {
  /** As people know it: `the folder ./slo-specs`, `pushed:acme/payments`. */
  readonly name: string;
  /** As it is configured: `./slo-specs`, `https://…#main`; undefined of what is pushed. */
  readonly source?: string;
  /** Their paths are those that run: they differ between sources. */
  readonly texts: readonly SpecText[];
  readonly problems: readonly Diagnostic[];
}

export interface ChangeRequest {
  readonly source: string;
  /** With paths as their authors know them. */
  readonly files: readonly SpecText[];
  /** True: SLOs that the files no longer have end. */
  readonly prune: boolean;
  /** What the source holds now. */
  readonly stored: readonly SpecText[];
  readonly others: readonly HeldFiles[];
}

export interface PlannedSlo {
  readonly name: string;
  readonly change: SloChange;
  readonly before: Slo | undefined;
  readonly after: Slo | undefined;
  readonly fields: readonly FieldChange[];
}

/** What would be stored, and what that does. */
export interface ChangePlan {
  /** The files, and what is kept of those before. */
  readonly texts: readonly SpecText[];
  /** By name. */
  readonly slos: readonly PlannedSlo[];
  readonly corrections: readonly CorrectionChange[];
  /** All corrections in files, of this source and of others, as they are and as they would be. */
  readonly allCorrections: { readonly before: readonly Correction[]; readonly after: readonly Correction[] };
  /** Of the files, with their authors' paths; and errors in files of others that these would break. */
  readonly diagnostics: readonly Diagnostic[];
  readonly conflicts: readonly OwnedElsewhere[];
  /** No error, and no SLO of another source. */
  readonly isSound: boolean;
}

/** Plans to replace what a source holds by these files. Files of all sources are loaded together, as they run. Pure. */
export function planChange(request: ChangeRequest): ChangePlan {
  const { source, files, others } = request;
  const prefix = pushedPrefix(source);
  const kept = request.prune ? [] : keptDocuments(request.stored, files);
  const texts = [...files, ...kept.filter(({ path }) => !files.some((file) => file.path === path))];
  const around = others.flatMap((held) => held.texts);
  const problems = others.flatMap((held) => held.problems);
  const own = (list: readonly SpecText[]): readonly SpecText[] =>
    list.map(({ path, text }) => ({ path: `${prefix}${path}`, text }));
  const before = loadSpecs([...around, ...own(request.stored)], problems);
  const after = loadSpecs([...around, ...own(texts)], problems);
  const conflicts = findConflicts(files, others);
  const diagnostics = [
    ...after.diagnostics.filter(({ file }) => file.startsWith(prefix)),
    ...brokenElsewhere(before, after, prefix),
    ...changedElsewhere(before, after, prefix, source),
  ]
    .map((diagnostic) => withAuthorsPaths(diagnostic, prefix))
    .sort(compareDiagnostics);
  const hasErrors = diagnostics.some(({ severity }) => severity === "error");
  const isOwn = (slo: Slo): boolean => slo.location.file.startsWith(prefix);
  return {
    texts,
    slos: planSlos(before.slos.filter(isOwn), after.slos.filter(isOwn), prefix),
    corrections: compareCorrections(before.corrections, after.corrections, prefix),
    allCorrections: { before: before.corrections, after: after.corrections },
    diagnostics,
    conflicts,
    isSound: !hasErrors && conflicts.length === 0,
  };
}

function planSlos(before: readonly Slo[], after: readonly Slo[], prefix: string): readonly PlannedSlo[] {
  const old = new Map(before.map((slo) => [slo.name, withAuthorsPlace(slo, prefix)]));
  const now = new Map(after.map((slo) => [slo.name, withAuthorsPlace(slo, prefix)]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().map((name) => {
    const was = old.get(name);
    const is = now.get(name);
    const fields =
      was === undefined || is === undefined || sloRevision(was) === sloRevision(is)
        ? []
        : compareSlos(was, is);
    return { name, before: was, after: is, fields, change: changeOf(was, is, fields) };
  });
}

function changeOf(was: Slo | undefined, is: Slo | undefined, fields: readonly FieldChange[]): SloChange {
  if (is === undefined) return "removed";
  if (was === undefined) return "added";
  if (fields.length > 0) return "changed";
  return isKeptPath(is.location.file) ? "kept" : "unchanged";
}

function compareCorrections(
  before: readonly Correction[],
  after: readonly Correction[],
  prefix: string,
): readonly CorrectionChange[] {
  const textsOf = (list: readonly Correction[]) =>
    new Map(
      list.flatMap(({ origin, ...rest }) =>
        origin.kind === "file" && origin.location.file.startsWith(prefix)
          ? [[rest.name, JSON.stringify(rest)] as const]
          : [],
      ),
    );
  const old = textsOf(before);
  const now = textsOf(after);
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): readonly CorrectionChange[] => {
    if (old.get(name) === now.get(name)) return [];
    return [{ name, change: !old.has(name) ? "added" : now.has(name) ? "changed" : "removed" }];
  });
}

function withAuthorsPlace(slo: Slo, prefix: string): Slo {
  return { ...slo, location: { ...slo.location, file: slo.location.file.slice(prefix.length) } };
}

function withAuthorsPaths(diagnostic: Diagnostic, prefix: string): Diagnostic {
  const plain = (text: string): string => text.replaceAll(prefix, "");
  const { file, message, hint } = diagnostic;
  return { ...diagnostic, file: plain(file), message: plain(message), hint: plain(hint) };
}

/** SLOs of these files whose names another source has. */
function findConflicts(files: readonly SpecText[], others: readonly HeldFiles[]): readonly OwnedElsewhere[] {
  const mine = definedSlos(files);
  return others.flatMap(({ name: owner, texts }) =>
    [...definedSlos(texts)].flatMap(([slo, place]) => {
      const here = mine.get(slo);
      return here === undefined ? [] : [{ slo, file: here, owner, ownerFile: authorsPath(place) }];
    }),
  );
}

/** By name, where each SLO is defined, as `a.yaml:3`; those with errors too. */
function definedSlos(texts: readonly SpecText[]): ReadonlyMap<string, string> {
  const { objects, dialects } = collectObjects(texts, createDiagnosticSink());
  const documents = [...objects, ...readDialects(dialects).map(({ object }) => object)];
  return new Map(
    documents
      .filter(({ kind, metadata }) => kind === "SLO" && metadata.name !== "")
      .map(({ metadata }) => {
        const { file, line } = location(metadata.namePlace);
        return [metadata.name, `${file}:${line}`];
      }),
  );
}

/** Errors in files of others that were not there before. */
function brokenElsewhere(before: LoadedSpecs, after: LoadedSpecs, prefix: string): readonly Diagnostic[] {
  const keyOf = ({ file, line, column, message }: Diagnostic): string =>
    JSON.stringify([file, line, column, message]);
  const known = new Set(before.diagnostics.map(keyOf));
  return after.diagnostics.filter(
    (diagnostic) =>
      diagnostic.severity === "error" && !diagnostic.file.startsWith(prefix) && !known.has(keyOf(diagnostic)),
  );
}

/** SLOs of others that would be others, as where a document takes the name of one of their objectives. */
function changedElsewhere(
  before: LoadedSpecs,
  after: LoadedSpecs,
  prefix: string,
  source: string,
): readonly Diagnostic[] {
  const now = new Map(after.slos.map((slo) => [slo.name, slo]));
  return before.slos
    .filter(({ location: { file } }) => !file.startsWith(prefix))
    .filter((slo) => {
      const other = now.get(slo.name);
      return other === undefined || sloRevision(other) !== sloRevision(slo);
    })
    .map(({ name, location: place }) => ({
      severity: "error" as const,
      ...place,
      path: "",
      message: `the SLO "${name}" of this file would not be the same with what "${source}" holds then`,
      hint: "rename what has its name, or what it refers to, in the files that are applied",
    }));
}
