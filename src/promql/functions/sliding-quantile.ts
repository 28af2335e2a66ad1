import type { RangeContext, SlidingFunction } from "../range-function.ts";
import { warnQuantile } from "./range-warnings.ts";
import { sortedQuantile } from "./sorted-quantile.ts";

/**
 * quantile_over_time of floats. The window is kept sorted: samples that enter and leave are put in and taken out, which is
 * cheaper than sorting where most stay.
 */
export const slidingQuantile: SlidingFunction = ({ values }) => {
  const sorted = createSortedRows(values);
  return ({ from, to }, context) => quantileAt(sorted.move(from, to), context);
};

function quantileAt(sorted: Float64Array, context: RangeContext): number {
  const q = context.scalars[0]!;
  if (!(q >= 0 && q <= 1)) warnQuantile(q, context);
  return sortedQuantile(q, sorted);
}

/** The values of rows in ascending order, NaN before all numbers. */
interface SortedRows {
  /** The rows [from, to), neither below what they were. A view that is valid until the next move. */
  move(from: number, to: number): Float64Array;
}

/** Of a new window, so many shares are changed at most one by one; more are sorted anew. */
const MOST_CHANGED = 1 / 8;

function createSortedRows(values: Float64Array): SortedRows {
  let sorted = new Float64Array(16);
  let size = 0;
  let from = 0;
  let to = 0;

  const sortAnew = (): void => {
    const window = values.slice(from, to).sort();
    size = window.length;
    let numbers = size;
    // Sorting puts NaN at the end.
    while (numbers > 0 && Number.isNaN(window[numbers - 1])) numbers--;
    if (sorted.length < size) sorted = new Float64Array(size * 2);
    sorted.fill(NaN, 0, size - numbers);
    sorted.set(window.subarray(0, numbers), size - numbers);
  };
  const insert = (value: number): void => {
    const place = placeOf(sorted, size, value);
    if (size === sorted.length) {
      const larger = new Float64Array(size * 2);
      larger.set(sorted);
      sorted = larger;
    }
    sorted.copyWithin(place + 1, place, size);
    sorted[place] = value;
    size++;
  };
  const remove = (value: number): void => {
    const place = placeOf(sorted, size, value);
    sorted.copyWithin(place, place + 1, size);
    size--;
  };
  return {
    move: (newFrom, newTo) => {
      const changed = newFrom - from + (newTo - to);
      const overlaps = newFrom < to;
      const isSmall = overlaps && changed <= (newTo - newFrom) * MOST_CHANGED;
      if (isSmall) {
        for (let row = from; row < newFrom; row++) remove(values[row]!);
        for (let row = to; row < newTo; row++) insert(values[row]!);
      }
      from = newFrom;
      to = newTo;
      if (!isSmall) sortAnew();
      return sorted.subarray(0, size);
    },
  };
}

/** The first place whose value is not below this one. */
function placeOf(sorted: Float64Array, size: number, value: number): number {
  if (Number.isNaN(value)) return 0;
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // Not `>=`: NaN is below every number.
    if (sorted[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}
