import { createHash } from "node:crypto";
import { DAY_MS } from "../model/time.ts";
import { BUCKET_MS } from "./bucket.ts";
import { sliceMsOf, type BudgetingMethod } from "./budgeting-method.ts";
import { isSelected, occurrencesOf, unionOfOccurrences, type Correction } from "./correction.ts";
import { overlapping, unionOf, widened, type Interval } from "./intervals.ts";
import type { Slo } from "./slo.ts";

/** Time that leaves the counts: the union of some corrections. */
export interface Exclusion {
  /** Names it in keys of counts: the same corrections, the same key; 12 hex digits. */
  readonly key: string;
  /** What is excluded; one at least. */
  readonly corrections: readonly Correction[];
  /** What of [fromMs, toMs) is excluded, as it was written: ends need not lie on buckets. Whole, in order. */
  within(fromMs: number, toMs: number): readonly Interval[];
}

/** Unions are kept for blocks of this length. */
const BLOCK_MS = 32 * DAY_MS;
const MOST_BLOCKS = 64;

/** `corrections`: one at least. */
export function createExclusion(corrections: readonly Correction[]): Exclusion {
  const all = corrections.map(({ schedule }) => occurrencesOf(schedule));
  const blocks = new Map<number, readonly Interval[]>();
  const blockAt = (index: number): readonly Interval[] => {
    const known = blocks.get(index);
    if (known !== undefined) return known;
    if (blocks.size >= MOST_BLOCKS) blocks.clear();
    const found = unionOfOccurrences(all, index * BLOCK_MS, (index + 1) * BLOCK_MS);
    blocks.set(index, found);
    return found;
  };
  return {
    key: exclusionKey(corrections),
    corrections,
    within: (fromMs, toMs) => {
      const found: Interval[] = [];
      const last = Math.ceil(toMs / BLOCK_MS);
      for (let index = Math.floor(fromMs / BLOCK_MS); index < last; index += 1) {
        for (const interval of blockAt(index)) {
          if (interval.startMs < toMs && interval.endMs > fromMs) found.push(interval);
        }
      }
      return unionOf(found);
    },
  };
}

/** Only what changes the time that is excluded: a better reason loads nothing anew. */
function exclusionKey(corrections: readonly Correction[]): string {
  const schedules = corrections.map(({ schedule: { startMs, endMs, rrule, timeZone, ends } }) =>
    JSON.stringify(rrule === undefined ? [startMs, endMs] : [startMs, endMs, rrule, timeZone, ends]),
  );
  const text = [...new Set(schedules)].sort().join("\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/**
 * What leaves the counts of [fromMs, toMs) with this method: whole buckets, and where slices are counted whole slices. Each
 * that excluded time touches leaves, so nothing of it stays.
 */
export function excludedFor(
  exclusion: Exclusion,
  method: BudgetingMethod,
  fromMs: number,
  toMs: number,
): readonly Interval[] {
  const unitMs = sliceMsOf(method) ?? BUCKET_MS;
  const found = exclusion.within(Math.floor(fromMs / unitMs) * unitMs, Math.ceil(toMs / unitMs) * unitMs);
  return overlapping(widened(found, unitMs), fromMs, toMs);
}

/**
 * Until when silence at `atMs` proves nothing: the end of the excluded time that was last. Undefined where there was none
 * in the time before.
 */
export function lastExcludedMs(exclusion: Exclusion, atMs: number, lookBackMs: number): number | undefined {
  return exclusion.within(atMs - lookBackMs, atMs + BUCKET_MS).at(-1)?.endMs;
}

/** The exclusion of each SLO; the same object for as long as the same corrections select it. */
export type ExclusionOf = (slo: Slo) => Exclusion | undefined;

export function createExclusionOf(corrections: readonly Correction[]): ExclusionOf {
  const bySlo = new WeakMap<Slo, { readonly exclusion: Exclusion | undefined }>();
  const byIds = new Map<string, Exclusion>();
  return (slo) => {
    const known = bySlo.get(slo);
    if (known !== undefined) return known.exclusion;
    const selecting = corrections.filter(({ selects }) => isSelected(selects, slo));
    const ids = selecting.map(({ id }) => id).join("\n");
    const exclusion = selecting.length === 0 ? undefined : (byIds.get(ids) ?? createExclusion(selecting));
    if (exclusion !== undefined) byIds.set(ids, exclusion);
    bySlo.set(slo, { exclusion });
    return exclusion;
  };
}
