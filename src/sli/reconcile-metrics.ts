import type { CountDelta } from "../model/sli-counts.ts";
import { HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { BucketRange } from "./bucket-ranges.ts";
import { asIncrements } from "./counted-metric.ts";
import { countSamples } from "./increments-sql.ts";
import type { MetricParts } from "./metric-worker.ts";
import { planRecount } from "./recount-steps.ts";

/** Compares one slice of the counts of metrics with what is stored; the next run goes on where this one ended. */
export interface MetricReconciler {
  /** Returns what was repaired. Rejects when a store fails; nothing is lost by that. */
  run(): Promise<readonly CountDelta[]>;
}

/** Buckets are left alone until they are this old. */
const CLOSED_AFTER_MS = 5 * MINUTE_MS;
const SLICE_MS = HOUR_MS;
/** What was evaluated is evaluated again, for samples that came late. */
const EVALUATE_AGAIN_MS = HOUR_MS;
const EVALUATE_AGAIN_EVERY_MS = 10 * MINUTE_MS;

/**
 * Watches that the counts equal what is stored: of counters the newest closed buckets, and the whole retention in turn; of
 * evaluated queries the last hour, in which late samples still change the answer.
 */
export function createMetricReconciler(parts: MetricParts): MetricReconciler {
  const { options, set, recount, firstCountableMs, lastTickMs } = parts;
  let newestDoneMs = -Infinity;
  let olderFromMs = -Infinity;
  let evaluatedAtMs = -Infinity;

  const live = (isCounter: boolean) =>
    [...set.entries.values()]
      .filter(({ phase }) => phase === "live")
      .map(({ indicator }) => indicator)
      .filter((indicator) => (asIncrements(indicator) !== undefined) === isCounter);

  const repair = async (isCounter: boolean, range: BucketRange): Promise<readonly CountDelta[]> => {
    if (range.fromMs >= range.toMs) return [];
    const needs = live(isCounter).map((indicator) => ({ indicator, ranges: [range] }));
    const steps = await planRecount(needs, (metric, part) => countSamples(options.ports.store, metric, part));
    const repaired: CountDelta[] = [];
    for (const step of steps) repaired.push(...(await recount.run(step)));
    if (repaired.length > 0) {
      const indicators = [...new Set(repaired.map((delta) => delta.indicator))];
      const fields = { indicators, buckets: repaired.length };
      if (isCounter) options.log.warn("SLI counts differed from the samples and were repaired", fields);
      else options.log.info("late samples changed what SLI queries gave", fields);
    }
    return repaired;
  };

  return {
    async run() {
      const nowMs = options.now();
      const firstMs = firstCountableMs();
      const closedMs = bucketStartMs(nowMs - CLOSED_AFTER_MS);
      const newestFromMs = Math.max(newestDoneMs, closedMs - SLICE_MS, firstMs);
      const repaired = [...(await repair(true, { fromMs: newestFromMs, toMs: closedMs }))];
      newestDoneMs = closedMs;
      if (olderFromMs <= firstMs) olderFromMs = newestFromMs;
      const older = { fromMs: Math.max(firstMs, olderFromMs - SLICE_MS), toMs: olderFromMs };
      olderFromMs = older.fromMs;
      repaired.push(...(await repair(true, older)));
      if (nowMs - evaluatedAtMs < EVALUATE_AGAIN_EVERY_MS) return repaired;
      evaluatedAtMs = nowMs;
      const tickMs = lastTickMs();
      const lastHour = { fromMs: bucketStartMs(tickMs - EVALUATE_AGAIN_MS), toMs: tickMs };
      return [...repaired, ...(await repair(false, lastHour))];
    },
  };
}
