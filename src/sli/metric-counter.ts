import { labelValue, METRIC_NAME } from "../model/labels.ts";
import type { SampleBatch, SeriesRef, SeriesView } from "../model/sample-batch.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import { chunkStartMs } from "../slo/history.ts";
import type { SpanCounts } from "./count-spans.ts";
import { createSampleCount } from "./sample-count.ts";
import type { CountAgain } from "./sample-count.ts";
import { createIncreaseTally } from "./increase-tally.ts";
import type { MetricPlan } from "./metric-plan.ts";
import { createMetricMemory } from "./metric-memory.ts";
import type { KnownSamples, MetricMemory } from "./metric-memory.ts";
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

/** Series without a place of their own yet, and those of metrics that nobody counts. */
const UNKNOWN = 0;
const NOT_COUNTED = -1;

export function createMetricCounter(recount: CountAgain): MetricCounter {
  const memory = createMetricMemory();
  const { slots } = memory;
  const tally = createIncreaseTally();
  const late = createLateChunks();
  const countAgain = late.beside(recount);
  const countSample = createSampleCount(memory, tally, countAgain);
  const places = createPlaces(memory);
  let group = 0;
  let touched: number[] = [];
  let lastDeltas: readonly CountDelta[] = [];

  const bind = (table: SeriesView, ref: SeriesRef, slot: number): number => {
    const binding = tally.bindingOf(memory.planOf(slot), table.labels(ref));
    slots.binding[slot] = binding;
    return binding;
  };

  const countBatch = ({ table, floats }: SampleBatch) => {
    const { series, timesMs, values } = floats;
    for (let i = 0; i < floats.count; i += 1) {
      const ref = series[i]!;
      let slot = places.slotOf[ref] ?? UNKNOWN;
      if (slot === UNKNOWN) slot = places.find(table, ref);
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
      countSample(slot, binding, timeMs, value);
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
      late.take();
      try {
        for (const batch of batches) countBatch(batch);
        lastDeltas = tally.take();
        return { deltas: lastDeltas, touched: touchedChunks([...lastDeltas, ...late.take()]) };
      } catch (error) {
        tally.take();
        groupFailed();
        throw error;
      }
    },
    groupFailed,
    forget: (ref) => places.forget(ref),
    setPlan(plan) {
      tally.forgetBindings();
      places.reconsider(memory.setPlan(plan));
    },
    unsure: () => memory.unsure(),
    learn: (metric) => memory.learn(metric),
    forgetBefore: (timeMs) => memory.forgetBefore(bucketStartMs(timeMs)),
  };
}

interface LateChunks {
  /** Remembers where each stretch begins that `recount` is told of. */
  beside(recount: CountAgain): CountAgain;
  /** Those since the last call. */
  take(): readonly { readonly indicator: string; readonly bucketMs: number }[];
}

/** What is to be counted again. It goes into the record of the group, so that it is known after a crash too. */
function createLateChunks(): LateChunks {
  const chunks = new Map<string, Set<number>>();
  let last: Iterable<string> | undefined;
  let lastMs = 0;
  const add = (indicators: Iterable<string>, timeMs: number) => {
    const chunkMs = chunkStartMs(timeMs);
    // Mostly where the one before was.
    if (last === indicators && lastMs === chunkMs) return;
    last = indicators;
    lastMs = chunkMs;
    for (const indicator of indicators) {
      const known = chunks.get(indicator);
      if (known === undefined) chunks.set(indicator, new Set([chunkMs]));
      else known.add(chunkMs);
    }
  };
  return {
    beside: (recount) => (indicators, fromMs, toMs) => {
      recount(indicators, fromMs, toMs);
      add(indicators, fromMs);
    },
    take() {
      last = undefined;
      const taken = [...chunks].flatMap(([indicator, starts]) =>
        [...starts].map((bucketMs) => ({ indicator, bucketMs })),
      );
      chunks.clear();
      return taken;
    },
  };
}

interface Places {
  /** By series: its slot, UNKNOWN or NOT_COUNTED. */
  slotOf: Int32Array<ArrayBuffer>;
  /** The slot of a series that is seen for the first time. */
  find(table: SeriesView, ref: SeriesRef): number;
  forget(ref: SeriesRef): void;
  /** Other metrics are counted now; `left` are the series of those that are not any more. */
  reconsider(left: readonly SeriesRef[]): void;
}

function createPlaces(memory: MetricMemory): Places {
  const places: Places = {
    slotOf: new Int32Array(1_024),
    find(table, ref) {
      places.slotOf = withRoomFor(places.slotOf, ref);
      const metric = memory.metricOf(labelValue(table.labels(ref), METRIC_NAME));
      const slot = metric < 0 ? NOT_COUNTED : memory.place(ref, table.id(ref), metric);
      places.slotOf[ref] = slot;
      return slot;
    },
    forget(ref) {
      const slot = places.slotOf[ref] ?? UNKNOWN;
      if (slot > 0) memory.release(slot);
      if (slot !== UNKNOWN) places.slotOf[ref] = UNKNOWN;
    },
    reconsider(left) {
      const { slotOf } = places;
      for (const ref of left) slotOf[ref] = UNKNOWN;
      for (let ref = 0; ref < slotOf.length; ref += 1) if (slotOf[ref] === NOT_COUNTED) slotOf[ref] = UNKNOWN;
    },
  };
  return places;
}

function withRoomFor(slotOf: Int32Array<ArrayBuffer>, ref: SeriesRef): Int32Array<ArrayBuffer> {
  if (ref < slotOf.length) return slotOf;
  const larger = new Int32Array(Math.max(ref + 1, slotOf.length * 2));
  larger.set(slotOf);
  return larger;
}
