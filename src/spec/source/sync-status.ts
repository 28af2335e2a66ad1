import { join } from "node:path";
import { comparePaths, type Diagnostic } from "../diagnostic.ts";
import type { LoadedFile, LoadedSpecs } from "../load-specs.ts";
import { pushedPrefix, pushedSourceOf } from "./pushed-path.ts";
import type { CommitInfo, SourceSnapshot, SpecSource } from "./spec-source.ts";

/**
 * Whether what is written runs, in the words of Argo CD. OutOfSync: a newer version is known, and an older one runs.
 * Degraded: something cannot be read, or has errors and nothing older that could run instead.
 */
export type SyncState = "Synced" | "OutOfSync" | "Degraded";

export interface FileStatus {
  readonly path: string;
  readonly state: SyncState;
  /** Names of the SLOs that run, of this version or of the last good one. */
  readonly slos: readonly string[];
  readonly errors: readonly Diagnostic[];
}

export interface SourceStatus {
  readonly name: string;
  readonly kind: SpecSource["kind"];
  readonly state: SyncState;
  /** Why it is not Synced, in one line. */
  readonly reason: string | undefined;
  /** The commit that was read last, and that runs but for the files that are not Synced. */
  readonly revision: string | undefined;
  /** The newest commit that is known. */
  readonly remoteRevision: string | undefined;
  /** The newest commit of which everything ran. */
  readonly lastGoodRevision: string | undefined;
  readonly commit: CommitInfo | undefined;
  readonly files: readonly FileStatus[];
  /** Failed attempts in a row to reach it. */
  readonly failures: number;
  readonly lastSyncMs: number | undefined;
  readonly lastAttemptMs: number | undefined;
  readonly nextPollMs: number | undefined;
}

/** A source with what was taken of it. */
export interface HeldSource {
  readonly source: SpecSource;
  readonly snapshot: SourceSnapshot;
  /** When the snapshot was taken. */
  readonly takenAtMs: number;
  readonly lastGoodRevision: string | undefined;
}

/** The status of each source, in their order; each name under which something was pushed is one. */
export function syncStatuses(held: readonly HeldSource[], { files }: LoadedSpecs): readonly SourceStatus[] {
  const owners = new Map<string, HeldSource>();
  for (const one of held) {
    for (const { path } of one.snapshot.texts) if (!owners.has(path)) owners.set(path, one);
  }
  const ownerOf = (path: string): HeldSource | undefined =>
    owners.get(path) ??
    held.find((one) => isPlaceOf(one.source, path) || one.snapshot.problems.some((p) => p.file === path));
  const filesOf = (one: HeldSource): readonly LoadedFile[] =>
    files.filter(({ path }) => ownerOf(path) === one);
  return held.flatMap((one) =>
    one.source.kind === "pushed" ? pushedStatuses(one, filesOf(one)) : [statusOf(one, filesOf(one))],
  );
}

/** True of the source itself, and of all that lies below it. */
export function isPlaceOf({ name, kind }: SpecSource, path: string): boolean {
  const root = kind === "folder" ? join(name).replace(/\/$/, "") : name;
  return (
    path === root ||
    path.startsWith(kind === "pushed" ? `${root}:` : `${root}/`) ||
    (root === "." && !path.includes(":"))
  );
}

/** What keeps a source from being read as a whole; undefined where it was read. */
export function sourceError(
  { name, kind }: SpecSource,
  { problems }: SourceSnapshot,
): Diagnostic | undefined {
  const places = kind === "folder" ? [name, join(name)] : kind === "pushed" ? [`${name}:`] : [name];
  return problems.find(({ severity, file }) => severity === "error" && places.includes(file));
}

function pushedStatuses(one: HeldSource, files: readonly LoadedFile[]): readonly SourceStatus[] {
  const names = new Set(files.flatMap(({ path }) => pushedSourceOf(path) ?? []));
  const error = sourceError(one.source, one.snapshot);
  if (error !== undefined) return [statusOf(one, files)];
  return [...names].sort(comparePaths).map((name) => {
    const own = files.filter(({ path }) => path.startsWith(pushedPrefix(name)));
    const revision = one.snapshot.revisions?.[name];
    return { ...statusOf(one, own), name: `pushed:${name}`, revision, remoteRevision: revision };
  });
}

function statusOf(one: HeldSource, loaded: readonly LoadedFile[]): SourceStatus {
  const { source, snapshot } = one;
  const remote = source.remote?.();
  const own = sourceError(source, snapshot);
  const files = loaded.filter(({ path }) => path !== own?.file).map(fileStatus);
  const remoteRevision = remote?.remoteRevision ?? snapshot.revision;
  const isBehind = remoteRevision !== snapshot.revision;
  const error = remote?.error ?? own?.message;
  const isDegraded = error !== undefined || files.some(({ state }) => state === "Degraded");
  const isOut = isBehind || files.some(({ state }) => state === "OutOfSync");
  return {
    name: source.name,
    kind: source.kind,
    state: isDegraded ? "Degraded" : isOut ? "OutOfSync" : "Synced",
    reason:
      error ??
      faultText(files) ??
      (isBehind ? `commit ${remoteRevision?.slice(0, 8)} is being taken` : undefined),
    revision: snapshot.revision,
    remoteRevision,
    lastGoodRevision: one.lastGoodRevision,
    commit: remote?.commit,
    files,
    failures: remote?.failures ?? 0,
    lastSyncMs: remote === undefined ? one.takenAtMs : remote.lastSyncMs,
    lastAttemptMs: remote === undefined ? one.takenAtMs : remote.lastAttemptMs,
    nextPollMs: remote?.nextPollMs,
  };
}

function fileStatus({ path, slos, errors, stale }: LoadedFile): FileStatus {
  return { path, state: stale ? "OutOfSync" : errors.length > 0 ? "Degraded" : "Synced", slos, errors };
}

/** The first error, and how many more there are. */
function faultText(files: readonly FileStatus[]): string | undefined {
  const errors = files.flatMap((file) => file.errors);
  const [first] = errors;
  if (first === undefined)
    return files.some(({ state }) => state !== "Synced") ? "files cannot be read" : undefined;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `${first.file}:${first.line}:${first.column}: ${first.message}${more}`;
}
