import type { Episode } from "../alert/episode.ts";
import type { SloSet } from "./evaluate-all.ts";

/**
 * Remembers since when the SLOs of open episodes are missing, and names those that have been for `graceMs`: a folder that
 * is checked out anew, or mounted late, must not close episodes that open again right after. While the specs are not
 * complete nothing counts as missing.
 */
export function createDeletions(
  graceMs: number,
): (set: SloSet, open: Iterable<Episode>, atMs: number) => ReadonlySet<string> {
  let missingSince: ReadonlyMap<string, number> = new Map();
  return (set, open, atMs) => {
    const known = new Set(set.slos.map(({ name }) => name));
    const next = new Map<string, number>();
    for (const { sloName } of set.complete ? open : []) {
      // Where the clock steps back, the wait begins again.
      if (!known.has(sloName)) next.set(sloName, Math.min(missingSince.get(sloName) ?? atMs, atMs));
    }
    missingSince = next;
    return new Set([...next].flatMap(([name, sinceMs]) => (atMs - sinceMs >= graceMs ? [name] : [])));
  };
}
