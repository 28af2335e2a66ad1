import { timestampMs } from "../model/time.ts";
import { createCountTimeline } from "../replay/count-timeline.ts";
import { judgedCounts } from "../replay/judged-counts.ts";
import { BUCKET_MS, type SliCounts } from "../slo/bucket.ts";
import { sliceCounts, sliceMsOf, type BudgetingMethod } from "../slo/budgeting-method.ts";
import { countParts, partKey, type CountPart } from "../slo/count-parts.ts";
import { excludedFor, type Exclusion } from "../slo/exclusion.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Interval } from "../slo/intervals.ts";
import { judgeSlo } from "../slo/judge-slo.ts";
import type { Slo } from "../slo/slo.ts";
import { windowAt } from "../slo/slo-window.ts";
import type { SloVerdict } from "../slo/verdict.ts";

/** Counts of an indicator by steps, from what is stored. */
export interface StoredCounts {
  readonly good: Float64Array;
  readonly total: Float64Array;
  /** Nothing is known from before; undefined: nothing is known. */
  readonly knownFromMs: number | undefined;
  /** Why: more was not asked for, is not stored, or there was no time to count it. */
  readonly limit: "asked" | "stored" | "time";
  readonly gaps: readonly { readonly fromMs: number; readonly toMs: number; readonly reason: string }[];
}

/** Counts any indicator over [startMs, endMs), whether it runs or not. All are multiples of 10 s. */
export type ReadStoredCounts = (
  indicator: Indicator,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
) => Promise<StoredCounts>;

/** Counts of one part of an SLO up to `endMs`. */
interface PartHistory {
  /** Events by buckets of 10 s, as far back as alerts look. */
  readonly events: { readonly startMs: number; readonly good: Float64Array; readonly total: Float64Array };
  /** What is judged, of a window that ends at `endMs`. */
  sum(windowMs: number): SliCounts;
  readonly knownFromMs: number | undefined;
}

/** What is known of an SLO's past. */
export interface SloHistory {
  readonly slo: Slo;
  readonly endMs: number;
  readonly parts: ReadonlyMap<string, PartHistory>;
  /** Of all parts. */
  readonly knownFromMs: number | undefined;
  readonly ranOutOfTime: boolean;
  readonly gaps: StoredCounts["gaps"];
  /** What corrections leave out of the counts. */
  readonly exclusion: Exclusion | undefined;
}

/** How far back the alerts of an SLO look at any time. */
export function longestLookBackMs(slo: Slo): number {
  const tiers = slo.alerts.flatMap(({ tiers }) => tiers.map(({ longWindowMs }) => longWindowMs));
  const slices = countParts(slo).map(({ method }) => sliceMsOf(method) ?? 0);
  return Math.max(3_600_000, ...tiers, ...slices);
}

/**
 * Reads what an SLO is judged by now, and what its alerts would have been judged by since `fromMs`: single buckets as far back
 * as alerts look, the rest of its window in one sum. `endMs` ends a bucket.
 */
export async function readSloHistory(
  slo: Slo,
  read: ReadStoredCounts,
  range: { readonly fromMs: number; readonly endMs: number },
  exclusion?: Exclusion,
): Promise<SloHistory> {
  const window = windowAt(slo.window, range.endMs - BUCKET_MS);
  const parts = new Map<string, PartHistory>();
  let knownFromMs: number | undefined = Number.NEGATIVE_INFINITY;
  let ranOutOfTime = false;
  const gaps: StoredCounts["gaps"][number][] = [];
  for (const part of countParts(slo)) {
    const sliceMs = sliceMsOf(part.method) ?? BUCKET_MS;
    const fineMs = Math.floor(range.fromMs / sliceMs) * sliceMs;
    const oldMs = Math.floor(window.startMs / sliceMs) * sliceMs;
    const out = (fromMs: number, toMs: number): readonly Interval[] =>
      exclusion === undefined ? [] : excludedFor(exclusion, part.method, fromMs, toMs);
    const fineRange = { startMs: fineMs, endMs: range.endMs, stepMs: BUCKET_MS };
    const fine = without(await read(part.indicator, fineRange), fineRange, out(fineMs, range.endMs));
    const reachesBack = fine.limit === "asked" && oldMs < fineMs;
    // One sum will do, unless something is to be taken out of it.
    const wholeMs = out(oldMs, fineMs).length > 0 ? BUCKET_MS : fineMs - oldMs;
    const stepMs = part.method.kind === "occurrences" ? wholeMs : sliceMs;
    const oldRange = { startMs: oldMs, endMs: fineMs, stepMs };
    const old = reachesBack
      ? without(await read(part.indicator, oldRange), oldRange, out(oldMs, fineMs))
      : undefined;
    const known = old === undefined ? fine.knownFromMs : (old.knownFromMs ?? fine.knownFromMs);
    parts.set(partKey(part), partHistory(part, { fine, fineMs, old, endMs: range.endMs }, known));
    ranOutOfTime ||= fine.limit === "time" || old?.limit === "time";
    gaps.push(...fine.gaps, ...(old?.gaps ?? []));
    knownFromMs = known === undefined || knownFromMs === undefined ? undefined : Math.max(known, knownFromMs);
  }
  return { slo, endMs: range.endMs, parts, knownFromMs, ranOutOfTime, gaps, exclusion };
}

/** The counts without those of steps in excluded time, whose ends lie on steps. */
function without(
  counts: StoredCounts,
  { startMs, stepMs }: { readonly startMs: number; readonly stepMs: number },
  excluded: readonly Interval[],
): StoredCounts {
  if (excluded.length === 0) return counts;
  const good = counts.good.slice();
  const total = counts.total.slice();
  for (const interval of excluded) {
    const from = Math.max(0, Math.floor((interval.startMs - startMs) / stepMs));
    const to = Math.max(from, Math.ceil((interval.endMs - startMs) / stepMs));
    good.fill(0, from, to);
    total.fill(0, from, to);
  }
  return { ...counts, good, total };
}

function partHistory(
  { method }: CountPart,
  counts: {
    readonly fine: StoredCounts;
    readonly fineMs: number;
    readonly old: StoredCounts | undefined;
    readonly endMs: number;
  },
  knownFromMs: number | undefined,
): PartHistory {
  const { fine, fineMs, old, endMs } = counts;
  const { good, total } = fine;
  const judged = judgedCounts(method, createCountTimeline(fineMs, good, total));
  const older = old === undefined ? NOTHING : sumOf(method, old);
  return {
    events: { startMs: fineMs, good, total },
    knownFromMs,
    sum: (windowMs) => {
      const recent = judged.sum(endMs - windowMs, endMs);
      // Only the SLO's own window begins before the single buckets do.
      if (endMs - windowMs >= fineMs) return recent;
      return { good: recent.good + older.good, total: recent.total + older.total };
    },
  };
}

const NOTHING: SliCounts = { good: 0, total: 0 };

/** Steps are slices where slices are counted. */
function sumOf(method: BudgetingMethod, { good, total }: StoredCounts): SliCounts {
  const sum = { good: 0, total: 0 };
  for (const [i, all] of total.entries()) {
    const step = { good: good[i]!, total: all };
    const counted = method.kind === "occurrences" ? step : sliceCounts(method, step);
    sum.good += counted.good;
    sum.total += counted.total;
  }
  return sum;
}

/** What the evaluator would say at the end of the history. */
export function judgeHistory({ slo, parts, endMs, knownFromMs, exclusion }: SloHistory): SloVerdict {
  return judgeSlo(
    slo,
    (part, windowMs) => parts.get(partKey(part))!.sum(windowMs),
    timestampMs(endMs - BUCKET_MS),
    () => knownFromMs,
    exclusion,
  );
}
