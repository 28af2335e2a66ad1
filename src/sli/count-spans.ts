import type { Resource, SpanBatch } from "../model/span-batch.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { pinnedServices } from "../traceql/pinned-services.ts";
import type { KeyLookup } from "../traceql/attribute-test.ts";
import type { CompiledFilter, Decision, RowTest } from "../traceql/row-test.ts";
import { createFilterCompiler } from "../traceql/span-predicate.ts";
import { arrangeTotals } from "./arrange-totals.ts";
import { createGroupFamily } from "./group-family.ts";
import type { GroupFamily as FamilyOf, GroupOf } from "./group-family.ts";
import { touchedChunks } from "./touched-chunks.ts";
import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

export interface SpanCounts {
  readonly deltas: readonly CountDelta[];
  readonly touched: readonly IndicatorChunk[];
}

/** Counts the spans of a group for every indicator it was made for. */
export type SpanCounter = (batches: readonly SpanBatch[]) => SpanCounts;

/** Indicators that count the same events, and groups of those events by the values of fields. */
interface TotalGroup {
  readonly total: CompiledFilter;
  readonly selects: readonly SelectOf<CompiledFilter>[];
  readonly families: readonly GroupFamily[];
}

/** What tells good events from bad ones, and who counts them so. */
interface SelectOf<T> {
  readonly isBad: boolean;
  readonly select: T;
  /** Of the indicator that counts all of these events, if there is one; groups have tallies of their own. */
  readonly tally: Tally | undefined;
}

interface Counts {
  good: number;
  total: number;
}

interface Tally {
  readonly indicator: string;
  readonly buckets: Map<number, Counts>;
  /** The bucket of the last span: spans come roughly in order. */
  lastBucketMs: number;
  last: Counts;
}

/** By the position of their select; undefined where a group does not count it. */
type GroupTallies = readonly (Tally | undefined)[];
type GroupFamily = FamilyOf<GroupTallies>;

/** What is left to ask about the spans of one resource. */
interface Plan {
  readonly total: true | RowTest;
  readonly selects: readonly SelectOf<Decision>[];
  readonly groups: readonly GroupOf<GroupTallies>[];
}

/**
 * Compiles the indicators into one counter. A filter that names its services is looked at only for their spans, a
 * condition on the resource once per resource, a total that several indicators share once per span. Indicators that
 * differ in the value of a field alone are found by that value, however many there are.
 */
export function createSpanCounter(indicators: readonly ParsedIndicator[]): SpanCounter {
  const tallies = indicators.map(({ id }): Tally => ({
    indicator: id,
    buckets: new Map(),
    lastBucketMs: Number.NaN,
    last: { good: 0, total: 0 },
  }));
  const groupsOf = arrangeByService(indicators, tallies);
  return (batches) => {
    try {
      for (const batch of batches) countBatch(batch, groupsOf);
      const deltas = tallies.flatMap(({ indicator, buckets }) =>
        [...buckets].map(([bucketMs, { good, total }]) => ({ indicator, bucketMs, good, total })),
      );
      return { deltas, touched: touchedChunks(deltas) };
    } finally {
      for (const tally of tallies) {
        if (tally.buckets.size > 0) tally.buckets.clear();
        tally.lastBucketMs = Number.NaN;
      }
    }
  };
}

function arrangeByService(
  indicators: readonly ParsedIndicator[],
  tallies: readonly Tally[],
): (service: string) => readonly TotalGroup[] {
  const compile = createFilterCompiler();
  const lookups = new Map<string, KeyLookup>();
  const unpinned: TotalGroup[] = [];
  const pinned = new Map<string, TotalGroup[]>();
  for (const { total, selects, families } of arrangeTotals(indicators)) {
    const group: TotalGroup = {
      total: compile(total),
      selects: selects.map(({ isBad, select, position }) => ({
        isBad,
        select: compile(select),
        tally: position === undefined ? undefined : tallies[position],
      })),
      families: families.map(({ fields, members }) =>
        createGroupFamily(fields, members, (position) => tallies[position]!, lookups),
      ),
    };
    const services = pinnedServices(total);
    if (services === undefined) unpinned.push(group);
    for (const service of services ?? []) {
      const groups = pinned.get(service);
      if (groups === undefined) pinned.set(service, [group]);
      else groups.push(group);
    }
  }
  const everywhere = new Map([...pinned].map(([service, groups]) => [service, [...groups, ...unpinned]]));
  return (service) => everywhere.get(service) ?? unpinned;
}

function countBatch(batch: SpanBatch, groupsOf: (service: string) => readonly TotalGroup[]): void {
  const plans = batch.resources.map((resource) => planFor(resource, groupsOf(resource.serviceName)));
  if (plans.every((plan) => plan.length === 0)) return;
  for (let row = 0; row < batch.count; row += 1) {
    const bucketMs = Math.floor(batch.endMs[row]! / BUCKET_MS) * BUCKET_MS;
    for (const plan of plans[batch.resource[row]!]!) {
      if (plan.total === true || plan.total(batch, row)) countSpan(plan, batch, row, bucketMs);
    }
  }
}

function countSpan({ selects, groups }: Plan, batch: SpanBatch, row: number, bucketMs: number): void {
  // Mostly one way to group, if any: its look-up serves all selects.
  const first = groups[0]?.(batch, row);
  for (let i = 0; i < selects.length; i += 1) {
    const { isBad, select, tally } = selects[i]!;
    const isSelected = typeof select === "boolean" ? select : select(batch, row);
    const isGood = isSelected !== isBad;
    if (tally !== undefined) add(tally, bucketMs, isGood);
    const ofGroup = first?.[i];
    if (ofGroup !== undefined) add(ofGroup, bucketMs, isGood);
    for (let g = 1; g < groups.length; g += 1) {
      const other = groups[g]!(batch, row)?.[i];
      if (other !== undefined) add(other, bucketMs, isGood);
    }
  }
}

function add(tally: Tally, bucketMs: number, isGood: boolean): void {
  const counts = tally.lastBucketMs === bucketMs ? tally.last : moveTo(tally, bucketMs);
  counts.total += 1;
  if (isGood) counts.good += 1;
}

function planFor(resource: Resource, groups: readonly TotalGroup[]): readonly Plan[] {
  const plans: Plan[] = [];
  for (const group of groups) {
    const total = group.total.forResource(resource);
    if (total === false) continue;
    const families = group.families.flatMap((family) => family(resource) ?? []);
    if (families.length === 0 && group.selects.every(({ tally }) => tally === undefined)) continue;
    const selects = group.selects.map((one) => ({ ...one, select: one.select.forResource(resource) }));
    plans.push({ total, selects, groups: families });
  }
  return plans;
}

function moveTo(tally: Tally, bucketMs: number): Counts {
  let counts = tally.buckets.get(bucketMs);
  if (counts === undefined) tally.buckets.set(bucketMs, (counts = { good: 0, total: 0 }));
  tally.lastBucketMs = bucketMs;
  tally.last = counts;
  return counts;
}
