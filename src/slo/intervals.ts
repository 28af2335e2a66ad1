/** [startMs, endMs), epoch milliseconds. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** The same time as intervals that neither overlap nor touch, in order; empty ones are left out. */
export function unionOf(intervals: readonly Interval[]): readonly Interval[] {
  const ordered = intervals.filter(({ startMs, endMs }) => endMs > startMs);
  ordered.sort((a, b) => a.startMs - b.startMs);
  const union: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of ordered) {
    const last = union.at(-1);
    if (last === undefined || startMs > last.endMs) union.push({ startMs, endMs });
    else last.endMs = Math.max(last.endMs, endMs);
  }
  return union;
}

/** Each widened to whole multiples of `unitMs` since the epoch. */
export function widened(intervals: readonly Interval[], unitMs: number): readonly Interval[] {
  return unionOf(
    unionOf(intervals).map(({ startMs, endMs }) => ({
      startMs: Math.floor(startMs / unitMs) * unitMs,
      endMs: Math.ceil(endMs / unitMs) * unitMs,
    })),
  );
}

/** Those that have time in [fromMs, toMs), whole. */
export function overlapping(
  intervals: readonly Interval[],
  fromMs: number,
  toMs: number,
): readonly Interval[] {
  return intervals.filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs);
}
