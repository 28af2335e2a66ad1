import { MINUTE_MS } from "../model/time.ts";
import type { MetricIndicatorOptions } from "./counted-metric.ts";
import { TICK_MS } from "./metric-evaluation.ts";
import type { Unanswered } from "./metric-evaluation.ts";

/** Remembers which indicators have a query that is not answered, and says so now and then. */
export interface QueryFailures {
  /** These were evaluated; some of them in vain. */
  note(indicatorIds: readonly string[], unanswered: readonly Unanswered[]): void;
  isResting(indicatorId: string): boolean;
}

/** A query that goes on failing is said again after so long. */
const SAY_AGAIN_MS = 30 * MINUTE_MS;

export function createQueryFailures({
  log,
  now,
}: Pick<MetricIndicatorOptions, "log" | "now">): QueryFailures {
  const failing = new Map<string, { lastMs: number; saidMs: number }>();
  return {
    note(indicatorIds, unanswered) {
      const reasons = new Map(unanswered.map(({ indicator, reason }) => [indicator, reason]));
      for (const indicator of indicatorIds) {
        const reason = reasons.get(indicator);
        const before = failing.get(indicator);
        if (reason === undefined) {
          if (failing.delete(indicator)) log.info("the query of an SLI is answered again", { indicator });
          continue;
        }
        const isSaid = before !== undefined && now() - before.saidMs < SAY_AGAIN_MS;
        failing.set(indicator, { lastMs: now(), saidMs: isSaid ? before.saidMs : now() });
        if (!isSaid)
          log.warn("the query of an SLI is not answered: it has no events then", { indicator, reason });
      }
    },
    isResting: (indicator) => now() - (failing.get(indicator)?.lastMs ?? -Infinity) < TICK_MS,
  };
}
