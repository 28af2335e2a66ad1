import { loadSpecs, type LoadedSpecs } from "../load-specs.ts";
import { isPlaceOf, sourceError } from "./sync-status.ts";
import type { SourceSnapshot, SourceText, SpecSource } from "./spec-source.ts";

/** Files of a source as they were when they last ran: what a restart falls back to where they have errors now. */
export interface LastGood {
  readonly name: string;
  readonly kind: "folder" | "git";
  /** The newest commit of which everything ran. */
  readonly revision: string | undefined;
  readonly texts: readonly SourceText[];
}

/**
 * The last good files after a change: of each file the version that runs. Where old and new files together would not
 * give the SLOs that run, because one refers to what another no longer has, all stay as they were. What is pushed is
 * not among them: it is stored anyway.
 */
export function nextLastGood(
  previous: readonly LastGood[],
  held: readonly { readonly source: SpecSource; readonly snapshot: SourceSnapshot }[],
  running: LoadedSpecs,
): readonly LastGood[] {
  const stale = new Set(running.files.filter((file) => file.stale).map(({ path }) => path));
  const faulty = new Set(running.files.filter(({ errors }) => errors.length > 0).map(({ path }) => path));
  const next = held.flatMap(({ source, snapshot }) => {
    const before = previous.find(({ name }) => name === source.name);
    if (source.kind === "pushed") return [];
    if (sourceError(source, snapshot) !== undefined) return before ?? [];
    const kept = before?.texts.filter(({ path }) => stale.has(path)) ?? [];
    const texts = [...snapshot.texts.filter(({ path }) => !stale.has(path)), ...kept];
    const isGood = [...stale, ...faulty].every((path) => !isOf(source, snapshot, path));
    const revision = isGood ? snapshot.revision : before?.revision;
    return [{ name: source.name, kind: source.kind, revision, texts }];
  });
  if (stale.size === 0) return next;
  const pushed = held.flatMap(({ source, snapshot }) => (source.kind === "pushed" ? snapshot.texts : []));
  const reloaded = new Set(
    loadSpecs([...next.flatMap(({ texts }) => texts), ...pushed]).slos.map(({ name }) => name),
  );
  return running.slos.every(({ name }) => reloaded.has(name)) ? next : previous;
}

function isOf(source: SpecSource, { texts }: SourceSnapshot, path: string): boolean {
  return isPlaceOf(source, path) || texts.some((text) => text.path === path);
}
