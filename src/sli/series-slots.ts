import type { SeriesRef } from "../model/sample-batch.ts";

/** Nothing is stored after the time from which on a metric is known. */
export const NO_SAMPLE = Number.NEGATIVE_INFINITY;

/** What is remembered of the series whose metric is counted, in columns; slot 0 is nobody's. */
export interface SeriesSlots {
  /** Time of the newest sample, epoch milliseconds; NO_SAMPLE when there is none. */
  lastMs: Float64Array<ArrayBuffer>;
  /** Its value. */
  lastValue: Float64Array<ArrayBuffer>;
  ids: BigUint64Array<ArrayBuffer>;
  refs: Uint32Array<ArrayBuffer>;
  /** Position of the metric's state. */
  metric: Int32Array<ArrayBuffer>;
  /** Position of what one of its increases counts for; -1 while that is to be found out. */
  binding: Int32Array<ArrayBuffer>;
  /** 0: `last` is certain · otherwise the generation of the metric's state since which it is not. */
  unsureSince: Int32Array<ArrayBuffer>;
  /** The last group in which it had a sample. */
  group: Int32Array<ArrayBuffer>;
  /** A new slot. */
  take(ref: SeriesRef, id: bigint, metric: number): number;
  free(slot: number): void;
  /** Above every slot in use. */
  end(): number;
}

const FIRST_SLOTS = 1_024;

export function createSeriesSlots(): SeriesSlots {
  const free: number[] = [];
  let end = 1;
  const grow = (slots: SeriesSlots) => {
    const length = slots.refs.length * 2;
    slots.lastMs = copyInto(new Float64Array(length), slots.lastMs);
    slots.lastValue = copyInto(new Float64Array(length), slots.lastValue);
    slots.ids = copyInto(new BigUint64Array(length), slots.ids);
    slots.refs = copyInto(new Uint32Array(length), slots.refs);
    slots.metric = copyInto(new Int32Array(length), slots.metric);
    slots.binding = copyInto(new Int32Array(length), slots.binding);
    slots.unsureSince = copyInto(new Int32Array(length), slots.unsureSince);
    slots.group = copyInto(new Int32Array(length), slots.group);
  };
  return {
    lastMs: new Float64Array(FIRST_SLOTS),
    lastValue: new Float64Array(FIRST_SLOTS),
    ids: new BigUint64Array(FIRST_SLOTS),
    refs: new Uint32Array(FIRST_SLOTS),
    metric: new Int32Array(FIRST_SLOTS),
    binding: new Int32Array(FIRST_SLOTS),
    unsureSince: new Int32Array(FIRST_SLOTS),
    group: new Int32Array(FIRST_SLOTS),
    take(ref, id, metric) {
      const slot = free.pop() ?? end++;
      if (slot >= this.refs.length) grow(this);
      this.lastMs[slot] = NO_SAMPLE;
      this.lastValue[slot] = 0;
      this.ids[slot] = id;
      this.refs[slot] = ref;
      this.metric[slot] = metric;
      this.binding[slot] = -1;
      this.unsureSince[slot] = 0;
      this.group[slot] = 0;
      return slot;
    },
    free(slot) {
      this.metric[slot] = -1;
      free.push(slot);
    },
    end: () => end,
  };
}

function copyInto<T extends { set(from: T): void }>(target: T, source: T): T {
  target.set(source);
  return target;
}
