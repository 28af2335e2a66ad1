import { compilePipeline } from "../traceql/eval/evaluate-pipeline.ts";
import { compileCells } from "../traceql/eval/metric-cell.ts";
import type { MetricCell } from "../traceql/eval/metric-cell.ts";
import { seriesOfCells, stepGrid } from "../traceql/eval/metric-series.ts";
import type { StepGrid } from "../traceql/eval/metric-series.ts";
import type { FilterError } from "../traceql/filter-error.ts";
import { metricToSql } from "../traceql/metric-sql.ts";
import type { MetricSql } from "../traceql/metric-sql.ts";
import { parseTraceQuery } from "../traceql/parse-query.ts";
import type { Metric, Query } from "../traceql/query.ts";
import { readValueText } from "../traceql/value-sql.ts";
import { endedWithin } from "./search-traces.ts";
import type { Inspected, TraceMetrics, TraceMetricsOptions, TraceSeries } from "./trace-search.ts";
import type { MetricCellRow, TraceMetricsStore, TraceQueryLimits } from "./trace-search-ports.ts";
import { TRACE_MARGIN_MS, walkTraces } from "./walk-traces.ts";

/** Metrics over a store. `now`: milliseconds of any clock that goes forward. */
export function createTraceMetrics(
  store: TraceMetricsStore,
  limits: TraceQueryLimits,
  now: () => number,
): TraceMetrics {
  return async (text, options) => {
    const parsed = parseTraceQuery(text);
    if (!parsed.ok) return { kind: "invalid", error: parsed.error };
    const { query } = parsed;
    const { metric } = query;
    if (metric === undefined)
      return {
        kind: "invalid",
        error: wrong(
          "this query finds traces, it computes no metrics",
          "add | rate() or another metrics function",
        ),
      };
    const grid = stepGrid(options.startMs, options.endMs, options.stepMs);
    if (grid.count > limits.maxSteps) {
      const message = `${grid.count} steps are more than ${limits.maxSteps}`;
      return { kind: "invalid", error: wrong(message, "ask for longer steps or a shorter time") };
    }
    const maxExemplars = exemplarsOf(query, options.maxExemplars);
    const sql = metricToSql(query);
    const { cells, inspected } =
      sql === undefined
        ? await cellsOfTraces(store, limits, now, query, metric, grid, options)
        : await cellsOfSql(store, limits, sql, grid, maxExemplars > 0, options);
    const all = seriesOfCells(metric, cells, grid, maxExemplars);
    const series = limitSamples(all, limits.maxSamples);
    const isPartial = inspected.isPartial || series.length < all.length;
    const limitReached =
      inspected.limitReached ?? (isPartial ? `${limits.maxSamples} samples were computed` : undefined);
    return { kind: "series", series, ...inspected, isPartial, limitReached };
  };
}

const wrong = (message: string, hint: string): FilterError => ({
  message,
  position: 0,
  line: 1,
  column: 1,
  hint,
});

/** `with (exemplars = …)`: true, false or how many. */
function exemplarsOf({ hints }: Query, most: number): number {
  const value = hints.find(({ name }) => name === "exemplars")?.value;
  if (value?.type === "boolean") return value.value ? most : 0;
  if (value?.type === "int") return Math.min(Math.max(Number(value.value), 0), most);
  return most;
}

interface Cells {
  readonly cells: readonly MetricCell[];
  readonly inspected: Inspected;
}

async function cellsOfSql(
  store: TraceMetricsStore,
  limits: TraceQueryLimits,
  sql: MetricSql,
  grid: StepGrid,
  withExemplars: boolean,
  { signal }: TraceMetricsOptions,
): Promise<Cells> {
  const fromMs = grid.firstMs;
  const toMs = grid.firstMs + grid.count * grid.stepMs;
  const rows = await store.readMetricCells({
    ...sql,
    fromMs,
    toMs,
    stepMs: grid.stepMs,
    wideFromMs: fromMs - TRACE_MARGIN_MS,
    wideToMs: toMs + TRACE_MARGIN_MS,
    withExemplars,
    limit: limits.maxCells + 1,
    ...(signal === undefined ? {} : { signal }),
  });
  const isPartial = rows.length > limits.maxCells;
  const cells = rows.slice(0, limits.maxCells).map(cellOfRow);
  return {
    cells,
    inspected: {
      inspectedTraces: 0,
      inspectedSpans: cells.reduce((sum, { spans }) => sum + spans, 0),
      isPartial,
      limitReached: isPartial ? `${limits.maxCells} groups of spans were read; group by less` : undefined,
    },
  };
}

const cellOfRow = (row: MetricCellRow): MetricCell => ({
  ...row,
  labels: row.labels.map(readValueText),
  buckets: new Map(row.bucket === undefined ? [] : [[row.bucket, row.spans]]),
});

async function cellsOfTraces(
  store: TraceMetricsStore,
  limits: TraceQueryLimits,
  now: () => number,
  { pipeline }: Query,
  metric: Metric,
  grid: StepGrid,
  { signal }: TraceMetricsOptions,
): Promise<Cells> {
  const startMs = grid.firstMs;
  const endMs = grid.firstMs + grid.count * grid.stepMs;
  const evaluate = compilePipeline(pipeline);
  const cellOf = compileCells(metric, grid.firstMs, grid.stepMs);
  const isInRange = endedWithin(startMs, endMs);
  const cells: MetricCell[] = [];
  const walk = { store, limits, now, pipeline, startMs, endMs, enough: undefined, signal };
  const inspected = await walkTraces(walk, (view) => {
    // A span counts once, whatever the spansets it is in.
    const spans = new Set(evaluate(view).flatMap((spanset) => spanset.spans));
    for (const span of spans) if (isInRange(span)) cells.push(cellOf(span, view));
    return spans.size > 0;
  });
  return { cells, inspected };
}

function limitSamples(series: readonly TraceSeries[], most: number): readonly TraceSeries[] {
  let left = most;
  return series.filter(({ samples }) => {
    left -= samples.length;
    return left >= 0;
  });
}
