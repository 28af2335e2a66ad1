import { comparePaths } from "../diagnostic.ts";
import type { SourceSnapshot, SourceText } from "./spec-source.ts";

/** The files of all sources, in the order of paths; one that several sources hold is the first one's. */
export function mergeSnapshots(snapshots: readonly SourceSnapshot[]): SourceSnapshot {
  const texts = new Map<string, SourceText>();
  for (const text of snapshots.flatMap((snapshot) => snapshot.texts)) {
    const key = text.realPath ?? text.path;
    if (!texts.has(key)) texts.set(key, text);
  }
  return {
    texts: [...texts.values()].sort((a, b) => comparePaths(a.path, b.path)),
    problems: snapshots.flatMap(({ problems }) => problems),
  };
}
