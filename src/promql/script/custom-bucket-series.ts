import { labelsKey, labelValue, METRIC_NAME, withLabel, type Labels } from "../../model/labels.ts";
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from "../../model/native-histogram.ts";
import { NO_BUCKETS, withoutEmpty } from "../../model/histogram-buckets.ts";
import type { ScriptSeries } from "./script.ts";

/** A classic histogram at one time. */
interface Classic {
  /** Cumulative counts by upper bound. */
  readonly buckets: Map<number, number>;
  sum: number;
  count: number | undefined;
}

/** Calls back with a native histogram with custom buckets for each classic histogram (`_bucket`, `_sum`, `_count`) and step. */
export function eachCustomBucketHistogram(
  all: readonly ScriptSeries[],
  found: (labels: Labels, step: number, histogram: NativeHistogram) => void,
): void {
  const families = new Map<string, { labels: Labels; steps: Map<number, Classic> }>();
  for (const { labels, values } of all) {
    const part = /^(.*)_(bucket|sum|count)$/.exec(labelValue(labels, METRIC_NAME));
    if (part === null) continue;
    const family = withLabel(withLabel(labels, "le", ""), METRIC_NAME, part[1]!);
    const key = labelsKey(family);
    const { steps } = families.get(key) ?? { steps: new Map<number, Classic>() };
    families.set(key, { labels: family, steps });
    for (const [step, value] of values.entries()) {
      if (typeof value !== "number") continue;
      const classic = steps.get(step) ?? { buckets: new Map(), sum: 0, count: undefined };
      steps.set(step, classic);
      if (part[2] === "bucket") classic.buckets.set(boundOf(labels), value);
      else if (part[2] === "sum") classic.sum = value;
      else classic.count = value;
    }
  }
  for (const { labels, steps } of families.values()) {
    for (const [step, classic] of steps) {
      if (classic.buckets.size > 0) found(labels, step, nativeOf(classic));
    }
  }
}

function boundOf(labels: Labels): number {
  const text = labelValue(labels, "le");
  return /^\+?inf$/i.test(text) ? Infinity : Number(text);
}

function nativeOf({ buckets, sum, count }: Classic): NativeHistogram {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = count ?? sorted.at(-1)![1];
  const finite = sorted.filter(([bound]) => bound !== Infinity);
  const cumulative = [...finite.map(([, below]) => below), total];
  return {
    schema: CUSTOM_BUCKETS_SCHEMA,
    count: total,
    sum,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: withoutEmpty({
      indexes: Int32Array.from(cumulative, (_, i) => i),
      counts: Float64Array.from(cumulative, (below, i) => below - (cumulative[i - 1] ?? 0)),
    }),
    negative: NO_BUCKETS,
    customBounds: finite.map(([bound]) => bound),
    counterReset: "unknown",
  };
}
