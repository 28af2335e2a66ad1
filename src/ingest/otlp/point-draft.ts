import type { Attributes } from "../../model/attributes.ts";

/** The kinds of data of a Metric, by their field numbers; 0 for a metric without data. */
export const MetricKind = { none: 0, gauge: 5, sum: 7, histogram: 9, exponential: 10, summary: 11 } as const;
export type MetricKind = (typeof MetricKind)[keyof typeof MetricKind];

export const Temporality = { unspecified: 0, delta: 1, cumulative: 2 } as const;

/** The bit of a data point's flags that says: no value was recorded, the series has ended. */
export const NO_RECORDED_VALUE = 1;

/** A Metric without its data points. */
export interface MetricHead {
  name: string;
  description: string;
  unit: string;
  kind: MetricKind;
  /** As sent. */
  temporality: number;
  isMonotonic: boolean;
}

/** Numbers of a data point, in memory that is used again. */
export interface NumberList {
  values: Float64Array;
  length: number;
}

/** One side of an exponential histogram. */
export interface BucketsDraft {
  offset: number;
  readonly counts: NumberList;
}

export interface ExemplarDraft {
  timeLow: number;
  timeHigh: number;
  /** undefined: none was sent. */
  value: number | undefined;
  /** In hex; "" where there is none. */
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

/** One data point of any kind as its decoder read it, not yet validated; reused from point to point. */
export interface PointDraft {
  /** Nanoseconds since the epoch in two unsigned 32-bit halves. */
  timeLow: number;
  timeHigh: number;
  startLow: number;
  startHigh: number;
  flags: number;
  /** Of a gauge or a sum. */
  hasValue: boolean;
  value: number;
  count: number;
  hasSum: boolean;
  sum: number;
  /** Of a histogram: one more than bounds, or none of either. */
  readonly bucketCounts: NumberList;
  readonly bounds: NumberList;
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  readonly positive: BucketsDraft;
  readonly negative: BucketsDraft;
  /** Of a summary: quantile i has value i. */
  readonly quantiles: NumberList;
  readonly quantileValues: NumberList;
  readonly exemplars: ExemplarDraft[];
}

const FIRST_LENGTH = 32;

const numberList = (): NumberList => ({ values: new Float64Array(FIRST_LENGTH), length: 0 });

export function pushNumber(list: NumberList, value: number): void {
  if (list.length === list.values.length) {
    const values = new Float64Array(list.length * 2);
    values.set(list.values);
    list.values = values;
  }
  list.values[list.length] = value;
  list.length += 1;
}

export function createPointDraft(): PointDraft {
  return {
    timeLow: 0,
    timeHigh: 0,
    startLow: 0,
    startHigh: 0,
    flags: 0,
    hasValue: false,
    value: 0,
    count: 0,
    hasSum: false,
    sum: 0,
    bucketCounts: numberList(),
    bounds: numberList(),
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, counts: numberList() },
    negative: { offset: 0, counts: numberList() },
    quantiles: numberList(),
    quantileValues: numberList(),
    exemplars: [],
  };
}

/** Makes the draft ready for the next point. */
export function resetPointDraft(draft: PointDraft): void {
  draft.timeLow = 0;
  draft.timeHigh = 0;
  draft.startLow = 0;
  draft.startHigh = 0;
  draft.flags = 0;
  draft.hasValue = false;
  draft.value = 0;
  draft.count = 0;
  draft.hasSum = false;
  draft.sum = 0;
  draft.bucketCounts.length = 0;
  draft.bounds.length = 0;
  draft.scale = 0;
  draft.zeroCount = 0;
  draft.zeroThreshold = 0;
  draft.positive.offset = 0;
  draft.positive.counts.length = 0;
  draft.negative.offset = 0;
  draft.negative.counts.length = 0;
  draft.quantiles.length = 0;
  draft.quantileValues.length = 0;
  draft.exemplars.length = 0;
}

/** 2^63 nanoseconds after the epoch, in the year 2262. The upper 32 bits of the first time beyond: */
export const FIRST_HIGH_OUT_OF_RANGE = 0x8000_0000;

/** Nanoseconds in two halves as whole milliseconds, rounded down; exact although they are beyond 2^53. */
export function millisOf(low: number, high: number): number {
  // 2^32 = 4294 × 10^6 + 967296, so every product here stays below 2^53.
  return high * 4_294 + Math.floor((high * 967_296 + low) / 1_000_000);
}
