import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arbitraryPipeline, printPipelineQuery } from "../../test/contract/arbitrary-queries.ts";
import { arbitraryTraces, batchOfSpans } from "../../test/contract/arbitrary-traces.ts";
import { sampleAttributes, sampleSpans } from "../../test/contract/sample-spans.ts";
import type { SampleSpan } from "../../test/contract/sample-spans.ts";
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

const PROPERTY_MS = 3_000;
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
    const deadline = Date.now() + PROPERTY_MS;
    await fc.assert(
      fc.asyncProperty(
        arbitraryTraces(ORIGIN_MS, 8),
        fc.array(arbitraryPipeline, { minLength: 20, maxLength: 20 }),
        async (traces, pipelines) => {
          // Its own end: what fast-check interrupts goes on beside the next test.
          if (Date.now() > deadline) return;
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
      { numRuns: 15 },
    );
    expect(found).toBeGreaterThan(0);
  });

  describe("of known traces", () => {
    const store = (spans: readonly SampleSpan[]) => {
      lastGroup += 1n;
      return insertSpans(clickhouse, { groupId: lastGroup, writer: 1n, batches: [sampleSpans(spans)] });
    };
    const idOf = (number: number, digits: number) => String(number).padStart(digits, "0");

    /** Trace n starts n seconds after the origin: a root of 2 s, a child that begins a second later, and one that failed. */
    const trace = (n: number): SampleSpan[] => {
      const traceId = idOf(n, 32);
      const at = ORIGIN_MS + n * 1_000;
      const root = idOf(n * 10, 16);
      return [
        { traceId, spanId: root, name: "root", service: "front", endMs: at + 2_000, durationMs: 2_000 },
        {
          traceId,
          spanId: idOf(n * 10 + 1, 16),
          parentSpanId: root,
          name: "child",
          endMs: at + 1_500,
          durationMs: 500,
        },
        {
          traceId,
          spanId: idOf(n * 10 + 2, 16),
          parentSpanId: root,
          name: "failed",
          status: 2,
          endMs: at + 1_900,
          durationMs: 100,
          attributes: sampleAttributes({ "http.route": "/x", retries: 3 }),
        },
      ];
    };
    const ids = (outcome: Awaited<ReturnType<typeof search>>) =>
      outcome.kind === "found"
        ? outcome.traces.map(({ traceId }) => Number(traceId))
        : [outcome.error.message];

    beforeAll(async () => {
      await clickhouse.command("background", "TRUNCATE TABLE spans");
      await store([1, 2, 3, 4, 5].flatMap(trace));
    });
    const all = { startMs: ORIGIN_MS, endMs: ORIGIN_MS + 60_000 };

    it("gives the newest first, and the newest of more than the limit", async () => {
      expect(ids(await search("{ status = error }", { ...all, limit: 2 }))).toEqual([5, 4]);
      expect(ids(await search('{ name = "root" } > { status = error }', { ...all, limit: 2 }))).toEqual([
        5, 4,
      ]);
      expect(ids(await search("{ } | count() > 3", { ...all, limit: 2 }))).toEqual([]);
    });

    it("takes the same whether the newest part of the range has enough or not", async () => {
      const range = { startMs: ORIGIN_MS - 50_000, endMs: ORIGIN_MS + 7_000 };
      for (const query of ["{ status = error }", "{ status = error && traceDuration = 2s }"]) {
        expect(ids(await search(query, { ...range, limit: 2 }))).toEqual([5, 4]);
        expect(ids(await search(query, { ...range, limit: 4 }))).toEqual([5, 4, 3, 2]);
      }
    });

    it("counts a trace to the range in which a matching span ended, whichever of its spans are outside", async () => {
      const range = { startMs: ORIGIN_MS + 3_500, endMs: ORIGIN_MS + 4_500 };
      expect(ids(await search('{ name = "child" }', range))).toEqual([2]);
      expect(ids(await search('{ name = "root" } >> { name = "child" }', range))).toEqual([2]);
      expect(ids(await search("{ traceDuration = 2s }", range))).toEqual([2]);
      const end = { startMs: ORIGIN_MS, endMs: ORIGIN_MS + 2_500 };
      expect(ids(await search('{ name = "child" }', end))).toEqual([]);
    });

    it("tells what the query asks about, as many spans as wanted, and the root", async () => {
      const query = '{ status = error && rootName = "root" } | select(span.retries, duration)';
      const run = createTraceSearch(storePorts(), TRACE_QUERY_LIMITS, () => 0);
      const outcome = await run(query, { ...all, limit: 1, spansPerSpanset: 1 });
      expect(outcome).toEqual({
        kind: "found",
        inspectedTraces: 1,
        inspectedSpans: 3,
        isPartial: false,
        limitReached: undefined,
        traces: [
          {
            traceId: idOf(5, 32),
            rootServiceName: "front",
            rootTraceName: "root",
            startUnixNano: BigInt(ORIGIN_MS + 5_000) * 1_000_000n,
            durationMs: 2_000,
            spanSets: [
              {
                matched: 1,
                attributes: [],
                spans: [
                  {
                    spanId: idOf(52, 16),
                    name: "failed",
                    startUnixNano: BigInt(ORIGIN_MS + 6_800) * 1_000_000n,
                    durationNanos: 100_000_000,
                    attributes: [
                      { key: "status", type: 0, value: "error" },
                      { key: "rootName", type: 0, value: "root" },
                      { key: "retries", type: 1, value: 3 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      });
      const many = await run("{ }", { ...all, limit: 1, spansPerSpanset: 2 });
      const [spanset] = many.kind === "found" ? many.traces[0]!.spanSets : [];
      expect([spanset?.matched, spanset?.spans.map(({ name }) => name)]).toEqual([3, ["root", "child"]]);
    });

    it.each([
      [
        "traces",
        { maxTraces: 2 },
        { isPartial: true, limitReached: "2 traces were looked at", inspectedTraces: 2 },
      ],
      ["spans", { maxSpans: 7 }, { limitReached: "7 spans were looked at", inspectedSpans: 7 }],
      [
        "spans of one trace",
        { maxSpansEach: 2 },
        { limitReached: "traces too large to be read whole: 5", inspectedSpans: 10 },
      ],
    ])("says that it is partial where it may not look at all %s", async (_, limits, inspected) => {
      const run = createTraceSearch(storePorts(), { ...TRACE_QUERY_LIMITS, ...limits }, () => 0);
      const outcome = await run("{ } | count() > 100", { ...all, limit: 20, spansPerSpanset: 3 });
      expect(outcome).toMatchObject({ kind: "found", traces: [], ...inspected });
    });

    it("finds nothing where no trace is long enough", async () => {
      expect(ids(await search("{ traceDuration > 1h && span.retries = 3 }", all))).toEqual([]);
      expect(ids(await search('{ traceDuration > 1h || rootName = "none" }', all))).toEqual([]);
    });

    it("ends when its time has passed", async () => {
      let clock = 0;
      const run = createTraceSearch(storePorts(), TRACE_QUERY_LIMITS, () => (clock += 30_000));
      const outcome = await run("{ } | count() > 100", { ...all, limit: 20, spansPerSpanset: 3 });
      expect(outcome).toMatchObject({
        isPartial: true,
        limitReached: "20000 ms have passed",
        inspectedTraces: 0,
      });
    });

    it("refuses what is no search", async () => {
      expect(ids(await search("{ } | rate()", all))).toEqual([
        "a search finds traces; this query computes metrics",
      ]);
      expect(ids(await search("{", all))).toEqual(["the query ends too early"]);
    });

    it("reads traces in parts where they are many rows", async () => {
      const request = {
        traceIds: [1, 2, 3, 4, 5].map((n) => idOf(n, 32)),
        fromMs: all.startMs,
        toMs: all.endMs,
      };
      const read = await readTraces(clickhouse, { ...request, maxSpansEach: 10, maxSpans: 8 });
      expect([
        [...read.traces.values()].map((spans) => spans.length),
        [...read.incomplete].map(Number),
      ]).toEqual([
        [3, 3, 2],
        [3, 4, 5],
      ]);
    });
  });
});
