import type { PrometheusPorts } from "../api/prometheus/ports.ts";
import type { SloView } from "../api/slo-body.ts";
import type { Config } from "../config.ts";
import type { Evaluator } from "../evaluator/evaluator.ts";
import type { Now } from "../model/time.ts";
import type { QueryOutcome, RunQuery } from "../promql/query-request.ts";
import { createQueryEngine } from "../query/query-engine.ts";
import type { QueryEngine } from "../query/query-engine.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { ClickHouse, Lane } from "../store/clickhouse/clickhouse.ts";
import { readExemplars } from "../store/clickhouse/read-exemplars.ts";
import { readLabelNames } from "../store/clickhouse/read-label-names.ts";
import { readLabelValues } from "../store/clickhouse/read-label-values.ts";
import { readMetadata } from "../store/clickhouse/read-metadata.ts";
import { readSeriesLabels } from "../store/clickhouse/read-series-labels.ts";
import { createRunSql } from "../store/clickhouse/run-sql.ts";
import { isControlStoreAway } from "../store/postgres/control-store-error.ts";

/** As Prometheus: 11,000 steps, and the time at which they begin. */
const MAX_STEPS = 11_001;
const LOOKBACK_MS = 300_000;
const SUBQUERY_STEP_MS = 60_000;
const MAX_LISTED = 100_000;

export interface QueryParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface Queries {
  /** People's. */
  readonly run: RunQuery;
  /** Those of indicators that are evaluated: people's do not hold them up. */
  readonly runForIndicators: RunQuery;
  close(): Promise<void>;
}

/** PromQL over the telemetry store, in threads of its own, measured. A thread is there once it is needed. */
export function wireQueries(parts: QueryParts): Queries {
  const people = openEngine(parts, "read");
  const indicators = openEngine(parts, "background");
  return {
    run: people.run,
    runForIndicators: indicators.run,
    close: async () => {
      await Promise.all([people.close(), indicators.close()]);
    },
  };
}

function openEngine({ config, clickhouse, metrics, log }: QueryParts, lane: Lane): QueryEngine {
  const { maxSeries, maxSamples, maxPoints, maxTime, maxMemory } = config.file.queries;
  const engine = createQueryEngine({
    runSql: createRunSql(clickhouse, lane),
    isRemote: clickhouse.kind === "remote",
    limits: { maxSeries, maxSamples, maxPoints, maxSteps: MAX_STEPS },
    maxTimeMs: maxTime,
    maxHeapBytes: maxMemory,
    log,
  });
  const run: RunQuery = async (request, signal) => {
    const end = metrics.promqlSeconds.startTimer();
    const outcome = await engine.run(request, signal);
    end({ outcome: outcomeLabel(outcome) });
    if (outcome.kind === "answered") metrics.promqlSamples.inc(outcome.stats.samplesRead);
    return outcome;
  };
  return { run, close: engine.close };
}

function outcomeLabel(outcome: QueryOutcome): string {
  return outcome.kind === "failed" ? outcome.error.kind : outcome.kind;
}

/** What the Prometheus API is made of. */
export function wirePrometheusApi(
  parts: Pick<QueryParts, "clickhouse" | "log"> & {
    readonly runQuery: RunQuery;
    readonly sloViews: () => readonly SloView[];
    readonly evaluator: Pick<Evaluator, "intervalSeconds" | "lastSeconds">;
    readonly version: string;
    readonly now: Now;
  },
): PrometheusPorts {
  const { evaluator, log, now, version } = parts;
  const runSql = createRunSql(parts.clickhouse);
  return {
    runQuery: parts.runQuery,
    series: (selection) => readSeriesLabels(runSql, selection),
    labelNames: (selection) => readLabelNames(runSql, selection),
    labelValues: (label, selection) => readLabelValues(runSql, label, selection),
    metadata: (what) => readMetadata(runSql, what),
    exemplars: (selection) => readExemplars(runSql, selection),
    rules: () => ({
      slos: parts.sloViews(),
      intervalSeconds: evaluator.intervalSeconds,
      evaluationSeconds: evaluator.lastSeconds(),
    }),
    now,
    version,
    lookbackMs: LOOKBACK_MS,
    subqueryStepMs: SUBQUERY_STEP_MS,
    maxListed: MAX_LISTED,
    isStoreAway: isControlStoreAway,
    log,
  };
}
