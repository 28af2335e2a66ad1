import { bitsOf, isStaleAt } from "../../model/stale.ts";

/** Samples of one series, one row each. */
export interface SampleColumns {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/**
 * The samples in time order, each time once: of several values for one time the largest counts, a number before NaN,
 * anything before a staleness marker. The input comes as sorted runs, one from each part of the table; it is returned
 * itself when there is nothing to do.
 */
export function orderSamples(samples: SampleColumns): SampleColumns {
  if (isAscending(samples.timesMs)) return samples;
  const order = mergedOrder(samples.timesMs);
  return eachTimeOnce(samples, order);
}

function isAscending(timesMs: Float64Array): boolean {
  for (let i = 1; i < timesMs.length; i += 1) if (timesMs[i]! <= timesMs[i - 1]!) return false;
  return true;
}

/** Rows by time: a merge sort that starts from the runs that are there. */
function mergedOrder(timesMs: Float64Array): Uint32Array {
  const count = timesMs.length;
  let starts = startsOfRuns(timesMs);
  let from: Uint32Array = Uint32Array.from({ length: count }, (_, row) => row);
  let to: Uint32Array = new Uint32Array(count);
  while (starts.length > 1) {
    const merged: number[] = [];
    for (let i = 0; i < starts.length; i += 2) {
      const start = starts[i]!;
      const middle = starts[i + 1] ?? count;
      const end = starts[i + 2] ?? count;
      mergeRuns({ timesMs, from, to, start, middle, end });
      merged.push(start);
    }
    [from, to] = [to, from];
    starts = merged;
  }
  return from;
}

function startsOfRuns(timesMs: Float64Array): number[] {
  const starts = [0];
  for (let i = 1; i < timesMs.length; i += 1) if (timesMs[i]! < timesMs[i - 1]!) starts.push(i);
  return starts;
}

function mergeRuns(run: {
  readonly timesMs: Float64Array;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}): void {
  const { timesMs, from, to, start, middle, end } = run;
  let left = start;
  let right = middle;
  for (let k = start; k < end; k += 1) {
    const takeLeft = left < middle && (right >= end || timesMs[from[left]!]! <= timesMs[from[right]!]!);
    to[k] = takeLeft ? from[left]! : from[right]!;
    if (takeLeft) left += 1;
    else right += 1;
  }
}

function eachTimeOnce({ timesMs, values }: SampleColumns, order: Uint32Array): SampleColumns {
  const bits = bitsOf(values);
  const times = new Float64Array(order.length);
  const kept = new Float64Array(order.length);
  const keptBits = bitsOf(kept);
  let count = 0;
  let best = -1;
  for (const row of order) {
    const time = timesMs[row]!;
    const again = count > 0 && times[count - 1] === time;
    if (again && !isBetter(values, bits, row, best)) continue;
    if (!again) count += 1;
    best = row;
    times[count - 1] = time;
    keptBits[2 * count - 2] = bits[2 * row]!;
    keptBits[2 * count - 1] = bits[2 * row + 1]!;
  }
  return { timesMs: times.subarray(0, count), values: kept.subarray(0, count) };
}

function isBetter(values: Float64Array, bits: Uint32Array, row: number, than: number): boolean {
  const value = values[row]!;
  const other = values[than]!;
  if (Number.isNaN(other)) return !Number.isNaN(value) || (isStaleAt(bits, than) && !isStaleAt(bits, row));
  return value > other;
}
