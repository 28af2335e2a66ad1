import type { SampleBatch, SeriesRef } from "../model/sample-batch.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import { HOUR_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { Indicator, MetricsIndicator } from "../slo/indicator.ts";
import { CHUNK_MS } from "../slo/history.ts";
import type { SpanCounts } from "./count-spans.ts";
import { asIncrements } from "./counted-metric.ts";
import type { CountedMetric, MetricIndicatorOptions } from "./counted-metric.ts";
import { createLatestOnly } from "./latest-only.ts";
import { LONGEST_GAP_MS } from "./longest-gap.ts";
import { createMetricCounter } from "./metric-counter.ts";
import { tickAtOrBefore } from "./metric-evaluation.ts";
import { planMetrics } from "./metric-plan.ts";
import { createMetricRecount } from "./metric-recount.ts";
import type { MetricRecount } from "./metric-recount.ts";
import { letGo } from "./let-go.ts";
import { readableMetric, takeOnMetrics } from "./metric-set.ts";
import type { MetricSet } from "./metric-set.ts";
import { createMetricReconciler } from "./reconcile-metrics.ts";
import { readLastCounted } from "./read-last-counted.ts";
import { readTouched } from "./read-touched.ts";
import { createMetricWorker } from "./metric-worker.ts";

/** Knows which indicators over metrics are counted, and sees to it that their counts equal the stored samples. */
export interface MetricIndicators {
  /** Reads the control store; what was live is counted from the first group on. To be awaited before ingest opens. */
  load(): Promise<void>;
  /** Begins to count again, evaluate and backfill; to be called once groups are stored. */
  start(): void;
  /**
   * Counts exactly those over metrics of these from the next group on, and brings what is stored into the counts of new
   * ones in the background. As IndicatorRegistry.apply.
   */
  apply(indicators: readonly Indicator[]): Promise<void>;
  /** For the group commit: what a group adds. The set changes only between groups. */
  count(batches: readonly SampleBatch[]): SpanCounts;
  /** For the group commit: the group counted last has failed, whatever of it is stored. Harmless when repeated. */
  groupFailed(): void;
  /** For the series table: the number of a series is about to mean another one. */
  forgetSeries(ref: SeriesRef): void;
  /** Indicators whose counts are complete, and since when, epoch milliseconds. */
  live(): readonly { readonly id: string; readonly coveredFromMs: number }[];
  isLive(indicatorId: string): boolean;
  /** Compares a slice of the counts with what is stored; the next call goes on. Returns what was repaired. */
  reconcile(): Promise<readonly CountDelta[]>;
  /** Resolves when no backfill is left and nothing is to be counted again. */
  settled(): Promise<void>;
  /** Ends after what is under way. */
  close(): Promise<void>;
}

const RECOUNT_AT_START_MS = HOUR_MS;
const EVALUATION_DELAY_MS = 5_000;

export function createMetricIndicators(options: MetricIndicatorOptions): MetricIndicators {
  const { ports, now, log } = options;
  const stop = new AbortController();
  const set: MetricSet = { entries: new Map(), replan: () => {} };
  const recount = createMetricRecount(options, stop.signal, (id) => set.entries.get(id));
  const counter = createMetricCounter((indicators, fromMs, toMs) => {
    for (const indicator of indicators) recount.waiting.add(indicator, fromMs, toMs);
  });
  // An increase belongs to the later of two samples; the earlier one must be there too.
  const firstCountableMs = () => bucketStartMs(now() - options.sampleRetentionMs + HOUR_MS);
  const lastTickMs = () => tickAtOrBefore(now() - (options.evaluationDelayMs ?? EVALUATION_DELAY_MS));
  const parts = { options, set, recount, counter, firstCountableMs, lastTickMs, signal: stop.signal };
  const worker = createMetricWorker(parts);
  const reconciler = createMetricReconciler(parts);
  set.replan = () => {
    const indicators = [...set.entries.values()].flatMap(({ indicator }) => asIncrements(indicator) ?? []);
    counter.setPlan(planMetrics(indicators));
  };

  const apply = createLatestOnly(async (indicators: readonly Indicator[]) => {
    const overMetrics = indicators.filter(isOverMetrics);
    const wanted = new Map(overMetrics.map((indicator) => [indicator.id, indicator]));
    const leaving = [...set.entries.values()].filter(({ indicator }) => !wanted.has(indicator.id));
    await letGo(options, set.entries, leaving, (gone) => {
      for (const { indicator } of gone) recount.waiting.forget(indicator.id);
      set.replan();
    });
    const arriving = [...wanted.values()].filter(({ id }) => !set.entries.has(id));
    const entries = await takeOnMetrics(options, set, arriving, { recount, lastTickMs });
    if (entries.length > 0) worker.backfill(entries);
  });

  return {
    async load() {
      for (const { indicator, state, coveredFromMs } of await ports.states.list()) {
        if (state !== "live" || !isOverMetrics(indicator) || !readableMetric(indicator, log)) continue;
        const origin = { kind: "fresh" } as const;
        const evaluatedToMs = lastTickMs();
        set.entries.set(indicator.id, { indicator, phase: "live", origin, coveredFromMs, evaluatedToMs });
      }
      await recountSinceStop(options, recount, [...set.entries.values()]);
      set.replan();
    },
    start: () => worker.start(),
    apply,
    count(batches) {
      const counts = counter.count(batches);
      recount.saw(counts.deltas);
      return counts;
    },
    groupFailed: () => counter.groupFailed(),
    forgetSeries: (ref) => counter.forget(ref),
    live: () =>
      [...set.entries.values()].flatMap(({ phase, indicator, coveredFromMs }) =>
        phase === "live" ? [{ id: indicator.id, coveredFromMs: coveredFromMs ?? 0 }] : [],
      ),
    isLive: (id) => set.entries.get(id)?.phase === "live",
    reconcile: () => reconciler.run(),
    settled: () => worker.settled(),
    async close() {
      stop.abort(new Error("the service is stopping"));
      await worker.close();
      await recount.settled();
    },
  };
}

/**
 * A stop may have left samples without their counts, and late ones that were to be counted again: what the last groups
 * touched tells which. And nothing was evaluated while this service did not run.
 */
async function recountSinceStop(
  { ports, now }: MetricIndicatorOptions,
  { waiting }: MetricRecount,
  entries: readonly CountedMetric[],
): Promise<void> {
  const sinceMs = now() - RECOUNT_AT_START_MS;
  const evaluated = entries.filter(({ indicator }) => asIncrements(indicator) === undefined);
  const lastCounted = await readLastCounted(
    ports.store,
    evaluated.map(({ indicator }) => indicator.id),
  );
  const counters = entries.filter(({ indicator }) => asIncrements(indicator) !== undefined);
  const touched = await readTouched(
    ports.store,
    counters.map(({ indicator }) => indicator.id),
  );
  for (const { indicator, chunkMs } of touched) {
    waiting.add(indicator, chunkMs, chunkMs + CHUNK_MS - 1 + LONGEST_GAP_MS);
  }
  for (const { indicator, coveredFromMs, evaluatedToMs } of entries) {
    const { id } = indicator;
    if (asIncrements(indicator) !== undefined) waiting.add(id, sinceMs, now());
    else {
      const lastMs = lastCounted.get(id) ?? coveredFromMs ?? sinceMs;
      waiting.add(id, Math.min(sinceMs, lastMs), evaluatedToMs - 1);
    }
  }
}

function isOverMetrics(indicator: Indicator): indicator is MetricsIndicator {
  return indicator.source === "metrics";
}
