import type { Resource, SpanBatch } from "../model/span-batch.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { pinnedServices } from "../traceql/pinned-services.ts";
import type { CompiledFilter, Decision, RowTest } from "../traceql/row-test.ts";
import { createFilterCompiler } from "../traceql/span-predicate.ts";
import { touchedChunks } from "./touched-chunks.ts";
import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

export interface SpanCounts {
  readonly deltas: readonly CountDelta[];
  readonly touched: readonly IndicatorChunk[];
}

/** Counts the spans of a group for every indicator it was made for. */
export type SpanCounter = (batches: readonly SpanBatch[]) => SpanCounts;

/** Indicators that count the same events and differ in which are good. */
interface TotalGroup {
  readonly total: CompiledFilter;
  readonly members: readonly {
    readonly tally: Tally;
    readonly isBad: boolean;
    readonly select: CompiledFilter;
  }[];
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

/** What is left to ask about the spans of one resource. */
interface Plan {
  readonly total: true | RowTest;
  readonly members: readonly { readonly tally: Tally; readonly isBad: boolean; readonly select: Decision }[];
}

/**
 * Compiles the indicators into one counter. A filter that names its services is looked at only for their spans, a
 * condition on the resource once per resource, a total that several indicators share once per span.
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
  const byTotal = groupByTotal(indicators);
  const unpinned: TotalGroup[] = [];
  const pinned = new Map<string, TotalGroup[]>();
  for (const positions of byTotal.values()) {
    const total = indicators[positions[0]!]!.total;
    const members = positions.map((i) => ({
      tally: tallies[i]!,
      isBad: indicators[i]!.outcome === "bad",
      select: compile(indicators[i]!.select),
    }));
    const group: TotalGroup = { total: compile(total), members };
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
    for (const { total, members } of plans[batch.resource[row]!]!) {
      if (total !== true && !total(batch, row)) continue;
      for (const { tally, isBad, select } of members) {
        const isSelected = typeof select === "boolean" ? select : select(batch, row);
        const counts = tally.lastBucketMs === bucketMs ? tally.last : moveTo(tally, bucketMs);
        counts.total += 1;
        if (isSelected !== isBad) counts.good += 1;
      }
    }
  }
}

function planFor(resource: Resource, groups: readonly TotalGroup[]): readonly Plan[] {
  const plans: Plan[] = [];
  for (const group of groups) {
    const total = group.total.forResource(resource);
    if (total === false) continue;
    const members = group.members.map(({ tally, isBad, select }) => ({
      tally,
      isBad,
      select: select.forResource(resource),
    }));
    plans.push({ total, members });
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

/** Positions of the indicators that share a total. */
function groupByTotal(indicators: readonly ParsedIndicator[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [i, { totalText }] of indicators.entries()) {
    const group = groups.get(totalText);
    if (group === undefined) groups.set(totalText, [i]);
    else group.push(i);
  }
  return groups;
}
