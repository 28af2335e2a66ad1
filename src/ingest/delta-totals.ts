import type { SeriesRef } from "../model/sample-batch.ts";

/** What can be counted: numbers, or histograms. */
export interface Summation<T> {
  add(total: T, value: T): T;
  /** Whether the store, which keeps the larger of two values for one time, would keep `total`. */
  isLarger(total: T, than: T): boolean;
  isSame(a: T, b: T): boolean;
}

/** What was counted in a span of time. */
export interface Delta<T> {
  readonly series: SeriesRef;
  readonly timeMs: number;
  /** 0: what is counted may fall (a level), and there is no start from zero. */
  readonly startMs: number;
  readonly value: T;
}

/** The sample that a delta becomes. */
export interface TotalRow<T> {
  readonly timeMs: number;
  readonly total: T;
  /** When set, a sample of zero belongs at this time: the total counts from there on. */
  readonly zeroMs: number | undefined;
}

/** Running totals, as the cumulative samples that are stored instead of deltas. */
export interface DeltaTotals<T> {
  /** Counts a delta in the group that is under way. */
  count(delta: Delta<T>): TotalRow<T>;
  /** Keeps the counts of the group, or takes them back. */
  ended(committed: boolean): void;
  forget(series: SeriesRef): void;
}

interface State<T> {
  total: T | undefined;
  /** Of the newest sample. */
  timeMs: number;
  /** Deltas of groups that failed: whether their samples are stored is not known. Their repetition gives the same samples. */
  failed: FailedRow<T>[];
  /** Of the newest sample of a failed group; 0 when all of them were committed later. */
  failedMs: number;
  /** Whether the count began anew after the samples of failed groups. */
  isRenewed: boolean;
}

interface FailedRow<T> {
  readonly delta: Delta<T>;
  readonly row: TotalRow<T>;
  /** The group that brought it again. */
  group: number;
}

interface Change<T> {
  readonly state: State<T>;
  readonly before: Pick<State<T>, "total" | "timeMs" | "isRenewed">;
  readonly rows: FailedRow<T>[];
  isAgain: boolean;
}

export interface DeltaTotalsOptions {
  /** An earlier run may have stored samples up to this time: totals of this run begin after it. 0 when there is none. */
  readonly writtenUntilMs: number;
  /** Deltas of failed groups that are remembered; of more, those that come again are counted again. */
  readonly maxFailed?: number;
}

const MAX_FAILED = 200_000;

/**
 * A delta in order is added to the total. A late one too, at the newest time, so that nothing is lost. After a failed
 * group the totals are those from before it: its deltas, when they come again, give the samples that may be stored already,
 * and what comes instead of them begins a new count after those samples: a counter reset, which counts right whether they
 * are there or not.
 */
export function createDeltaTotals<T>(sums: Summation<T>, options: DeltaTotalsOptions): DeltaTotals<T> {
  const states = new Map<SeriesRef, State<T>>();
  const maxFailed = options.maxFailed ?? MAX_FAILED;
  let changes = new Map<State<T>, Change<T>>();
  let group = 1;
  let failedCount = 0;

  const changeOf = (state: State<T>): Change<T> => {
    const known = changes.get(state);
    if (known !== undefined) return known;
    const { total, timeMs, isRenewed } = state;
    const change = { state, before: { total, timeMs, isRenewed }, rows: [], isAgain: false };
    changes.set(state, change);
    return change;
  };
  return {
    count(delta) {
      let state = states.get(delta.series);
      if (state === undefined) {
        state = { total: undefined, timeMs: 0, failed: [], failedMs: 0, isRenewed: false };
        states.set(delta.series, state);
      }
      const change = changeOf(state);
      const again = state.failed.find((row) => row.group !== group && isSameDelta(row.delta, delta, sums));
      if (again !== undefined) {
        again.group = group;
        change.isAgain = true;
        return again.row;
      }
      const row = nextRow(state, delta, sums, options.writtenUntilMs);
      state.total = row.total;
      state.timeMs = row.timeMs;
      if (delta.startMs !== 0) change.rows.push({ delta, row, group: 0 });
      return row;
    },
    ended(committed) {
      for (const change of changes.values()) {
        failedCount -= change.state.failed.length;
        if (committed) keep(change, group);
        else takeBack(change, failedCount < maxFailed);
        failedCount += change.state.failed.length;
      }
      changes = new Map();
      group += 1;
    },
    forget(series) {
      failedCount -= states.get(series)?.failed.length ?? 0;
      states.delete(series);
    },
  };
}

function isSameDelta<T>(a: Delta<T>, b: Delta<T>, sums: Summation<T>): boolean {
  return a.timeMs === b.timeMs && a.startMs === b.startMs && sums.isSame(a.value, b.value);
}

function nextRow<T>(
  state: State<T>,
  { startMs, timeMs, value }: Delta<T>,
  sums: Summation<T>,
  writtenUntilMs: number,
): TotalRow<T> {
  const begins = state.total === undefined || (state.failedMs > 0 && !state.isRenewed);
  if (state.total === undefined || begins) {
    const writtenMs = Math.max(state.timeMs, state.failedMs, state.total === undefined ? writtenUntilMs : 0);
    if (startMs === 0) return { timeMs: Math.max(timeMs, writtenMs + 1), total: value, zeroMs: undefined };
    // Not at the start itself: there may be the last sample of a count before this one.
    const zeroMs = Math.max(startMs, writtenMs) + 1;
    state.isRenewed = state.failedMs > 0;
    return { timeMs: Math.max(timeMs, zeroMs + 1), total: value, zeroMs };
  }
  const total = sums.add(state.total, value);
  if (timeMs > state.timeMs) return { timeMs, total, zeroMs: undefined };
  const isKept = sums.isLarger(total, state.total);
  return { timeMs: isKept ? state.timeMs : state.timeMs + 1, total, zeroMs: undefined };
}

function keep<T>({ state, isAgain }: Change<T>, group: number): void {
  if (!isAgain) return;
  const committed = state.failed.filter((row) => row.group === group);
  state.failed = state.failed.filter((row) => row.group !== group);
  if (!state.isRenewed) {
    for (const { row } of committed) {
      if (row.timeMs < state.timeMs) continue;
      state.total = row.total;
      state.timeMs = row.timeMs;
    }
  }
  if (state.failed.length > 0) return;
  state.failedMs = 0;
  state.isRenewed = false;
}

function takeBack<T>({ state, before, rows }: Change<T>, isRemembered: boolean): void {
  Object.assign(state, before);
  for (const row of state.failed) row.group = 0;
  let zeroMs: number | undefined;
  for (const failed of rows) {
    // They may come again one by one: each brings the zero along that its total counts from.
    zeroMs = failed.row.zeroMs ?? zeroMs;
    if (isRemembered) state.failed.push({ ...failed, row: { ...failed.row, zeroMs } });
    state.failedMs = Math.max(state.failedMs, failed.row.timeMs);
  }
  if (rows.length > 0) state.isRenewed = false;
}
