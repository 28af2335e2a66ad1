import { labelsKey, type Labels } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";
import { compileMatchers } from "../syntax/label-matcher.ts";
import type { ReadBudget, SelectRequest, SeriesReader } from "../series-reader.ts";
import type { RawSeries } from "../value.ts";
import { storedHints } from "./stored-hints.ts";

export interface MemoryReader extends SeriesReader {
  /** A sample; "stale" is a staleness marker. Of several samples for one time the last one added counts. */
  add(labels: Labels, timeMs: number, value: number | NativeHistogram | "stale"): void;
  clear(): void;
}

interface StoredSeries {
  readonly labels: Labels;
  readonly samples: Map<number, number | NativeHistogram | "stale">;
  /** The samples in columns; undefined after an addition. */
  columns: RawSeries | undefined;
}

/** Series in memory, for scripts and tests. Histograms get the hints that storing them would give them. */
export function createMemoryReader(): MemoryReader {
  const all = new Map<string, StoredSeries>();
  return {
    add(labels, timeMs, value) {
      const key = labelsKey(labels);
      let series = all.get(key);
      if (series === undefined) {
        series = { labels, samples: new Map(), columns: undefined };
        all.set(key, series);
      }
      series.samples.set(timeMs, value);
      series.columns = undefined;
    },
    clear() {
      all.clear();
    },
    async *select(request: SelectRequest, budget: ReadBudget) {
      const matches = compileMatchers(request.matchers);
      for (const series of all.values()) {
        if (!matches(series.labels)) continue;
        series.columns ??= columnsOf(series);
        const found = cut(series.columns, request);
        if (found.timesMs.length === 0) continue;
        budget.series(1);
        budget.samples(found.timesMs.length);
        yield found;
      }
    },
  };
}

function columnsOf({ labels, samples }: StoredSeries): RawSeries {
  const sorted = [...samples].sort(([a], [b]) => a - b);
  const values = sorted.map(([, value]) => value);
  const columns = {
    labels,
    timesMs: Float64Array.from(sorted, ([timeMs]) => timeMs),
    values: Float64Array.from(values, (value) => (typeof value === "number" ? value : NaN)),
  };
  const stale = values.includes("stale")
    ? { stale: Uint8Array.from(values, (value) => (value === "stale" ? 1 : 0)) }
    : {};
  const histograms = values.some((value) => typeof value === "object")
    ? { histograms: storedHints(values) }
    : {};
  return { ...columns, ...stale, ...histograms };
}

/** The samples in (fromMs, toMs]. */
function cut(series: RawSeries, { fromMs, toMs }: SelectRequest): RawSeries {
  const { timesMs } = series;
  let from = 0;
  while (from < timesMs.length && timesMs[from]! <= fromMs) from++;
  let to = timesMs.length;
  while (to > from && timesMs[to - 1]! > toMs) to--;
  if (from === 0 && to === timesMs.length) return series;
  return {
    labels: series.labels,
    timesMs: timesMs.slice(from, to),
    values: series.values.slice(from, to),
    ...(series.stale === undefined ? {} : { stale: series.stale.slice(from, to) }),
    ...(series.histograms === undefined ? {} : { histograms: series.histograms.slice(from, to) }),
  };
}
