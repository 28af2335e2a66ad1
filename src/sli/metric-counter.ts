import { labelValue, METRIC_NAME } from "../model/labels.ts";
import type { SampleBatch, SeriesRef, SeriesView } from "../model/sample-batch.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { SpanCounts } from "./count-spans.ts";
import { LONGEST_GAP_MS } from "./counter-increase.ts";
import { createIncreaseTally } from "./increase-tally.ts";
import type { MetricPlan } from "./metric-plan.ts";
import { createMetricMemory } from "./metric-memory.ts";
import type { KnownSamples } from "./metric-memory.ts";
import { NO_SAMPLE } from "./series-slots.ts";
import { touchedChunks } from "./touched-chunks.ts";

/** Counts the increases of counters as their samples arrive. */
export interface MetricCounter {
  /** What a group adds. What it cannot add is to be counted again from the stored samples. */
  count(batches: readonly SampleBatch[]): SpanCounts;
  /** The group counted last may be stored, in parts, or not: nothing is sure about its series. Harmless when repeated. */
  groupFailed(): void;
  /** The number of a series is about to mean another one. */
  forget(ref: SeriesRef): void;
  /** Counts by this plan from the next group on. What is known of metrics that stay is kept. */
  setPlan(plan: ReadonlyMap<string, MetricPlan>): void;
  /** Metrics of which it is not known what is stored of some series. */
  unsure(): readonly string[];
  /**
   * To be called before the newest samples of a metric are read; the function takes what was read, or nothing when that
   * failed. Samples of groups that are being stored meanwhile may be missing: they are remembered here.
   */
  learn(metric: string): (known: KnownSamples | undefined) => void;
  /** Forgets samples of series that are gone, up to a time. Every minute or so. */
  forgetBefore(timeMs: number): void;
}

/** Is told of buckets that are to be counted again, for these indicators: the times [fromMs, toMs]. */
export type CountAgain = (indicators: Iterable<string>, fromMs: number, toMs: number) => void;

/** Series without a place of their own yet, and those of metrics that nobody counts. */
const UNKNOWN = 0;
const NOT_COUNTED = -1;

export function createMetricCounter(countAgain: CountAgain): MetricCounter {
  const memory = createMetricMemory();
  const { slots } = memory;
  const tally = createIncreaseTally();
  let slotOf = new Int32Array(1_024);
  let group = 0;
  let touched: number[] = [];
  let lastDeltas: readonly CountDelta[] = [];

  const place = (table: SeriesView, ref: SeriesRef): number => {
    if (ref >= slotOf.length) {
      const larger = new Int32Array(Math.max(ref + 1, slotOf.length * 2));
      larger.set(slotOf);
      slotOf = larger;
    }
    const metric = memory.metricOf(labelValue(table.labels(ref), METRIC_NAME));
    const slot = metric < 0 ? NOT_COUNTED : memory.place(ref, table.id(ref), metric);
    slotOf[ref] = slot;
    return slot;
  };

  const bind = (table: SeriesView, ref: SeriesRef, slot: number): number => {
    const binding = tally.bindingOf(memory.planOf(slot), table.labels(ref));
    slots.binding[slot] = binding;
    return binding;
  };

  const again = (binding: number, fromMs: number, toMs: number) => {
    const indicators = tally.indicatorsOf(binding);
    if (indicators.length > 0) countAgain(indicators, fromMs, toMs);
  };

  /** The series is known up to its newest sample. */
  const countSure = (slot: number, binding: number, timeMs: number, value: number) => {
    const lastMs = slots.lastMs[slot]!;
    if (timeMs < lastMs) return again(binding, timeMs, Math.min(timeMs + LONGEST_GAP_MS, lastMs));
    const lastValue = slots.lastValue[slot]!;
    if (timeMs === lastMs) {
      if (value <= lastValue) return;
      again(binding, timeMs, timeMs);
    } else if (lastMs === NO_SAMPLE) {
      const knownFromMs = memory.knownFromMs(slot);
      if (timeMs <= knownFromMs) return again(binding, timeMs, timeMs + LONGEST_GAP_MS);
      // One from before what is known may precede it.
      if (timeMs <= knownFromMs + LONGEST_GAP_MS) again(binding, timeMs, timeMs);
    } else if (timeMs - lastMs <= LONGEST_GAP_MS) {
      tally.add(binding, timeMs, value >= lastValue ? value - lastValue : value);
    }
    slots.lastMs[slot] = timeMs;
    slots.lastValue[slot] = value;
  };

  const countBatch = ({ table, floats }: SampleBatch) => {
    const { series, timesMs, values } = floats;
    for (let i = 0; i < floats.count; i += 1) {
      const ref = series[i]!;
      let slot = slotOf[ref] ?? UNKNOWN;
      if (slot === UNKNOWN) slot = place(table, ref);
      if (slot === NOT_COUNTED) continue;
      const value = values[i]!;
      // NaN, a staleness marker among them, and infinities.
      if (value - value !== 0) continue;
      if (slots.group[slot] !== group) {
        slots.group[slot] = group;
        touched.push(slot);
      }
      const timeMs = timesMs[i]!;
      let binding = slots.binding[slot]!;
      if (binding < 0) binding = bind(table, ref, slot);
      if (slots.unsureSince[slot] === 0) {
        countSure(slot, binding, timeMs, value);
        continue;
      }
      again(binding, timeMs, timeMs + LONGEST_GAP_MS);
      memory.sawUnsure(slot, timeMs, value);
    }
  };

  const groupFailed = () => {
    for (const slot of touched) memory.doubt(slot);
    touched = [];
    for (const { indicator, bucketMs } of lastDeltas) countAgain([indicator], bucketMs, bucketMs);
    lastDeltas = [];
  };

  return {
    count(batches) {
      group = group === 0x7fff_ffff ? 1 : group + 1;
      touched = [];
      lastDeltas = [];
      try {
        for (const batch of batches) countBatch(batch);
        lastDeltas = tally.take();
        return { deltas: lastDeltas, touched: touchedChunks(lastDeltas) };
      } catch (error) {
        tally.take();
        groupFailed();
        throw error;
      }
    },
    groupFailed,
    forget(ref) {
      const slot = slotOf[ref] ?? UNKNOWN;
      if (slot > 0) memory.release(slot);
      if (slot !== UNKNOWN) slotOf[ref] = UNKNOWN;
    },
    setPlan(plan) {
      tally.setIndicators([...plan.values()]);
      for (const ref of memory.setPlan(plan)) slotOf[ref] = UNKNOWN;
      for (let ref = 0; ref < slotOf.length; ref += 1) if (slotOf[ref] === NOT_COUNTED) slotOf[ref] = UNKNOWN;
    },
    unsure: () => memory.unsure(),
    learn: (metric) => memory.learn(metric),
    forgetBefore: (timeMs) => memory.forgetBefore(bucketStartMs(timeMs)),
  };
}
