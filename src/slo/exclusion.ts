import { createHash } from "node:crypto";
import { DAY_MS } from "../model/time.ts";
import { BUCKET_MS } from "./bucket.ts";
import { sliceMsOf, type BudgetingMethod } from "./budgeting-method.ts";
import { isSelected, occurrencesOf, type Correction, type Occurrences } from "./correction.ts";
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
  /** The times of each correction in [fromMs, toMs), as they were written, in order; those that have none are left out. */
  timesWithin(fromMs: number, toMs: number): readonly CorrectionTimes[];
}

export interface CorrectionTimes {
  readonly correction: Correction;
  /** One at least. */
  readonly intervals: readonly Interval[];
}

/** Rules are expanded in blocks of this length, which are kept: an evaluation asks for the same again and again. */
const BLOCK_MS = 32 * DAY_MS;
const MOST_BLOCKS = 64;

/** `corrections`: one at least. */
export function createExclusion(corrections: readonly Correction[]): Exclusion {
  const all = corrections.map((correction) => ({
    correction,
    times: keepBlocks(occurrencesOf(correction.schedule)),
  }));
  return {
    key: exclusionKey(corrections),
    corrections,
    within: (fromMs, toMs) => unionOf(all.flatMap(({ times }) => times(fromMs, toMs))),
    timesWithin: (fromMs, toMs) =>
      all.flatMap(({ correction, times }) => {
        const intervals = times(fromMs, toMs);
        return intervals.length === 0 ? [] : [{ correction, intervals }];
      }),
  };
}

function keepBlocks(occurrences: Occurrences): Occurrences {
  const blocks = new Map<number, readonly Interval[]>();
  const blockAt = (index: number): readonly Interval[] => {
    const known = blocks.get(index);
    if (known !== undefined) return known;
    if (blocks.size >= MOST_BLOCKS) blocks.clear();
    const found = occurrences(index * BLOCK_MS, (index + 1) * BLOCK_MS);
    blocks.set(index, found);
    return found;
  };
  return (fromMs, toMs) => {
    const found: Interval[] = [];
    const first = Math.floor(fromMs / BLOCK_MS);
    for (let index = first; index * BLOCK_MS < toMs; index += 1) {
      for (const interval of blockAt(index)) {
        if (interval.startMs >= toMs || interval.endMs <= fromMs) continue;
        // What reaches into two blocks is in both.
        if (index === first || interval.startMs >= index * BLOCK_MS) found.push(interval);
      }
    }
    return found;
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
