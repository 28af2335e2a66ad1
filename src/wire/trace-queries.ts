import { createTraceSearch } from "../apm/search-traces.ts";
import { createTraceMetrics } from "../apm/trace-metrics.ts";
import type { TraceMetrics, TraceSearch } from "../apm/trace-search.ts";
import { TRACE_QUERY_LIMITS } from "../apm/trace-search-ports.ts";
import type { TraceMetricsStore } from "../apm/trace-search-ports.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { findTraces } from "../store/clickhouse/find-traces.ts";
import { readMetricCells } from "../store/clickhouse/read-metric-cells.ts";
import { readTraces } from "../store/clickhouse/read-traces.ts";

export interface TraceQueries {
  readonly search: TraceSearch;
  readonly metrics: TraceMetrics;
}

/** TraceQL over the telemetry store, in the lane of reads. */
export function wireTraceQueries(clickhouse: ClickHouse): TraceQueries {
  const store: TraceMetricsStore = {
    findTraces: (selection) => findTraces(clickhouse, selection),
    readTraces: (request) => readTraces(clickhouse, request),
    readMetricCells: (request) => readMetricCells(clickhouse, request),
  };
  const now = () => performance.now();
  return {
    search: createTraceSearch(store, TRACE_QUERY_LIMITS, now),
    metrics: createTraceMetrics(store, TRACE_QUERY_LIMITS, now),
  };
}
