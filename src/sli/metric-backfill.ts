import { DAY_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import { announceAll, coverageOf } from "./backfill-job.ts";
import type { BucketRange } from "./bucket-ranges.ts";
import { asIncrements, metricsOf } from "./counted-metric.ts";
import type { CountedMetric, MetricIndicatorOptions } from "./counted-metric.ts";
import { countSamples, readOldestSample } from "./increments-sql.ts";
import type { MetricRecount } from "./metric-recount.ts";
import { planRecount } from "./recount-steps.ts";

export interface MetricBackfillJob extends MetricIndicatorOptions {
  readonly recount: MetricRecount;
  /** Start of the first bucket whose samples are all there. */
  readonly firstCountableMs: () => number;
  /** Repeats the work until it succeeds; rejects when the service stops. */
  readonly retry: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Buckets that are busy all the time are left to the recounts that follow. */
const MOST_ROUNDS = 5;

const isWaiting = (entry: CountedMetric) => entry.phase === "backfilling";

/** Brings what is stored into the counts of these indicators, the newest first; each of them is live then. */
export async function runMetricBackfill(
  job: MetricBackfillJob,
  entries: readonly CountedMetric[],
): Promise<void> {
  const { retry, ports } = job;
  const rawFromMs = job.firstCountableMs();
  const oldest = new Map<string, number>();
  for (const { indicator } of entries) {
    const increments = asIncrements(indicator);
    const metrics = increments && metricsOf(increments.definition);
    const oldestMs = await retry(() => readOldestSample(ports.store, metrics));
    oldest.set(indicator.id, Math.max(rawFromMs, bucketStartMs(oldestMs ?? job.now())));
  }
  const needs = entries.map((entry) => ({
    entry,
    indicator: entry.indicator,
    ranges: [
      rangeOf(job, entry, Math.min(oldest.get(entry.indicator.id)!, wasCoveredFrom(entry, rawFromMs))),
    ],
  }));
  await countAll(job, needs);
  for (const entry of entries) {
    await goLive(job, entry, coverageOf(entry, oldest.get(entry.indicator.id)!, rawFromMs));
  }
}

/** Counts of one that returns may lie before the oldest sample of now; they are compared as far as samples are kept. */
function wasCoveredFrom({ origin }: CountedMetric, rawFromMs: number): number {
  return origin.kind === "fresh" ? Infinity : rawFromMs;
}

/** Samples may be up to a day ahead of the clock. */
function rangeOf(job: MetricBackfillJob, entry: CountedMetric, fromMs: number): BucketRange {
  const isCounter = asIncrements(entry.indicator) !== undefined;
  const toMs = isCounter ? bucketStartMs(job.now() + DAY_MS) : entry.evaluatedToMs;
  return { fromMs, toMs: Math.max(fromMs, toMs) };
}

interface Need {
  readonly entry: CountedMetric;
  readonly indicator: CountedMetric["indicator"];
  readonly ranges: readonly BucketRange[];
}

async function countAll(job: MetricBackfillJob, needs: readonly Need[]): Promise<void> {
  const { recount, retry, ports } = job;
  const steps = await retry(() =>
    planRecount(needs, (metric, range) => countSamples(ports.store, metric, range)),
  );
  const waiting = new Set(needs.map(({ entry }) => entry));
  for (const [i, step] of steps.entries()) {
    const entries = new Map(
      [...waiting].filter(isWaiting).map((entry) => [entry.indicator.id, entry.indicator]),
    );
    const indicators = step.indicators.filter(({ id }) => entries.has(id));
    if (indicators.length === 0) continue;
    await retry(() => recount.run({ indicators, range: step.range }));
    job.onProgress?.({ indicatorIds: indicators.map(({ id }) => id), done: i + 1, total: steps.length });
  }
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    recount.retryLeft();
    const left = needs
      .filter(({ entry }) => isWaiting(entry))
      .map(({ indicator }) => ({ indicator, ranges: recount.waiting.of(indicator.id) }));
    const again = await retry(() =>
      planRecount(left, (metric, range) => countSamples(ports.store, metric, range)),
    );
    if (again.length === 0) return;
    for (const step of again) await retry(() => recount.run(step));
  }
}

/** At a boundary, so that the registry cannot let go of the indicator between the question and the answer. */
async function goLive(job: MetricBackfillJob, entry: CountedMetric, coveredFromMs: number): Promise<void> {
  const { ports, retry } = job;
  const { id } = entry.indicator;
  const isLive = await retry(() =>
    ports.atBoundary(async () => {
      if (!isWaiting(entry)) return false;
      await ports.states.setLive(id, { coveredFromMs });
      entry.coveredFromMs = coveredFromMs;
      entry.phase = "live";
      return true;
    }),
  );
  if (!isLive) return;
  await retry(() => announceAll(job, [id]));
  const coveredFrom = new Date(coveredFromMs).toISOString();
  job.log.info("an indicator is complete", { indicator: id, coveredFrom });
}
