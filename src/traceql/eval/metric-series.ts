import { AttributeType } from "../../model/attributes.ts";
import type { AttributeValue } from "../../model/attributes.ts";
import { typeOfValue } from "../check-compare.ts";
import { printFieldExpression } from "../print-query.ts";
import type { Metric } from "../query.ts";
import { addCells, labelsKey } from "./metric-cell.ts";
import type { MetricCell } from "./metric-cell.ts";
import { attributeOfValue } from "./query-value.ts";
import { powersOfTwo, quantileOfBuckets } from "./value-bucket.ts";

/** The steps of an answer: `count` of them from `firstMs` on, each `stepMs` long. */
export interface StepGrid {
  readonly firstMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Whole steps that hold [startMs, endMs); one step, not aligned, where a step is as long as that or longer. */
export function stepGrid(startMs: number, endMs: number, stepMs: number): StepGrid {
  if (stepMs >= endMs - startMs) return { firstMs: startMs, stepMs: Math.max(endMs - startMs, 1), count: 1 };
  const firstMs = Math.floor(startMs / stepMs) * stepMs;
  return { firstMs, stepMs, count: Math.max(Math.ceil((endMs - firstMs) / stepMs), 0) };
}

export interface MetricSeries {
  readonly labels: readonly {
    readonly key: string;
    readonly type: AttributeType;
    readonly value: AttributeValue;
  }[];
  readonly samples: readonly { readonly timestampMs: number; readonly value: number }[];
  readonly exemplars: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly timestampMs: number;
    readonly value: number;
  }[];
}

const NANOS = 1e9;

/**
 * The series of a metric, in the order of their labels; durations in seconds. Steps without a span are 0 for rate(),
 * count_over_time() and histograms, and have no sample otherwise.
 */
export function seriesOfCells(
  metric: Metric,
  cells: Iterable<MetricCell>,
  grid: StepGrid,
  maxExemplars: number,
): readonly MetricSeries[] {
  const groups = new Map<string, Map<number, MetricCell>>();
  for (const cell of cells) {
    if (cell.step < 0 || cell.step >= grid.count) continue;
    const key = labelsKey(cell);
    const steps = groups.get(key) ?? new Map<number, MetricCell>();
    groups.set(key, steps);
    const before = steps.get(cell.step);
    steps.set(cell.step, before === undefined ? cell : addCells(before, cell));
  }
  const ordered = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const series = ordered.flatMap(([, steps]) => seriesOfGroup(metric, steps, grid));
  return limitExemplars(keepSeries(metric, series), maxExemplars);
}

function seriesOfGroup(
  metric: Metric,
  steps: ReadonlyMap<number, MetricCell>,
  grid: StepGrid,
): MetricSeries[] {
  const [anyCell] = steps.values();
  const labels = metric.by.map((field, index) => ({
    key: printFieldExpression(field),
    ...attributeOfValue(anyCell?.labels[index]),
  }));
  const fn = metric.function;
  const scale = "field" in fn && typeOfValue(fn.field) === "duration" ? NANOS : 1;
  const exemplars = [...steps.values()].flatMap(({ exemplar }) => {
    if (exemplar === undefined) return [];
    const { traceId, spanId, endMs, value, durationNanos } = exemplar;
    if (!("field" in fn)) return [{ traceId, spanId, timestampMs: endMs, value: durationNanos / NANOS }];
    return value === undefined ? [] : [{ traceId, spanId, timestampMs: endMs, value: value / scale }];
  });
  exemplars.sort((a, b) => a.timestampMs - b.timestampMs || (a.spanId < b.spanId ? -1 : 1));
  const seriesOf = (
    more: MetricSeries["labels"],
    valueOf: (cell: MetricCell | undefined) => number | undefined,
    own = exemplars,
  ): MetricSeries[] => {
    const samples = samplesOf(steps, grid, valueOf);
    return samples.length === 0 ? [] : [{ labels: [...labels, ...more], samples, exemplars: own }];
  };
  switch (fn.type) {
    case "rate":
      return seriesOf([], (cell) => (cell?.spans ?? 0) / (grid.stepMs / 1_000));
    case "count_over_time":
      return seriesOf([], (cell) => cell?.spans ?? 0);
    case "quantile_over_time":
      return fn.quantiles.flatMap((q, index) =>
        seriesOf(
          [double("p", q)],
          (cell) => scaled(cell === undefined ? undefined : quantileOfBuckets(cell.buckets, q, cell), scale),
          index === fn.quantiles.length - 1 ? exemplars : [],
        ),
      );
    case "histogram_over_time": {
      const powers = [...steps.values()].flatMap(({ buckets }) => [...powersOfTwo(buckets).keys()]);
      const distinct = [...new Set(powers)].sort((a, b) => a - b);
      return distinct.flatMap((power) =>
        seriesOf(
          [double("__bucket", power / scale)],
          (cell) => (cell === undefined ? 0 : (powersOfTwo(cell.buckets).get(power) ?? 0)),
          exemplars.filter(({ value }) => isInPower(value * scale, power)),
        ),
      );
    }
    case "min_over_time":
      return seriesOf([], (cell) => scaled(numbersOf(cell)?.min, scale));
    case "max_over_time":
      return seriesOf([], (cell) => scaled(numbersOf(cell)?.max, scale));
    case "sum_over_time":
      return seriesOf([], (cell) => scaled(numbersOf(cell)?.sum, scale));
    case "avg_over_time":
      return seriesOf([], (cell) => {
        const known = numbersOf(cell);
        return known === undefined ? undefined : known.sum / known.numbers / scale;
      });
  }
}

const double = (key: string, value: number) => ({ key, type: AttributeType.double, value });
const numbersOf = (cell: MetricCell | undefined) =>
  cell === undefined || cell.numbers === 0 ? undefined : cell;
const scaled = (value: number | undefined, scale: number) =>
  value === undefined ? undefined : value / scale;
const isInPower = (value: number, power: number) =>
  power === 0 ? value <= 0 : value >= power / 2 && value < power;

function samplesOf(
  steps: ReadonlyMap<number, MetricCell>,
  { firstMs, stepMs, count }: StepGrid,
  valueOf: (cell: MetricCell | undefined) => number | undefined,
): MetricSeries["samples"] {
  const samples: { timestampMs: number; value: number }[] = [];
  for (let step = 0; step < count; step += 1) {
    const value = valueOf(steps.get(step));
    if (value !== undefined) samples.push({ timestampMs: firstMs + step * stepMs, value });
  }
  return samples;
}

/** At each step the series with the largest or smallest values stay, ties by their order. */
function keepSeries({ keep }: Metric, all: readonly MetricSeries[]): readonly MetricSeries[] {
  let series = all;
  for (const { type, count } of keep) {
    const sign = type === "topk" ? -1 : 1;
    const byTime = new Map<number, { readonly index: number; readonly value: number }[]>();
    for (const [index, { samples }] of series.entries()) {
      for (const { timestampMs, value } of samples) {
        const row = byTime.get(timestampMs) ?? [];
        byTime.set(timestampMs, row);
        row.push({ index, value });
      }
    }
    const kept = series.map(() => new Set<number>());
    for (const [timestampMs, row] of byTime) {
      row.sort((a, b) => sign * (a.value - b.value) || a.index - b.index);
      for (const { index } of row.slice(0, count)) kept[index]!.add(timestampMs);
    }
    series = series
      .map((one, index) => ({
        ...one,
        samples: one.samples.filter(({ timestampMs }) => kept[index]!.has(timestampMs)),
      }))
      .filter(({ samples }) => samples.length > 0);
  }
  return series;
}

/** The same number of each series, evenly over the time. */
function limitExemplars(series: readonly MetricSeries[], most: number): readonly MetricSeries[] {
  const each = series.length === 0 ? 0 : Math.max(Math.floor(most / series.length), most > 0 ? 1 : 0);
  let left = most;
  return series.map((one) => {
    const { exemplars } = one;
    const count = Math.min(each, left, exemplars.length);
    left -= count;
    const chosen = Array.from(
      { length: count },
      (_, i) => exemplars[Math.floor((i * exemplars.length) / count)]!,
    );
    return { ...one, exemplars: chosen };
  });
}
