import { describe, expect, it } from "vitest";
import { parseTraceQuery } from "../parse-query.ts";
import type { MetricCell } from "./metric-cell.ts";
import { seriesOfCells, stepGrid } from "./metric-series.ts";
import { bucketOf } from "./value-bucket.ts";

const metricOf = (text: string) => {
  const parsed = parseTraceQuery(`{ } | ${text}`);
  if (!parsed.ok || parsed.query.metric === undefined) throw new Error(text);
  return parsed.query.metric;
};

const GRID = stepGrid(10_000, 40_000, 10_000);
const MS = 1e6;

/** A cell of spans that took so many milliseconds each. */
const cell = (name: string, step: number, ...tookMs: number[]): MetricCell => ({
  labels: [{ type: "string", value: name }],
  step,
  spans: tookMs.length,
  numbers: tookMs.length,
  sum: tookMs.reduce((sum, ms) => sum + ms * MS, 0),
  min: Math.min(...tookMs) * MS,
  max: Math.max(...tookMs) * MS,
  buckets: new Map(tookMs.map((ms) => [bucketOf(ms * MS), tookMs.filter((other) => other === ms).length])),
  exemplar: {
    traceId: name,
    spanId: String(step),
    endMs: 10_000 + step * 10_000,
    durationNanos: Math.max(...tookMs) * MS,
    value: Math.max(...tookMs) * MS,
  },
});

const CELLS = [cell("b", 0, 100, 200), cell("a", 0, 10), cell("a", 2, 30, 30), cell("a", 2, 60)];

const shown = (text: string, maxExemplars = 0) =>
  seriesOfCells(metricOf(text), CELLS, GRID, maxExemplars).map(
    ({ labels, samples }) =>
      `${labels.map(({ value }) => value).join(" ")}: ${samples.map(({ timestampMs, value }) => `${timestampMs / 1_000}=${value}`).join(" ")}`,
  );

describe("series of a metric", () => {
  it.each([
    ["count_over_time() by (name)", ["a: 10=1 20=0 30=3", "b: 10=2 20=0 30=0"]],
    ["rate() by (name)", ["a: 10=0.1 20=0 30=0.3", "b: 10=0.2 20=0 30=0"]],
    ["min_over_time(duration) by (name)", ["a: 10=0.01 30=0.03", "b: 10=0.1"]],
    ["max_over_time(duration) by (name)", ["a: 10=0.01 30=0.06", "b: 10=0.2"]],
    ["avg_over_time(duration) by (name)", ["a: 10=0.01 30=0.04", "b: 10=0.15"]],
    ["sum_over_time(duration) by (name)", ["a: 10=0.01 30=0.12", "b: 10=0.3"]],
    [
      "quantile_over_time(duration, 1, 0) by (name)",
      ["a 1: 10=0.01 30=0.06", "a 0: 10=0.01 30=0.03", "b 1: 10=0.2", "b 0: 10=0.1"],
    ],
    [
      "histogram_over_time(duration) by (name)",
      [
        "a 0.016777216: 10=1 20=0 30=0",
        "a 0.033554432: 10=0 20=0 30=2",
        "a 0.067108864: 10=0 20=0 30=1",
        "b 0.134217728: 10=1 20=0 30=0",
        "b 0.268435456: 10=1 20=0 30=0",
      ],
    ],
    ["count_over_time() by (name) | topk(1)", ["a: 20=0 30=3", "b: 10=2"]],
    ["count_over_time() by (name) | bottomk(1)", ["a: 10=1 20=0", "b: 30=0"]],
  ])("%s", (text, series) => expect(shown(text)).toEqual(series));

  it("have the slowest span of each step as exemplars, shared out among them", () => {
    const exemplars = (most: number) =>
      seriesOfCells(metricOf("rate() by (name)"), CELLS, GRID, most).map((one) =>
        one.exemplars.map(({ timestampMs, value }) => [timestampMs, value]),
      );
    expect(exemplars(100)).toEqual([
      [
        [10_000, 0.01],
        [30_000, 0.06],
      ],
      [[10_000, 0.2]],
    ]);
    expect(exemplars(2)).toEqual([[[10_000, 0.01]], [[10_000, 0.2]]]);
    expect(exemplars(0)).toEqual([[], []]);
  });

  it("cover the range in whole steps, or in one that is not aligned where it is as long", () => {
    expect(stepGrid(12_345, 31_000, 10_000)).toEqual({ firstMs: 10_000, stepMs: 10_000, count: 3 });
    expect(stepGrid(12_345, 31_000, 60_000)).toEqual({ firstMs: 12_345, stepMs: 18_655, count: 1 });
  });
});
