import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arbitraryPipeline, printPipelineQuery } from "../../test/contract/arbitrary-queries.ts";
import { arbitraryTraces, batchOfSpans } from "../../test/contract/arbitrary-traces.ts";
import { DAY_MS, durationMs } from "../model/time.ts";
import type { Span } from "../model/span.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { findTraces } from "../store/clickhouse/find-traces.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { readTraces } from "../store/clickhouse/read-traces.ts";
import { insertSpans } from "../store/clickhouse/span-rows.ts";
import { compilePipeline } from "../traceql/eval/evaluate-pipeline.ts";
import { viewTrace } from "../traceql/eval/trace-view.ts";
import type { Pipeline } from "../traceql/query.ts";
import { createTraceSearch, endedWithin } from "./search-traces.ts";
import { TRACE_QUERY_LIMITS } from "./trace-search-ports.ts";

let clickhouse: ClickHouse;
let dataDir: string;
let lastGroup = 0n;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "noroshi-search-"));
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

const ORIGIN_MS = 1_750_000_000_000;

async function storeOnly(spans: readonly Span[]): Promise<void> {
  await clickhouse.command("background", "TRUNCATE TABLE spans");
  lastGroup += 1n;
  await insertSpans(clickhouse, { groupId: lastGroup, writer: 1n, batches: [batchOfSpans(spans)] });
}

const storePorts = () => ({
  findTraces: (selection: Parameters<typeof findTraces>[1]) => findTraces(clickhouse, selection),
  readTraces: (request: Parameters<typeof readTraces>[1]) => readTraces(clickhouse, request),
});
const search = (query: string, options: { startMs: number; endMs: number; limit?: number }) =>
  createTraceSearch(
    storePorts(),
    TRACE_QUERY_LIMITS,
    () => 0,
  )(query, {
    limit: 1_000,
    spansPerSpanset: 100,
    ...options,
  });

const RANGE = { startMs: ORIGIN_MS + 2_000, endMs: ORIGIN_MS + 15_000 };

/** By the evaluator alone: each trace that matches with the ids of the spans of its spansets. */
function expected(pipeline: Pipeline, traces: readonly (readonly Span[])[]) {
  const evaluate = compilePipeline(pipeline);
  const isInRange = endedWithin(RANGE.startMs, RANGE.endMs);
  return traces
    .map(viewTrace)
    .sort((a, b) =>
      a.startUnixNano === b.startUnixNano
        ? a.traceId < b.traceId
          ? -1
          : 1
        : a.startUnixNano > b.startUnixNano
          ? -1
          : 1,
    )
    .flatMap((view) => {
      const spansets = evaluate(view);
      if (!spansets.some(({ spans }) => spans.some(isInRange))) return [];
      return [
        { traceId: view.traceId, spanIds: spansets.map(({ spans }) => spans.map(({ spanId }) => spanId)) },
      ];
    });
}

describe("a search over the store", () => {
  it("finds what the evaluator finds on every whole trace, for any query", { timeout: 60_000 }, async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        arbitraryTraces(ORIGIN_MS, 8),
        fc.array(arbitraryPipeline, { minLength: 20, maxLength: 20 }),
        async (traces, pipelines) => {
          await storeOnly(traces.flat());
          for (const pipeline of pipelines) {
            const query = printPipelineQuery(pipeline);
            const outcome = await search(query, RANGE);
            if (outcome.kind !== "found") throw new Error(`${query}: ${outcome.error.message}`);
            const traceIds = outcome.traces.map(({ traceId, spanSets }) => ({
              traceId,
              spanIds: spanSets.map(({ spans }) => spans.map(({ spanId }) => spanId)),
            }));
            expect({ query, traces: traceIds }).toEqual({ query, traces: expected(pipeline, traces) });
            found += traceIds.length;
          }
        },
      ),
      { numRuns: 20, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false },
    );
    expect(found).toBeGreaterThan(20);
  });
});
