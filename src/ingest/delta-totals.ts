import type { SeriesRef } from "../model/sample-batch.ts";

/** What can be counted: numbers, or histograms. */
export interface Summation<T> {
  add(total: T, value: T): T;
  /** Whether the store, which keeps the larger of two values for one time, would keep `total`. */
  isLarger(total: T, than: T): boolean;
  isSame(a: T, b: T): boolean;
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
  /** Counts a delta in the group that is under way. The answer is good until the next one. `startMs` is 0 for a level. */
  count(series: SeriesRef, startMs: number, timeMs: number, value: T): TotalRow<T>;
  /** Keeps the counts of the group, or takes them back. */
  ended(committed: boolean): void;
  forget(series: SeriesRef): void;
}

interface State<T> {
  total: T | undefined;
  /** Of the newest sample. */
  timeMs: number;
  /** Deltas of groups that failed: whether their samples are stored is not known. Their repetition gives the same samples. */
  failed: FailedDelta<T>[] | undefined;
  /** Of the newest sample of a failed group; 0 when all of them were committed later. */
  failedMs: number;
  /** Whether the count began anew after the samples of failed groups. */
  isRenewed: boolean;
  /** The group that changed it last. */
  group: number;
}

interface FailedDelta<T> {
  readonly startMs: number;
  readonly timeMs: number;
  readonly value: T;
  readonly row: TotalRow<T>;
  /** The group that brought it again. */
  group: number;
}

/** What a group did, in columns. */
interface GroupLog<T> {
  /** States as they were before. */
  readonly states: State<T>[];
  readonly totals: (T | undefined)[];
  readonly timesMs: number[];
  readonly renewed: boolean[];
  /** Deltas that were counted, and their samples. */
  readonly counted: State<T>[];
  readonly deltas: { readonly startsMs: number[]; readonly timesMs: number[]; readonly values: T[] };
  readonly rows: {
    readonly timesMs: number[];
    readonly totals: T[];
    readonly zerosMs: (number | undefined)[];
  };
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
  let log = newLog<T>();
  let group = 1;
  let failedCount = 0;
  return {
    count(series, startMs, timeMs, value) {
      let state = states.get(series);
      if (state === undefined) {
        state = { total: undefined, timeMs: 0, failed: undefined, failedMs: 0, isRenewed: false, group: 0 };
        states.set(series, state);
      }
      if (state.group !== group) noteState(log, state, group);
      const again = state.failed?.find(
        (one) =>
          one.group !== group &&
          one.timeMs === timeMs &&
          one.startMs === startMs &&
          sums.isSame(one.value, value),
      );
      if (again !== undefined) {
        again.group = group;
        return again.row;
      }
      const row = nextRow(state, startMs, timeMs, value, sums, options.writtenUntilMs);
      state.total = row.total;
      state.timeMs = row.timeMs;
      // A level is not counted from zero: taking it back is all that is needed.
      if (startMs !== 0) noteDelta(log, state, startMs, timeMs, value, row);
      return row;
    },
    ended(committed) {
      for (const state of log.states) failedCount -= state.failed?.length ?? 0;
      if (committed) for (const state of log.states) keep(state, group);
      else takeBack(log, failedCount < maxFailed);
      for (const state of log.states) failedCount += state.failed?.length ?? 0;
      log = newLog();
      group += 1;
    },
    forget(series) {
      failedCount -= states.get(series)?.failed?.length ?? 0;
      states.delete(series);
    },
  };
}

function newLog<T>(): GroupLog<T> {
  return {
    states: [],
    totals: [],
    timesMs: [],
    renewed: [],
    counted: [],
    deltas: { startsMs: [], timesMs: [], values: [] },
    rows: { timesMs: [], totals: [], zerosMs: [] },
  };
}

function noteState<T>(log: GroupLog<T>, state: State<T>, group: number): void {
  state.group = group;
  log.states.push(state);
  log.totals.push(state.total);
  log.timesMs.push(state.timeMs);
  log.renewed.push(state.isRenewed);
}

function noteDelta<T>(
  { counted, deltas, rows }: GroupLog<T>,
  state: State<T>,
  startMs: number,
  timeMs: number,
  value: T,
  row: TotalRow<T>,
): void {
  counted.push(state);
  deltas.startsMs.push(startMs);
  deltas.timesMs.push(timeMs);
  deltas.values.push(value);
  rows.timesMs.push(row.timeMs);
  rows.totals.push(row.total);
  rows.zerosMs.push(row.zeroMs);
}

function nextRow<T>(
  state: State<T>,
  startMs: number,
  timeMs: number,
  value: T,
  sums: Summation<T>,
  writtenUntilMs: number,
): TotalRow<T> {
  const before = state.total;
  if (before === undefined || (state.failedMs > 0 && !state.isRenewed)) {
    const writtenMs = Math.max(state.timeMs, state.failedMs, before === undefined ? writtenUntilMs : 0);
    if (startMs === 0) return { timeMs: Math.max(timeMs, writtenMs + 1), total: value, zeroMs: undefined };
    // Not at the start itself: there may be the last sample of a count before this one.
    const zeroMs = Math.max(startMs, writtenMs) + 1;
    state.isRenewed = state.failedMs > 0;
    return { timeMs: Math.max(timeMs, zeroMs + 1), total: value, zeroMs };
  }
  const total = sums.add(before, value);
  if (timeMs > state.timeMs) return { timeMs, total, zeroMs: undefined };
  const isKept = sums.isLarger(total, before);
  return { timeMs: isKept ? state.timeMs : state.timeMs + 1, total, zeroMs: undefined };
}

/** Failed deltas that came again are over. When they were the end of the count, it goes on from there. */
function keep<T>(state: State<T>, group: number): void {
  if (state.failed === undefined) return;
  if (!state.isRenewed) {
    for (const { row, group: again } of state.failed) {
      if (again !== group || row.timeMs < state.timeMs) continue;
      state.total = row.total;
      state.timeMs = row.timeMs;
    }
  }
  const left = state.failed.filter((one) => one.group !== group);
  state.failed = left.length > 0 ? left : undefined;
  if (left.length > 0) return;
  state.failedMs = 0;
  state.isRenewed = false;
}

function takeBack<T>(log: GroupLog<T>, isRemembered: boolean): void {
  log.states.forEach((state, i) => {
    state.total = log.totals[i];
    state.timeMs = log.timesMs[i]!;
    state.isRenewed = log.renewed[i]!;
    for (const one of state.failed ?? []) one.group = 0;
  });
  const { counted, deltas, rows } = log;
  const zeros = new Map<State<T>, number>();
  counted.forEach((state, i) => {
    const timeMs = rows.timesMs[i]!;
    // They may come again one by one: each brings the zero along that its total counts from.
    const zeroMs = rows.zerosMs[i] ?? zeros.get(state);
    if (zeroMs !== undefined) zeros.set(state, zeroMs);
    state.failedMs = Math.max(state.failedMs, timeMs);
    state.isRenewed = false;
    if (!isRemembered) return;
    state.failed ??= [];
    state.failed.push({
      startMs: deltas.startsMs[i]!,
      timeMs: deltas.timesMs[i]!,
      value: deltas.values[i]!,
      row: { timeMs, total: rows.totals[i]!, zeroMs },
      group: 0,
    });
  });
}
