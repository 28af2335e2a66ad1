import { type Labels, labelsKey, labelsOf } from "../../src/model/labels.ts";
import { createHash } from "node:crypto";
import type {
  Exemplar,
  HistogramSample,
  MetricMetadata,
  SampleBatch,
  SeriesView,
} from "../../src/model/sample-batch.ts";
import { bitsOf, setStaleAt } from "../../src/model/stale.ts";

/** A value, or a staleness marker. */
export type SampleValue = number | "stale";

/** Makes batches over one table of series, which grows as series are named. */
export interface SampleStand {
  readonly table: SeriesView;
  ref(labels: Labels): number;
  batch(content: {
    readonly floats?: readonly (readonly [labels: Labels, timeMs: number, value: SampleValue])[];
    readonly histograms?: readonly HistogramSample[];
    readonly exemplars?: readonly Exemplar[];
    readonly metadata?: readonly MetricMetadata[];
  }): SampleBatch;
}

/** `series("up", {job: "api"})`. */
export function series(name: string, labels: Readonly<Record<string, string>> = {}): Labels {
  return labelsOf([["__name__", name], ...Object.entries(labels)]);
}

export function createSampleStand(): SampleStand {
  const all: Labels[] = [];
  const ids: bigint[] = [];
  const refs = new Map<string, number>();
  const table: SeriesView = { labels: (ref) => all[ref]!, id: (ref) => ids[ref]! };
  const ref = (labels: Labels): number => {
    const key = labelsKey(labels);
    const known = refs.get(key);
    if (known !== undefined) return known;
    ids.push(createHash("sha256").update(key).digest().readBigUInt64BE());
    refs.set(key, all.length);
    return all.push(labels) - 1;
  };
  return {
    table,
    ref,
    batch: ({ floats = [], histograms = [], exemplars = [], metadata = [] }) => {
      const values = Float64Array.from(floats, ([, , value]) => (value === "stale" ? 0 : value));
      const bits = bitsOf(values);
      floats.forEach(([, , value], i) => {
        if (value === "stale") setStaleAt(bits, i);
      });
      return {
        table,
        floats: {
          count: floats.length,
          series: Uint32Array.from(floats, ([labels]) => ref(labels)),
          timesMs: Float64Array.from(floats, ([, timeMs]) => timeMs),
          values,
        },
        histograms,
        exemplars,
        metadata,
      };
    },
  };
}
