import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_ATTRIBUTES } from "../../src/model/attributes.ts";
import type { SpanBatch } from "../../src/model/span-batch.ts";
import { DAY_MS, durationMs } from "../../src/model/time.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import { openEmbeddedClickHouse } from "../../src/store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../../src/store/clickhouse/migrate-clickhouse.ts";
import { insertSpans } from "../../src/store/clickhouse/span-rows.ts";
import { wireTraceQueries } from "../../src/wire/trace-queries.ts";
import { sampleAttributes } from "../contract/sample-spans.ts";
import type { BenchResult } from "./main.ts";

const HOUR_MS = 3_600_000;
const SPANS = Number(process.env["NOROSHI_BENCH_SPANS"] ?? 1_000_000);
const SPANS_A_TRACE = 10;
const SPANS_A_BATCH = 100_000;
const RUNS = 10;

const SEARCHES: Readonly<Record<string, string>> = {
  "one service, errors": '{ resource.service.name = "service-3" && status = error }',
  "rare attribute": '{ span.customer = "customer-17" }',
  "nothing matches": '{ span.customer = "nobody" }',
  "root and duration": '{ rootServiceName = "service-0" && duration > 140ms }',
  "trace duration": "{ traceDuration > 180ms }",
  structural: '{ resource.service.name = "service-2" } >> { status = error }',
  pipe: "{ status = error } | count() > 2",
};

const METRICS: Readonly<Record<string, string>> = {
  "rate by service": "{ } | rate() by (resource.service.name)",
  "quantiles of one service":
    '{ resource.service.name = "service-3" } | quantile_over_time(duration, 0.5, 0.99) by (name)',
  "rate below a parent": '{ resource.service.name = "service-8" } > { status = error } | rate()',
};

/** TraceQL over an hour of spans in the embedded engine: milliseconds, median and slowest of ten. */
export async function benchTraceSearch(): Promise<BenchResult> {
  const dataDir = await mkdtemp(join(tmpdir(), "noroshi-bench-traces-"));
  const clickhouse = await openEmbeddedClickHouse({ dataDir, log: SILENT_LOG });
  const figures: Record<string, number> = { spans: SPANS };
  try {
    const retention = {
      spansMs: durationMs(30 * DAY_MS),
      sliCountsMs: durationMs(30 * DAY_MS),
      samplesMs: DAY_MS,
    };
    await migrateClickHouse(clickhouse, { retention });
    const endMs = Math.floor(Date.now() / 1_000) * 1_000;
    for (let first = 0; first < SPANS; first += SPANS_A_BATCH) {
      const batch = batchOf(first, Math.min(SPANS_A_BATCH, SPANS - first), endMs - HOUR_MS);
      await insertSpans(clickhouse, { groupId: BigInt(first + 1), writer: 1n, batches: [batch] });
    }
    const { search, metrics } = wireTraceQueries(clickhouse);
    const range = { startMs: endMs - HOUR_MS, endMs };
    for (const [what, query] of Object.entries(SEARCHES)) {
      await measure(figures, what, async () => {
        const outcome = await search(query, { ...range, limit: 20, spansPerSpanset: 3 });
        if (outcome.kind === "invalid") throw new Error(outcome.error.message);
        figures[`${what}: traces`] = outcome.traces.length;
        figures[`${what}: traces looked at`] = outcome.inspectedTraces;
      });
    }
    for (const [what, query] of Object.entries(METRICS)) {
      await measure(figures, what, async () => {
        const outcome = await metrics(query, { ...range, stepMs: 60_000, maxExemplars: 100 });
        if (outcome.kind === "invalid") throw new Error(outcome.error.message);
        figures[`${what}: series`] = outcome.series.length;
        figures[`${what}: is partial`] = Number(outcome.isPartial);
      });
    }
  } finally {
    await clickhouse.close();
    await rm(dataDir, { recursive: true, force: true });
  }
  return { name: "traces", figures };
}

async function measure(
  figures: Record<string, number>,
  what: string,
  run: () => Promise<void>,
): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  figures[`${what}: p50 ms`] = Math.round(times[Math.floor(RUNS / 2)] ?? 0);
  figures[`${what}: p99 ms`] = Math.round(times.at(-1) ?? 0);
}

const SERVICES = Array.from({ length: SPANS_A_TRACE }, (_, index) => `service-${index}`);

/** A chain of ten services a trace; some spans fail, each in its own rhythm. */
function batchOf(first: number, count: number, startMs: number): SpanBatch {
  const rows = Array.from({ length: count }, (_, row) => first + row);
  const traceOf = (row: number) => Math.floor(row / SPANS_A_TRACE);
  const depthOf = (row: number) => row % SPANS_A_TRACE;
  const startOf = (row: number) => startMs + Math.floor((traceOf(row) * HOUR_MS) / (SPANS / SPANS_A_TRACE));
  const durationOf = (row: number) => (SPANS_A_TRACE - depthOf(row)) * (5 + ((traceOf(row) * 7) % 15));
  const ids = (size: number, idOf: (row: number) => number): Uint8Array => {
    const bytes = Buffer.alloc(count * size);
    for (const [i, row] of rows.entries()) {
      // Mixed, so that ids do not lie in the order of time.
      const id = idOf(row);
      if (id === 0) continue;
      bytes.writeUInt32BE(Math.imul(id, 2_654_435_761) >>> 0, i * size);
      bytes.writeUInt32BE(id, i * size + size - 4);
    }
    return new Uint8Array(bytes);
  };
  const none = new Uint32Array(count);
  return {
    count,
    resources: SERVICES.map((service) => ({
      attributes: sampleAttributes({
        "service.name": service,
        "service.version": "1.2.3",
        "k8s.pod.name": `${service}-x`,
      }),
      schemaUrl: "",
      serviceName: service,
    })),
    scopes: [{ name: "bench", version: "1", attributes: NO_ATTRIBUTES, schemaUrl: "" }],
    resource: Uint32Array.from(rows, depthOf),
    scope: none,
    traceIds: ids(16, (row) => traceOf(row) + 1),
    spanIds: ids(8, (row) => row + 1),
    parentSpanIds: ids(8, (row) => (depthOf(row) === 0 ? 0 : row)),
    traceState: rows.map(() => ""),
    flags: none,
    name: rows.map((row) => `GET /step/${depthOf(row)}/${traceOf(row) % 5}`),
    kind: Uint8Array.from(rows, () => 2),
    status: Uint8Array.from(rows, (row) => (row % 97 === 0 || traceOf(row) % 499 === 0 ? 2 : 0)),
    statusMessage: rows.map(() => ""),
    startUnixNano: BigUint64Array.from(rows, (row) => BigInt(startOf(row)) * 1_000_000n),
    endUnixNano: BigUint64Array.from(rows, (row) => BigInt(startOf(row) + durationOf(row)) * 1_000_000n),
    durationNanos: Float64Array.from(rows, (row) => durationOf(row) * 1e6),
    endMs: Float64Array.from(rows, (row) => startOf(row) + durationOf(row)),
    attributes: rows.map((row) =>
      sampleAttributes({
        "http.request.method": "GET",
        "http.route": `/step/${depthOf(row)}`,
        "http.response.status_code": row % 97 === 0 ? 500 : 200,
        "url.path": `/step/${depthOf(row)}/${row}`,
        customer: `customer-${traceOf(row) % 5_000}`,
      }),
    ),
    droppedAttributes: none,
    events: rows.map(() => []),
    droppedEvents: none,
    links: rows.map(() => []),
    droppedLinks: none,
  };
}
