import { labelsText, type Labels } from "../../model/labels.ts";
import type { HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import { numberText } from "../histogram/histogram-text.ts";

/** A value of a series at one time; undefined where there is none. */
export type Point = number | NativeHistogram | undefined;

/** A series as a script writes it: `metric{a="b"} 1 2 _ {{schema:0 sum:1 count:1}}`. */
export function printSeries(labels: Labels, points: readonly Point[]): string {
  const name = labels.length === 0 ? "{}" : labelsText(labels);
  return `${name} ${points.map(printPoint).join(" ")}`;
}

export function printPoint(point: Point): string {
  if (point === undefined) return "_";
  return typeof point === "number" ? numberText(point) : printHistogram(point);
}

function printHistogram(histogram: NativeHistogram): string {
  const { schema, count, sum, zeroCount, zeroThreshold, positive, negative, customBounds, counterReset } =
    histogram;
  const parts = [`schema:${schema}`, `count:${numberText(count)}`, `sum:${numberText(sum)}`];
  if (zeroCount !== 0) parts.push(`z_bucket:${numberText(zeroCount)}`);
  if (zeroThreshold !== 0) parts.push(`z_bucket_w:${numberText(zeroThreshold)}`);
  if (customBounds.length > 0) parts.push(`custom_values:[${customBounds.map(numberText).join(" ")}]`);
  parts.push(...printBuckets(positive, ""), ...printBuckets(negative, "n_"));
  if (counterReset !== "unknown") parts.push(`counter_reset_hint:${counterReset}`);
  return `{{${parts.join(" ")}}}`;
}

function printBuckets({ indexes, counts }: HistogramBuckets, prefix: string): string[] {
  if (indexes.length === 0) return [];
  const offset = indexes[0]!;
  const all: number[] = [];
  for (let i = 0; i < indexes.length; i++) {
    while (all.length < indexes[i]! - offset) all.push(0);
    all.push(counts[i]!);
  }
  const buckets = `${prefix}buckets:[${all.map(numberText).join(" ")}]`;
  return offset === 0 ? [buckets] : [`${prefix}offset:${offset}`, buckets];
}
