import type { Log } from "../self/log.ts";
import type { MetricsIndicator } from "../slo/indicator.ts";
import { asIncrements } from "./counted-metric.ts";
import type { CountedMetric, MetricIndicatorOptions } from "./counted-metric.ts";
import { originOf } from "./counted-set.ts";
import { planMetrics } from "./metric-plan.ts";
import type { MetricRecount } from "./metric-recount.ts";

/** The indicators over metrics that are counted. Changes only between two groups. */
export interface MetricSet {
  readonly entries: Map<string, CountedMetric>;
  /** To be called after each change of the entries. */
  replan: () => void;
}

/** False, and said, when one cannot be read, as after a return to an older version that knows less. */
export function readableMetric(indicator: MetricsIndicator, log: Log): boolean {
  try {
    const increments = asIncrements(indicator);
    if (increments !== undefined) planMetrics([increments]);
    return true;
  } catch (error) {
    log.error("an indicator cannot be read and is not counted", { indicator: indicator.id, error });
    return false;
  }
}

/**
 * Counts these from the next group on; what is stored is to be backfilled then. Cut short anywhere, the control store
 * calls them incomplete, and they start over.
 */
export async function takeOnMetrics(
  { ports, log }: MetricIndicatorOptions,
  set: MetricSet,
  arriving: readonly MetricsIndicator[],
  parts: { readonly recount: MetricRecount; readonly lastTickMs: () => number },
): Promise<readonly CountedMetric[]> {
  if (arriving.length === 0) return [];
  const records = new Map((await ports.states.list()).map((record) => [record.indicator.id, record]));
  const entries: CountedMetric[] = [];
  for (const indicator of arriving) {
    if (!readableMetric(indicator, log)) continue;
    const origin = originOf(records.get(indicator.id));
    if (origin.kind !== "fresh") await ports.states.setCatchingUp(indicator.id);
    const evaluatedToMs = parts.lastTickMs();
    entries.push({ indicator, origin, phase: "backfilling", coveredFromMs: undefined, evaluatedToMs });
  }
  // Something may still be on its way for one that left and is back.
  await parts.recount.settled();
  const fresh = entries.filter(({ origin }) => origin.kind === "fresh");
  for (const { indicator } of fresh) await ports.states.setBackfilling(indicator);
  if (fresh.length > 0) await ports.deleteCounts(fresh.map(({ indicator }) => indicator.id));
  await ports.atBoundary(async () => {
    for (const entry of entries) set.entries.set(entry.indicator.id, entry);
    set.replan();
  });
  return entries;
}
