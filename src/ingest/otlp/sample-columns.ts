import type { FloatSamples, SeriesRef } from "../../model/sample-batch.ts";
import { bitsOf, setStaleAt } from "../../model/stale.ts";

/** The float samples of a batch while it grows. */
export interface SampleColumns {
  capacity: number;
  count: number;
  series: Uint32Array<ArrayBuffer>;
  timesMs: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  startsMs: Float64Array<ArrayBuffer>;
  isDelta: Uint8Array<ArrayBuffer>;
  hasStarts: boolean;
  hasDeltas: boolean;
}

export function createSampleColumns(capacity: number): SampleColumns {
  return {
    capacity,
    count: 0,
    series: new Uint32Array(capacity),
    timesMs: new Float64Array(capacity),
    values: new Float64Array(capacity),
    startsMs: new Float64Array(capacity),
    isDelta: new Uint8Array(capacity),
    hasStarts: false,
    hasDeltas: false,
  };
}

/** Adds a sample. `startMs` is 0 where it is not known or says nothing. */
export function addSample(
  columns: SampleColumns,
  series: SeriesRef,
  timeMs: number,
  value: number,
  startMs: number,
  isDelta: boolean,
): void {
  const row = nextRow(columns, series, timeMs);
  columns.values[row] = value;
  if (startMs !== 0) {
    columns.startsMs[row] = startMs;
    columns.hasStarts = true;
  }
  if (isDelta) {
    columns.isDelta[row] = 1;
    columns.hasDeltas = true;
  }
}

/** Adds a staleness marker. */
export function addStale(columns: SampleColumns, series: SeriesRef, timeMs: number): void {
  // In this order: the values may move when the columns grow.
  const row = nextRow(columns, series, timeMs);
  setStaleAt(bitsOf(columns.values), row);
}

export function toFloatSamples(columns: SampleColumns): FloatSamples {
  const { count } = columns;
  return {
    count,
    series: columns.series.subarray(0, count),
    timesMs: columns.timesMs.subarray(0, count),
    values: columns.values.subarray(0, count),
    ...(columns.hasStarts ? { startsMs: columns.startsMs.subarray(0, count) } : {}),
    ...(columns.hasDeltas ? { isDelta: columns.isDelta.subarray(0, count) } : {}),
  };
}

function nextRow(columns: SampleColumns, series: SeriesRef, timeMs: number): number {
  const row = columns.count;
  if (row === columns.capacity) grow(columns);
  columns.series[row] = series;
  columns.timesMs[row] = timeMs;
  columns.count = row + 1;
  return row;
}

function grow(columns: SampleColumns): void {
  const capacity = columns.capacity * 2;
  columns.capacity = capacity;
  const series = new Uint32Array(capacity);
  series.set(columns.series);
  columns.series = series;
  columns.timesMs = widened(columns.timesMs, capacity);
  columns.values = widened(columns.values, capacity);
  columns.startsMs = widened(columns.startsMs, capacity);
  const isDelta = new Uint8Array(capacity);
  isDelta.set(columns.isDelta);
  columns.isDelta = isDelta;
}

/** Copied as bytes: a staleness marker is a NaN whose bits count. */
function widened(from: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(length);
  new Uint8Array(to.buffer).set(new Uint8Array(from.buffer));
  return to;
}
