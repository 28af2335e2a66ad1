import { bucketStartMs } from "../slo/bucket.ts";
import type { Indicator, MetricsIndicator, TracesIndicator } from "../slo/indicator.ts";
import { daysWithSpans, planBackfill } from "./backfill-counts.ts";
import type { BucketRange } from "./bucket-ranges.ts";
import { asEvaluated, asIncrements, metricsOf } from "./counted-metric.ts";
import { ENDS_IN_RANGE, indicatorSql, rawCountsSql } from "./counts-sql.ts";
import { countSamples, readOldestSample } from "./increments-sql.ts";
import { evaluateCounts } from "./metric-evaluation.ts";
import { readIncrements } from "./metric-recount.ts";
import { parseIndicator } from "./parse-indicator.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";
import type { PreviewGap, PreviewPorts, PreviewRange } from "./preview-counts.ts";
import { planEvaluations, planRecount } from "./recount-steps.ts";

/** Good and all events of one bucket. */
interface BucketCounts {
  readonly bucketMs: number;
  readonly good: number;
  readonly total: number;
}

/** A stretch of time that is counted at once. */
export interface PreviewStep extends BucketRange {
  /** Rejects when a store fails, or the time is over. */
  count(): Promise<{ readonly counts: readonly BucketCounts[]; readonly gaps: readonly PreviewGap[] }>;
}

export interface PreviewPlan {
  /** Newest first. */
  readonly steps: readonly PreviewStep[];
  /** Where what is stored, or what was asked for, begins. */
  readonly fromMs: number;
}

/**
 * What to count of an indicator, by the statements and the evaluations of the backfill; undefined when nothing that could
 * count is stored in the range, or the indicator cannot be read.
 */
export async function planPreview(
  ports: PreviewPorts,
  indicator: Indicator,
  range: PreviewRange,
  ended: AbortSignal,
): Promise<PreviewPlan | undefined> {
  const isTraces = indicator.source === "traces";
  const keptFromMs = await ports.keptFromMs(isTraces ? "spans" : "samples");
  const oldestMs = isTraces ? await ports.oldestSpanMs() : await oldestSampleMs(ports, indicator);
  if (oldestMs === undefined) return undefined;
  const firstKeptMs = Math.ceil(keptFromMs / 10_000) * 10_000;
  const fromMs = Math.max(range.startMs, firstKeptMs, bucketStartMs(oldestMs));
  if (fromMs >= range.endMs) return undefined;
  const asked = { fromMs, toMs: range.endMs };
  if (!isTraces) return { steps: await metricSteps(ports, indicator, asked, ended), fromMs };
  const steps = await spanSteps(ports, indicator, asked);
  return steps === undefined ? undefined : { steps, fromMs };
}

async function spanSteps(
  { store }: PreviewPorts,
  indicator: TracesIndicator,
  asked: BucketRange,
): Promise<readonly PreviewStep[] | undefined> {
  const parsed = parseIndicator(indicator);
  if (parsed === undefined) return undefined;
  const days = await daysWithSpans(store);
  const [pass] = planBackfill([{ indicator: parsed, afterGroup: 0n }], days, asked.fromMs);
  return (pass?.steps ?? [])
    .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, asked.toMs) }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .map((step) => ({ ...step, count: () => countSpans(store, parsed, step) }));
}

async function countSpans(store: PreviewPorts["store"], parsed: ParsedIndicator, step: BucketRange) {
  const rows = await store.query<{ bucket_s: number; good: number | string; total: number | string }>(
    rawCountsSql([indicatorSql(parsed)], ENDS_IN_RANGE),
    { params: { from_ms: step.fromMs, to_ms: step.toMs } },
  );
  const counts = rows.map(({ bucket_s, good, total }) => ({
    bucketMs: bucket_s * 1_000,
    good: Number(good),
    total: Number(total),
  }));
  return { counts, gaps: [] };
}

/** Of what it counts; of queries, which may read anything, of all samples. */
function oldestSampleMs({ store }: PreviewPorts, indicator: MetricsIndicator): Promise<number | undefined> {
  const increments = asIncrements(indicator);
  return readOldestSample(store, increments && metricsOf(increments.definition));
}

async function metricSteps(
  { store, runQuery }: PreviewPorts,
  indicator: MetricsIndicator,
  asked: BucketRange,
  ended: AbortSignal,
): Promise<readonly PreviewStep[]> {
  const needs = [{ indicator, ranges: [asked] }];
  const increments = asIncrements(indicator);
  const evaluated = asEvaluated(indicator);
  const planned =
    increments === undefined
      ? planEvaluations(needs)
      : await planRecount(needs, (metric, range) => countSamples(store, metric, range));
  return planned.map(({ range }) => ({
    ...range,
    count: async () => {
      if (increments !== undefined) {
        return { counts: await readIncrements({ store }, [increments], range), gaps: [] };
      }
      const { counts, unanswered } = await evaluateCounts(
        runQuery,
        evaluated ? [evaluated] : [],
        range,
        ended,
      );
      const gaps = unanswered.map(({ range: { fromMs, toMs }, reason }) => ({ fromMs, toMs, reason }));
      return { counts, gaps };
    },
  }));
}
