import type { SeriesRef } from "../model/sample-batch.ts";
import type { MetricPlan } from "./metric-plan.ts";
import { createSeriesSlots, NO_SAMPLE } from "./series-slots.ts";
import type { SeriesSlots } from "./series-slots.ts";

/** The newest stored sample of each series of a metric, among those after `fromMs`. Series that have none are not there. */
export interface KnownSamples {
  readonly fromMs: number;
  /** By series id. */
  readonly newest: ReadonlyMap<bigint, { readonly timeMs: number; readonly value: number }>;
}

/** Remembers the newest sample of every series whose metric is counted. */
export interface MetricMemory {
  readonly slots: SeriesSlots;
  /** Position of a metric that is counted; -1 for others. */
  metricOf(name: string): number;
  /** Finds or makes the slot of a series. */
  place(ref: SeriesRef, id: bigint, metric: number): number;
  planOf(slot: number): MetricPlan;
  /** Later samples than this are known, or known not to be there. Of a series that is sure. */
  knownFromMs(slot: number): number;
  /** A sample of a series of which it is not known what is stored. */
  sawUnsure(slot: number, timeMs: number, value: number): void;
  /** It is no longer known what is stored of a series. */
  doubt(slot: number): void;
  /** The series is gone; its newest sample is remembered in case that it comes back. */
  release(slot: number): void;
  /** Returns the series that were forgotten: their metric is not counted any more. */
  setPlan(plan: ReadonlyMap<string, MetricPlan>): readonly SeriesRef[];
  unsure(): readonly string[];
  learn(metric: string): (known: KnownSamples | undefined) => void;
  forgetBefore(timeMs: number): void;
}

interface MetricState {
  readonly position: number;
  plan: MetricPlan;
  /** Counts how often it was begun to read what is stored; from 1. */
  generation: number;
  /** Newest samples of series without a slot; undefined until they have been read. */
  known: { fromMs: number; readonly newest: Map<bigint, { timeMs: number; value: number }> } | undefined;
  /** Slots that are not sure, some of them perhaps sure or another series' by now. */
  unsure: number[];
}

export function createMetricMemory(): MetricMemory {
  const slots = createSeriesSlots();
  const states: (MetricState | undefined)[] = [];
  const positions = new Map<string, number>();
  const stateOf = (slot: number): MetricState => states[slots.metric[slot]!]!;

  const makeUnsure = (slot: number) => {
    const state = stateOf(slot);
    slots.unsureSince[slot] = state.generation;
    slots.lastMs[slot] = NO_SAMPLE;
    state.unsure.push(slot);
  };

  return {
    slots,
    metricOf: (name) => positions.get(name) ?? -1,
    place(ref, id, metric) {
      const slot = slots.take(ref, id, metric);
      const state = states[metric]!;
      if (state.known === undefined) makeUnsure(slot);
      else {
        const newest = state.known.newest.get(id);
        state.known.newest.delete(id);
        if (newest !== undefined) setLast(slots, slot, newest);
      }
      return slot;
    },
    planOf: (slot) => stateOf(slot).plan,
    knownFromMs: (slot) => stateOf(slot).known?.fromMs ?? Infinity,
    sawUnsure(slot, timeMs, value) {
      setLast(slots, slot, { timeMs, value });
    },
    doubt(slot) {
      // It may have been given back since.
      if (slots.metric[slot]! >= 0 && states[slots.metric[slot]!] !== undefined) makeUnsure(slot);
    },
    release(slot) {
      const { known } = stateOf(slot);
      const timeMs = slots.lastMs[slot]!;
      if (known !== undefined && timeMs > known.fromMs) {
        known.newest.set(slots.ids[slot]!, { timeMs, value: slots.lastValue[slot]! });
      }
      slots.free(slot);
    },
    setPlan(plan) {
      changeStates(states, positions, plan);
      return forgetUnplanned(slots, states);
    },
    unsure: () =>
      [...positions].flatMap(([name, position]) => {
        const { known, unsure } = states[position]!;
        return known === undefined || unsure.length > 0 ? [name] : [];
      }),
    learn(metric) {
      const state = states[positions.get(metric) ?? -1];
      if (state === undefined) return () => {};
      state.generation += 1;
      const { generation, unsure } = state;
      state.unsure = [];
      return (known) => {
        if (known === undefined) state.unsure.push(...unsure);
        else settle(slots, state, { generation, unsure, known });
      };
    },
    forgetBefore(timeMs) {
      for (const state of states) if (state?.known !== undefined) forgetOld(state.known, timeMs);
    },
  };
}

/** Looking through all of them takes a while when there are many. */
const FORGET_EVERY_MS = 60_000;

function forgetOld(known: NonNullable<MetricState["known"]>, timeMs: number): void {
  if (known.fromMs > timeMs - FORGET_EVERY_MS) return;
  for (const [id, newest] of known.newest) if (newest.timeMs <= timeMs) known.newest.delete(id);
  known.fromMs = timeMs;
}

/** Metrics that stay keep what is known of them. */
function changeStates(
  states: (MetricState | undefined)[],
  positions: Map<string, number>,
  plan: ReadonlyMap<string, MetricPlan>,
): void {
  for (const [name, position] of positions) {
    if (plan.has(name)) continue;
    positions.delete(name);
    states[position] = undefined;
  }
  for (const [name, metricPlan] of plan) {
    const state = states[positions.get(name) ?? -1];
    if (state !== undefined) {
      state.plan = metricPlan;
      continue;
    }
    const position = states.length;
    positions.set(name, position);
    states.push({ position, plan: metricPlan, generation: 1, known: undefined, unsure: [] });
  }
}

/** The later sample stays; of two of one time the larger. */
function setLast(
  slots: SeriesSlots,
  slot: number,
  { timeMs, value }: { readonly timeMs: number; readonly value: number },
): void {
  const lastMs = slots.lastMs[slot]!;
  if (timeMs < lastMs || (timeMs === lastMs && value <= slots.lastValue[slot]!)) return;
  slots.lastMs[slot] = timeMs;
  slots.lastValue[slot] = value;
}

function forgetUnplanned(slots: SeriesSlots, states: readonly (MetricState | undefined)[]): SeriesRef[] {
  const forgotten: SeriesRef[] = [];
  for (let slot = 1; slot < slots.end(); slot += 1) {
    const metric = slots.metric[slot]!;
    if (metric < 0) continue;
    slots.binding[slot] = -1;
    if (states[metric] !== undefined) continue;
    forgotten.push(slots.refs[slot]!);
    slots.free(slot);
  }
  return forgotten;
}

interface Learned {
  readonly generation: number;
  /** Slots that were unsure when reading began. */
  readonly unsure: readonly number[];
  readonly known: KnownSamples;
}

/** What was read makes sure those slots that have not been doubted since. */
function settle(slots: SeriesSlots, state: MetricState, { generation, unsure, known }: Learned): void {
  const newest = new Map(known.newest);
  const before = state.known;
  const fromMs = Math.max(known.fromMs, before?.fromMs ?? known.fromMs);
  for (const slot of unsure) {
    const since = slots.unsureSince[slot]!;
    if (slots.metric[slot] !== state.position || since === 0 || since >= generation) continue;
    slots.unsureSince[slot] = 0;
    const id = slots.ids[slot]!;
    const stored = newest.get(id);
    if (stored !== undefined) setLast(slots, slot, stored);
    // Others may lie between this one and the time from which on all are known.
    if (slots.lastMs[slot]! <= fromMs) slots.lastMs[slot] = NO_SAMPLE;
    newest.delete(id);
  }
  if (before === undefined) {
    state.known = { fromMs, newest };
    return;
  }
  before.fromMs = fromMs;
  // Series that left meanwhile may be known better than they were read.
  for (const [id, sample] of newest) {
    const other = before.newest.get(id);
    if (other === undefined || other.timeMs < sample.timeMs) before.newest.set(id, sample);
  }
}
