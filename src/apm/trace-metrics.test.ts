import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  arbitraryCondition,
  arbitraryMetric,
  arbitraryPipeline,
} from "../../test/contract/arbitrary-queries.ts";
import { arbitraryTraces, batchOfSpans } from "../../test/contract/arbitrary-traces.ts";
import { DAY_MS, durationMs } from "../model/time.ts";
import type { Span } from "../model/span.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { findTraces } from "../store/clickhouse/find-traces.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { readMetricCells } from "../store/clickhouse/read-metric-cells.ts";
import { readTraces } from "../store/clickhouse/read-traces.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { compilePipeline } from "../traceql/eval/evaluate-pipeline.ts";
import { compileCells } from "../traceql/eval/metric-cell.ts";
import { seriesOfCells, stepGrid } from "../traceql/eval/metric-series.ts";
import { viewTrace } from "../traceql/eval/trace-view.ts";
import { metricToSql } from "../traceql/metric-sql.ts";
import { printQuery } from "../traceql/print-query.ts";
import type { Pipeline, Query } from "../traceql/query.ts";
import { createTraceMetrics } from "./trace-metrics.ts";
import type { TraceSeries } from "./trace-search.ts";
import { TRACE_QUERY_LIMITS } from "./trace-search-ports.ts";

let clickhouse: ClickHouse;
let dataDir: string;
let lastGroup = 0n;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-trace-metrics-"));
  clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const retention = {
    spansMs: durationMs(3_650 * DAY_MS),
    sliCountsMs: durationMs(3_650 * DAY_MS),
    samplesMs: DAY_MS,
  };
  await migrateClickHouse(clickhouse, { retention });
});

afterAll(async () => {
  await clickhouse.close();
  await rm(dataDir, { recursive: true, force: true });
});

const PROPERTY_MS = 3_000;
const ORIGIN_MS = 1_750_000_000_000;
const OPTIONS = { startMs: ORIGIN_MS + 2_000, endMs: ORIGIN_MS + 15_000, stepMs: 5_000, maxExemplars: 1_000 };

const metrics = () =>
  createTraceMetrics(
    {
      findTraces: (selection) => findTraces(clickhouse, selection),
      readTraces: (request) => readTraces(clickhouse, request),
      readMetricCells: (request) => readMetricCells(clickhouse, request),
    },
    TRACE_QUERY_LIMITS,
    () => 0,
  );

/** By the evaluator alone. */
function expected(query: Query, traces: readonly (readonly Span[])[]): readonly TraceSeries[] {
  const grid = stepGrid(OPTIONS.startMs, OPTIONS.endMs, OPTIONS.stepMs);
  const evaluate = compilePipeline(query.pipeline);
  const cellOf = compileCells(query.metric!, grid.firstMs, grid.stepMs);
  const cells = traces.map(viewTrace).flatMap((view) => {
    const spans = new Set(evaluate(view).flatMap((spanset) => spanset.spans));
    return [...spans].map((span) => cellOf(span, view));
  });
  return seriesOfCells(query.metric!, cells, grid, OPTIONS.maxExemplars);
}

/** Sums of doubles depend on their order in the last bits. */
const rounded = (series: readonly TraceSeries[]) =>
  series.map(({ labels, samples, exemplars }) => ({
    labels,
    exemplars,
    samples: samples.map(({ timestampMs, value }) => ({ timestampMs, value: Number(value.toPrecision(12)) })),
  }));

const single = arbitraryCondition.map((condition): Pipeline => ({
  spansets: { type: "filter", condition },
  stages: [],
}));

describe("metrics over the store", () => {
  it(
    "are what the evaluator computes from every whole trace, in SQL or not",
    { timeout: 60_000 },
    async () => {
      const seen = { inSql: 0, byTraces: 0, series: 0 };
      const deadline = Date.now() + PROPERTY_MS;
      await fc.assert(
        fc.asyncProperty(
          arbitraryTraces(ORIGIN_MS, 8),
          fc.array(fc.tuple(fc.oneof(single, single, arbitraryPipeline), arbitraryMetric), {
            minLength: 20,
            maxLength: 20,
          }),
          async (traces, queries) => {
            if (Date.now() > deadline) return;
            await clickhouse.command("background", "TRUNCATE TABLE spans");
            lastGroup += 1n;
            const batches = [batchOfSpans(traces.flat())];
            await insertSpans(clickhouse, { groupId: lastGroup, writer: 1n, batches });
            for (const [pipeline, metric] of queries) {
              const query = { pipeline, metric: { ...metric, keep: [] }, hints: [] };
              const text = printQuery(query);
              const outcome = await metrics()(text, OPTIONS);
              if (outcome.kind !== "series") throw new Error(`${text}: ${outcome.error.message}`);
              const series = rounded(expected(query, traces));
              expect({ text, series: rounded(outcome.series) }).toEqual({ text, series });
              if (metricToSql(query) === undefined) seen.byTraces += 1;
              else seen.inSql += 1;
              seen.series += series.length;
            }
          },
        ),
        { numRuns: 15 },
      );
      expect(Math.min(seen.inSql, seen.byTraces, seen.series)).toBeGreaterThan(0);
    },
  );
});
