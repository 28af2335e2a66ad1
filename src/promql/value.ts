import type { Labels } from "../model/labels.ts";
import type { NativeHistogram } from "../model/native-histogram.ts";

/** The times at which a query is evaluated: startMs, startMs + stepMs, … up to endMs; one when start and end are equal. */
export interface Grid {
  readonly startMs: number;
  readonly endMs: number;
  /** Above 0. */
  readonly stepMs: number;
  /** How many times there are. */
  readonly steps: number;
}

/** One series on a grid, column i at the grid's i-th time. */
export interface GridSeries {
  readonly labels: Labels;
  /** Where `present` is 1 and there is no histogram. */
  readonly values: Float64Array;
  /** 1 where the series has a value or a histogram. */
  readonly present: Uint8Array;
  /** Left out when the series has no histogram anywhere. */
  readonly histograms?: readonly (NativeHistogram | undefined)[];
  /** The metric's name is dropped at the end, unless something (label_replace) needs it before; Prometheus 3's delayed name removal. */
  readonly dropName?: boolean;
}

/** Raw samples of one series, ascending in time, each time once. */
export interface RawSeries {
  readonly labels: Labels;
  /** Epoch milliseconds. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** 1 where the sample is a staleness marker. Left out when there is none. */
  readonly stale?: Uint8Array;
  /** Where set, the sample is a histogram and `values` means nothing. Left out when the series has none. */
  readonly histograms?: readonly (NativeHistogram | undefined)[];
}

/** The samples of a series in a window, for functions over ranges: rows [from, to), staleness markers left out. */
export interface Window {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly (NativeHistogram | undefined)[] | undefined;
  readonly from: number;
  readonly to: number;
  /** The window is (startMs, endMs]; offset and @ are applied. */
  readonly startMs: number;
  readonly endMs: number;
}
