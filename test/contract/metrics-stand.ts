import { randomBytes } from "node:crypto";
import { createGroupCommitter } from "../../src/ingest/commit-group.ts";
import { createGroupCommit } from "../../src/ingest/group-commit.ts";
import { createGroupIds } from "../../src/ingest/group-id.ts";
import { createRecentBodies } from "../../src/ingest/recent-bodies.ts";
import { DEFAULT_SERIES_LIMITS } from "../../src/ingest/series-limits.ts";
import { createSeriesTable } from "../../src/ingest/series-table.ts";
import { labelsOf, METRIC_NAME } from "../../src/model/labels.ts";
import type { SampleBatch } from "../../src/model/sample-batch.ts";
import { DAY_MS, timestampMs } from "../../src/model/time.ts";
import type { Now } from "../../src/model/time.ts";
import { counterTerms } from "../../src/promql/counter-terms.ts";
import { parseQuery } from "../../src/promql/syntax/parse-query.ts";
import { printQuery } from "../../src/promql/syntax/print-query.ts";
import type { RunQuery } from "../../src/promql/query-request.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import type { Log } from "../../src/self/log.ts";
import type { CountsStore } from "../../src/sli/counts-sql.ts";
import type { MetricIndicatorPorts } from "../../src/sli/counted-metric.ts";
import type { createFakeIndicatorStates } from "../../src/sli/fake-indicator-states.ts";
import { createMetricIndicators } from "../../src/sli/metric-indicators.ts";
import { defineMetricsIndicator } from "../../src/slo/define-indicator.ts";
import type { MetricsIndicator } from "../../src/slo/indicator.ts";
import type { ClickHouse, Lane } from "../../src/store/clickhouse/clickhouse.ts";
import { deleteSliCounts } from "../../src/store/clickhouse/delete-sli-counts.ts";
import { insertIngestGroup } from "../../src/store/clickhouse/ingest-group-rows.ts";
import { readHighestGroupId } from "../../src/store/clickhouse/read-last-group-id.ts";
import { createSampleWriter } from "../../src/store/clickhouse/sample-writer.ts";
import { insertSliCounts } from "../../src/store/clickhouse/sli-count-rows.ts";

const SAMPLE_RETENTION_MS = 35 * DAY_MS;

export async function clearMetrics(clickhouse: ClickHouse): Promise<void> {
  for (const table of ["samples", "series", "sli_counts", "ingest_groups"]) {
    await clickhouse.command("background", `TRUNCATE TABLE ${table}`);
  }
}

/** A sample of a series, its labels with the metric's name as `__name__`. */
export interface TestSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly timeMs: number;
  readonly value: number;
}

export function incrementsOf(
  total: string,
  query: string,
  outcome: "good" | "bad" = "good",
): MetricsIndicator {
  const sumOf = (text: string) => {
    const parsed = parseQuery(text);
    if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
    const terms = counterTerms(parsed.expr, { bareCounters: true });
    if (!terms.ok) throw new Error(`${text}: ${terms.reason}`);
    return { query: printQuery(parsed.expr), terms: terms.terms };
  };
  return defineMetricsIndicator({ kind: "increments", total: sumOf(total), outcome, select: sumOf(query) });
}

/** What a test may make fail or wait. */
export interface MetricsHooks {
  /** Before each step of a group: throw, or never resolve. */
  beforeStep?: (step: "samples" | "counts" | "record") => Promise<void> | void;
  beforeStatement?: (sql: string) => Promise<void> | void;
  runQuery?: RunQuery;
  log?: Log;
}

/** One run of a process: series table, group commit, counting of metrics, on a store that outlives it. */
export async function startMetricsStand(
  clickhouse: ClickHouse,
  states: ReturnType<typeof createFakeIndicatorStates>,
  hooks: MetricsHooks = {},
  now: Now = () => timestampMs(Date.now()),
) {
  const writer = randomBytes(8).readBigUInt64LE();
  const table = createSeriesTable(DEFAULT_SERIES_LIMITS, SILENT_LOG);
  const insertSamples = createSampleWriter(clickhouse);
  const storeOf = (lane: Lane): CountsStore => ({
    async query(sql, options) {
      await hooks.beforeStatement?.(sql);
      return await clickhouse.query(lane, sql, options);
    },
    async command(sql, options) {
      await hooks.beforeStatement?.(sql);
      await clickhouse.command(lane, sql, options);
    },
  });
  const groupIds = createGroupIds(await readHighestGroupId(clickhouse), () => BigInt(Date.now()) * 1_000n);
  const ports: MetricIndicatorPorts = {
    states,
    store: storeOf("background"),
    deleteCounts: (indicators) => deleteSliCounts(clickhouse, { indicators }),
    atBoundary: (fn) => groupCommit.atBoundary(fn),
    announce: (touched) =>
      groupCommit.atBoundary(() =>
        insertIngestGroup(clickhouse, {
          groupId: groupIds.next(),
          writer,
          committedAtMs: Date.now(),
          bodies: [],
          spans: 0,
          touched,
        }),
      ),
    runQuery: hooks.runQuery ?? (() => Promise.reject(new Error("no queries here"))),
  };
  const indicators = createMetricIndicators({
    ports,
    writer,
    sampleRetentionMs: SAMPLE_RETENTION_MS,
    now,
    log: hooks.log ?? SILENT_LOG,
    backOffMs: [5],
    recountEveryMs: 1,
  });
  table.onForget((ref) => indicators.forgetSeries(ref));
  const committer = createGroupCommitter({
    ports: {
      insertSpans: () => Promise.resolve(),
      accumulate: (samples) => ({ samples, ended: () => {} }),
      async insertSamples({ groupId, samples }) {
        await hooks.beforeStep?.("samples");
        await insertSamples({ groupId, batches: samples });
      },
      count: (group) => indicators.count(group.samples),
      async insertSliCounts(groupId, deltas) {
        await hooks.beforeStep?.("counts");
        await insertSliCounts(clickhouse, { groupId, writer, deltas });
      },
      async insertIngestGroup({ groupId, bodies, spans, touched }) {
        await hooks.beforeStep?.("record");
        const committedAtMs = Date.now();
        await insertIngestGroup(clickhouse, { groupId, writer, committedAtMs, bodies, spans, touched });
      },
      async undoGroup() {
        indicators.groupFailed();
      },
    },
    now,
    log: SILENT_LOG,
    backOffMs: [],
  });
  const groupCommit = createGroupCommit({
    commit: committer.commit,
    settle: committer.settle,
    groupIds,
    recentBodies: createRecentBodies(1_000),
    now,
    log: SILENT_LOG,
    timing: { idleWaitMs: 0, maxWaitMs: 0 },
  });
  const batchOf = (samples: readonly TestSample[]): SampleBatch => ({
    table,
    floats: {
      count: samples.length,
      series: Uint32Array.from(samples, ({ labels }) => table.refOf(labelsOf(Object.entries(labels)), now())),
      timesMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
      values: Float64Array.from(samples, ({ value }) => value),
    },
    histograms: [],
    exemplars: [],
    metadata: [],
  });
  await indicators.load();
  indicators.start();
  return {
    indicators,
    groupCommit,
    table,
    submit: (samples: readonly TestSample[]) => groupCommit.submit({ samples: batchOf(samples) }),
    async stop() {
      await indicators.close();
      await groupCommit.drain();
    },
  };
}

/** Labels of a series of a metric. */
export function seriesOf(metric: string, labels: Readonly<Record<string, string>> = {}) {
  return { [METRIC_NAME]: metric, ...labels };
}
