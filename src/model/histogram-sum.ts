import type { HistogramBuckets, NativeHistogram } from "./native-histogram.ts";

/**
 * The sum of two exponential histograms: exact as long as counts are below 2^53. The coarser schema and the wider zero
 * bucket of the two hold for it. Not for custom bounds.
 */
export function addHistograms(a: NativeHistogram, b: NativeHistogram): NativeHistogram {
  const schema = Math.min(a.schema, b.schema);
  let left = atSchema(a, schema);
  let right = atSchema(b, schema);
  while (left.zeroThreshold !== right.zeroThreshold) {
    left = withZeroThreshold(left, right.zeroThreshold);
    right = withZeroThreshold(right, left.zeroThreshold);
  }
  return {
    schema,
    count: left.count + right.count,
    sum: left.sum + right.sum,
    zeroThreshold: left.zeroThreshold,
    zeroCount: left.zeroCount + right.zeroCount,
    positive: addBuckets(left.positive, right.positive),
    negative: addBuckets(left.negative, right.negative),
    customBounds: [],
    counterReset: "unknown",
  };
}

const NO_BUCKETS: HistogramBuckets = { indexes: new Int32Array(0), counts: new Float64Array(0) };

/** The histogram of no observations, in the shape of another. */
export function emptyHistogram({ schema, zeroThreshold, customBounds }: NativeHistogram): NativeHistogram {
  return {
    schema,
    count: 0,
    sum: 0,
    zeroThreshold,
    zeroCount: 0,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
    customBounds,
    counterReset: "unknown",
  };
}

function atSchema(histogram: NativeHistogram, schema: number): NativeHistogram {
  if (histogram.schema === schema) return histogram;
  const merged = 2 ** (histogram.schema - schema);
  return {
    ...histogram,
    schema,
    positive: mergeNeighbours(histogram.positive, merged),
    negative: mergeNeighbours(histogram.negative, merged),
  };
}

/** Bucket i ends at base^i, so `merged` of them end where the last one of them does. */
function mergeNeighbours({ indexes, counts }: HistogramBuckets, merged: number): HistogramBuckets {
  const into = buckets(indexes.length);
  for (let i = 0; i < indexes.length; i += 1) into.add(Math.ceil(indexes[i]! / merged), counts[i]!);
  return into.finish();
}

function addBuckets(a: HistogramBuckets, b: HistogramBuckets): HistogramBuckets {
  if (a.indexes.length === 0) return b;
  if (b.indexes.length === 0) return a;
  const into = buckets(a.indexes.length + b.indexes.length);
  let i = 0;
  let k = 0;
  while (i < a.indexes.length || k < b.indexes.length) {
    const takesA = k === b.indexes.length || (i < a.indexes.length && a.indexes[i]! <= b.indexes[k]!);
    if (takesA) {
      into.add(a.indexes[i]!, a.counts[i]!);
      i += 1;
    } else {
      into.add(b.indexes[k]!, b.counts[k]!);
      k += 1;
    }
  }
  return into.finish();
}

interface GrowingBuckets {
  /** In the order of indexes; equal ones become one. */
  add(index: number, count: number): void;
  finish(): HistogramBuckets;
}

function buckets(capacity: number): GrowingBuckets {
  const indexes = new Int32Array(capacity);
  const counts = new Float64Array(capacity);
  let used = 0;
  return {
    add(index, count) {
      if (used > 0 && indexes[used - 1] === index) counts[used - 1]! += count;
      else {
        indexes[used] = index;
        counts[used] = count;
        used += 1;
      }
    },
    finish: () => ({ indexes: indexes.slice(0, used), counts: counts.slice(0, used) }),
  };
}

/** With a zero bucket of at least this width: as wide as the buckets that it then holds a part of. */
function withZeroThreshold(histogram: NativeHistogram, threshold: number): NativeHistogram {
  if (histogram.zeroThreshold >= threshold) return histogram;
  const { schema, positive, negative } = histogram;
  let width = threshold;
  for (let before = 0; before !== width;) {
    before = width;
    width = reach(negative, schema, reach(positive, schema, width));
  }
  const within = (side: HistogramBuckets): number =>
    side.indexes.findIndex((index) => lowerBound(index, schema) >= width);
  const split = (side: HistogramBuckets): { inside: number; rest: HistogramBuckets } => {
    const found = within(side);
    const cut = found < 0 ? side.indexes.length : found;
    let inside = 0;
    for (let i = 0; i < cut; i += 1) inside += side.counts[i]!;
    return { inside, rest: { indexes: side.indexes.slice(cut), counts: side.counts.slice(cut) } };
  };
  const up = split(positive);
  const down = split(negative);
  return {
    ...histogram,
    zeroThreshold: width,
    zeroCount: histogram.zeroCount + up.inside + down.inside,
    positive: up.rest,
    negative: down.rest,
  };
}

/** The end of the last bucket that begins before `width`, if it is beyond. */
function reach({ indexes }: HistogramBuckets, schema: number, width: number): number {
  let end = width;
  for (const index of indexes) {
    if (lowerBound(index, schema) >= end) break;
    end = Math.max(end, lowerBound(index + 1, schema));
  }
  return end;
}

const lowerBound = (index: number, schema: number): number => 2 ** ((index - 1) * 2 ** -schema);
