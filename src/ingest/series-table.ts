import { labelValue, METRIC_NAME, type Labels } from "../model/labels.ts";
import type { SeriesRef, SeriesView } from "../model/sample-batch.ts";
import type { Log } from "../self/log.ts";
import { createSeriesIds, type SeriesIds } from "./series-id.ts";
import { createSeriesIndex } from "./series-index.ts";
import { createSeriesKey } from "./series-key.ts";
import type { SeriesLimits } from "./series-limits.ts";
import { describeRefusal, labelsFault, refusalCode, SERIES_REFUSALS } from "./series-refusal.ts";
import type { SeriesRefusal, SeriesRefusalReason } from "./series-refusal.ts";

/** Gives series numbers that are dense, so that what is known of a series can lie in an array. One for a process. */
export interface SeriesTable extends SeriesView {
  /**
   * The series with these labels, or a negative number: the code of a refusal (see `refusal`). `atMs` is the receiver's
   * clock, not the time of a sample. Allocates nothing for a series that is known.
   */
  refOf(labels: Labels, atMs: number): SeriesRef;
  /** As refOf, for labels that the caller hands over: kept as they are, so their texts should be shared already. */
  refOfOwn(labels: Labels, atMs: number): SeriesRef;
  /** What a negative answer of refOf means, in words for the sender. */
  refusal(code: number, labels: Labels): SeriesRefusal;
  /**
   * Says that a series was seen, where its number was remembered rather than looked up. Who remembers numbers
   * must drop them when told that they are forgotten.
   */
  touch(ref: SeriesRef, atMs: number): void;
  /**
   * Forgets the series that were not seen for the idle time, and gives the numbers of those forgotten one sweep ago to new
   * series. To be called every few minutes: a request that is under way for less than that keeps its series.
   */
  sweep(atMs: number): void;
  /** `listener` is told the number of every series that is forgotten, before the number means another series. */
  onForget(listener: (ref: SeriesRef) => void): void;
  /** Above every number given so far. */
  refEnd(): number;
  stats(): SeriesTableStats;
}

export interface SeriesTableStats {
  /** Series that are known. */
  readonly active: number;
  /** Answers of refOf since the start that were refusals. */
  readonly refused: Readonly<Record<SeriesRefusalReason, number>>;
}

interface SeriesColumns {
  readonly labels: (Labels | undefined)[];
  readonly ids: SeriesIds;
  /** By the receiver's clock; NaN once forgotten. */
  seenMs: Float64Array<ArrayBuffer>;
}

const FIRST_ROWS = 1_024;
const NO_LABELS: Labels = [];

export function createSeriesTable(limits: SeriesLimits, log: Log): SeriesTable {
  const columns: SeriesColumns = {
    labels: [],
    ids: createSeriesIds(),
    seenMs: new Float64Array(FIRST_ROWS),
  };
  const key = createSeriesKey();
  const index = createSeriesIndex((ref) => columns.labels[ref] ?? NO_LABELS);
  const shareText = createTextSharing();
  const perMetric = new Map<string, number>();
  const refusals = createRefusals(limits, log);
  const listeners: ((ref: SeriesRef) => void)[] = [];
  const free: SeriesRef[] = [];
  let forgotten: SeriesRef[] = [];
  let active = 0;

  const add = (labels: Labels, hash: number, atMs: number, isOwn: boolean): number => {
    const fault = labelsFault(labels, limits, key.isAscii());
    if (fault !== undefined) return refusals.refuse(fault.reason, labels);
    const metric = labelValue(labels, METRIC_NAME);
    const known = perMetric.get(metric) ?? 0;
    if (known >= limits.maxSeriesPerMetric) return refusals.refuse("too_many_series_of_metric", labels);
    if (active >= limits.maxSeries) return refusals.refuse("too_many_series", labels);
    const ref = free.pop() ?? columns.labels.length;
    columns.ids.set(ref, key.digest(labels));
    writeSeries(columns, ref, isOwn ? labels : labels.map(shareText), atMs);
    index.add(ref, hash);
    perMetric.set(metric, known + 1);
    active += 1;
    return ref;
  };
  const forget = (ref: SeriesRef) => {
    const metric = labelValue(columns.labels[ref]!, METRIC_NAME);
    const left = perMetric.get(metric)! - 1;
    if (left > 0) perMetric.set(metric, left);
    else perMetric.delete(metric);
    index.remove(ref);
    columns.seenMs[ref] = Number.NaN;
    active -= 1;
    forgotten.push(ref);
    for (const listener of listeners) listener(ref);
  };
  const findOrAdd = (labels: Labels, atMs: number, isOwn: boolean) => {
    const hash = key.write(labels);
    const ref = index.find(labels, hash);
    if (ref < 0) return add(labels, hash, atMs, isOwn);
    columns.seenMs[ref] = atMs;
    return ref;
  };
  return {
    refOf: (labels, atMs) => findOrAdd(labels, atMs, false),
    refOfOwn: (labels, atMs) => findOrAdd(labels, atMs, true),
    refusal: (code, labels) => describeRefusal(code, labels, limits),
    touch(ref, atMs) {
      columns.seenMs[ref] = atMs;
    },
    sweep(atMs) {
      for (const ref of forgotten) columns.labels[ref] = undefined;
      for (const ref of forgotten) free.push(ref);
      forgotten = [];
      const idleSinceMs = atMs - limits.idleMs;
      for (let ref = 0; ref < columns.labels.length; ref += 1)
        if (columns.seenMs[ref]! < idleSinceMs) forget(ref);
    },
    onForget: (listener) => void listeners.push(listener),
    labels: (ref) => columns.labels[ref] ?? NO_LABELS,
    id: (ref) => columns.ids.get(ref),
    refEnd: () => columns.labels.length,
    stats: () => ({ active, refused: refusals.counts() }),
  };
}

function writeSeries(columns: SeriesColumns, ref: SeriesRef, labels: Labels, atMs: number): void {
  if (ref >= columns.seenMs.length) {
    const seenMs = new Float64Array(columns.seenMs.length * 2);
    seenMs.set(columns.seenMs);
    columns.seenMs = seenMs;
  }
  columns.labels[ref] = labels;
  columns.seenMs[ref] = atMs;
}

const SHARED_TEXTS = 65_536;

/** Names and values repeat from series to series: lets most of them share memory. Bounded, whoever comes last stays. */
function createTextSharing(): (text: string) => string {
  const slots = Array.from<string>({ length: SHARED_TEXTS }).fill("");
  return (text) => {
    const { length } = text;
    // Some of the characters: a wrong guess costs memory alone.
    let hash = length;
    hash = Math.imul(hash ^ text.charCodeAt(0), 0x0100_0193);
    hash = Math.imul(hash ^ text.charCodeAt(length >> 1), 0x0100_0193);
    for (let i = Math.max(0, length - 5); i < length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
    }
    const slot = (hash ^ (hash >>> 16)) & (SHARED_TEXTS - 1);
    const shared = slots[slot]!;
    if (shared === text) return shared;
    slots[slot] = text;
    return text;
  };
}

/** Metrics and reasons whose first refusal is logged. */
const MAX_LOGGED = 1_000;

interface Refusals {
  /** Counts, logs the first of a metric and reason, and gives the code. */
  refuse(reason: SeriesRefusalReason, labels: Labels): number;
  counts(): Record<SeriesRefusalReason, number>;
}

function createRefusals(limits: SeriesLimits, log: Log): Refusals {
  const counts = new Float64Array(SERIES_REFUSALS.length);
  const logged = new Set<string>();
  return {
    refuse(reason, labels) {
      const code = refusalCode(reason);
      counts[-1 - code]! += 1;
      if (logged.size < MAX_LOGGED) {
        const metric = labelValue(labels, METRIC_NAME).slice(0, 200);
        // The limit of all series says nothing about the metric that came next.
        const key = reason === "too_many_series" ? reason : `${reason} ${metric}`;
        if (!logged.has(key)) {
          logged.add(key);
          const { message } = describeRefusal(code, labels, limits);
          log.warn("series are refused; this metric and reason are not logged again", {
            metric,
            reason,
            message,
          });
        }
      }
      return code;
    },
    counts: () =>
      Object.fromEntries(SERIES_REFUSALS.map((reason, i) => [reason, counts[i]!])) as Record<
        SeriesRefusalReason,
        number
      >,
  };
}
