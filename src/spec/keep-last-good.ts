import type { Correction } from "../slo/correction.ts";
import type { Slo } from "../slo/slo.ts";
import { comparePaths, compareDiagnostics, type Diagnostic } from "./diagnostic.ts";
import type { LoadedFile, LoadedSpecs } from "./load-specs.ts";
import { EMPTY_NOTE, NO_YAML_NOTE } from "./yaml-documents.ts";

/**
 * What runs after a reload: the SLOs and corrections that load now, and of those that ran before the ones whose file fails
 * now. Such a file is `stale`, and its errors are shown. An SLO goes only when its file is gone, or is sound and no longer has
 * it. A file that is empty or no YAML now, and one in a folder that cannot be read any more, count as failing.
 */
export function keepLastGood(previous: LoadedSpecs, next: LoadedSpecs): LoadedSpecs {
  const running = new Set(next.slos.map(({ name }) => name));
  const kept = previous.slos.filter((slo) => !running.has(slo.name) && fails(slo.location.file, next.files));
  const keptCorrections = keepCorrections(previous, next);
  if (kept.length === 0 && keptCorrections.length === 0) return next;
  const stalePaths = [...new Set([...kept.map((slo) => slo.location.file), ...keptCorrections.map(fileOf)])];
  const lost = stalePaths.flatMap((path) => lossError(path, next.files) ?? []);
  const unlisted = stalePaths.filter((path) => !next.files.some((file) => file.path === path));
  const files = [...next.files, ...unlisted.map(unreadFile)]
    .map((file) => (stalePaths.includes(file.path) ? staleFile(file, kept, lost) : file))
    .sort((a, b) => comparePaths(a.path, b.path));
  return {
    slos: [...next.slos, ...kept].sort(compareSlos),
    corrections: [...next.corrections, ...keptCorrections],
    diagnostics: [...next.diagnostics, ...lost].sort(compareDiagnostics),
    files,
  };
}

/** A correction that went with a slip of the pen would page people for what is excused. */
function keepCorrections(previous: LoadedSpecs, next: LoadedSpecs): readonly Correction[] {
  const present = new Set(next.corrections.map(({ id }) => id));
  return previous.corrections.filter(
    (correction) => !present.has(correction.id) && fails(fileOf(correction), next.files),
  );
}

function fileOf({ origin }: Correction): string {
  return origin.kind === "file" ? origin.location.file : "";
}

function fails(path: string, files: readonly LoadedFile[]): boolean {
  return files.some((file) => {
    if (file.path === path) return file.errors.length > 0 || lossOf(file) !== undefined;
    return file.errors.length > 0 && (path.startsWith(`${file.path}/`) || file.path === ".");
  });
}

/** What became of a file in which nothing is left to load. */
function lossOf(file: LoadedFile): string | undefined {
  if (file.notes.includes(EMPTY_NOTE)) return "is empty now";
  return file.notes.some((note) => note.endsWith(NO_YAML_NOTE)) ? "is no valid YAML now" : undefined;
}

function lossError(path: string, files: readonly LoadedFile[]): Diagnostic | undefined {
  const file = files.find((candidate) => candidate.path === path);
  const loss = file && lossOf(file);
  if (loss === undefined) return undefined;
  return {
    severity: "error",
    file: path,
    line: 1,
    column: 1,
    path: "",
    message: `the file ${loss}; the SLOs that it had keep running`,
    hint: "mend it, or delete the file to end them",
  };
}

function unreadFile(path: string): LoadedFile {
  return { path, slos: [], errors: [], warnings: [], notes: [], stale: true };
}

function staleFile(file: LoadedFile, kept: readonly Slo[], lost: readonly Diagnostic[]): LoadedFile {
  const names = kept.filter((slo) => slo.location.file === file.path).map(({ name }) => name);
  const errors = [...file.errors, ...lost.filter((error) => error.file === file.path)];
  return { ...file, slos: [...file.slos, ...names], errors, stale: true };
}

function compareSlos(a: Slo, b: Slo): number {
  return comparePaths(a.location.file, b.location.file) || a.location.line - b.location.line;
}
