import { BUCKET_MS } from "../../slo/bucket.ts";
import type { Interval } from "../../slo/intervals.ts";

/** A condition on buckets and its parameters; both are empty where nothing is excluded. */
export interface ExcludedSql {
  /** ` AND …`, or "". */
  readonly condition: string;
  readonly params: Readonly<Record<string, readonly number[]>>;
}

/**
 * A bucket is excluded where the last edge of an interval before it, or at it, is a start. Both are found by binary search,
 * so thousands of intervals cost little more than one; and they are given as distances in buckets, for a statement has a
 * greatest length. The first numbers differ: before the first interval nothing is excluded.
 */
const NOT_EXCLUDED = `
  AND roundDown(intDiv(toUnixTimestamp(bucket), 10), arrayCumSum({excluded_edge_steps:Array(UInt32)}))
    != roundDown(intDiv(toUnixTimestamp(bucket), 10), arrayCumSum({excluded_start_steps:Array(UInt32)}))`;

/** Leaves out the buckets of these intervals, which hold whole buckets, are in order and do not touch. */
export function excludedSql(excluded: readonly Interval[] = []): ExcludedSql {
  if (excluded.length === 0) return { condition: "", params: {} };
  const starts = excluded.map(({ startMs }) => startMs / BUCKET_MS);
  const edges = excluded.flatMap(({ startMs, endMs }) => [startMs / BUCKET_MS, endMs / BUCKET_MS]);
  return {
    condition: NOT_EXCLUDED,
    params: { excluded_edge_steps: stepsOf([0, ...edges]), excluded_start_steps: stepsOf([1, ...starts]) },
  };
}

function stepsOf(ascending: readonly number[]): readonly number[] {
  return ascending.map((value, i) => value - (ascending[i - 1] ?? 0));
}
