import type { SlidingFunction } from "../range-function.ts";

/** min_over_time of floats: each sample is looked at once. */
export const slidingMin: SlidingFunction = ({ values }) => slidingBest(values, (a, b) => a < b);

/** max_over_time of floats. */
export const slidingMax: SlidingFunction = ({ values }) => slidingBest(values, (a, b) => a > b);

/**
 * The first of the best values of a window, NaN where there is nothing else. A queue holds the rows that can become the
 * best once those before them have left: each is worse than the one before it.
 */
function slidingBest(
  values: Float64Array,
  beats: (a: number, b: number) => boolean,
): ReturnType<SlidingFunction> {
  const queue = new Uint32Array(values.length);
  let head = 0;
  let tail = 0;
  let seen = 0;
  return ({ from, to }) => {
    for (seen = Math.max(seen, from); seen < to; seen++) {
      const value = values[seen]!;
      if (Number.isNaN(value)) continue;
      while (tail > head && beats(value, values[queue[tail - 1]!]!)) tail--;
      queue[tail++] = seen;
    }
    while (head < tail && queue[head]! < from) head++;
    return head < tail ? values[queue[head]!]! : NaN;
  };
}
