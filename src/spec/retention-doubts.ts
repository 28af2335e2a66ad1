import { windowName } from "../slo/format-duration.ts";
import { longestPeriodMs } from "../slo/slo-window.ts";
import type { Slo } from "../slo/slo.ts";
import type { Diagnostic } from "./diagnostic.ts";

/**
 * Warns of windows, of budgets and of alerts, longer than the counts of SLIs are kept: what has been deleted is missing
 * in them.
 */
export function retentionDoubts(slos: readonly Slo[], sliCountsMs: number): readonly Diagnostic[] {
  const kept = windowName(sliCountsMs);
  const warning = ({ location }: Slo, message: string, hint: string): Diagnostic => ({
    severity: "warning",
    ...location,
    path: "",
    message: `${message} is longer than its counts are kept, ${kept}`,
    hint,
  });
  return slos.flatMap((slo) => {
    const { name, window, alerts } = slo;
    const lengthMs = longestPeriodMs(window);
    if (lengthMs > sliCountsMs) {
      const hint = "shorten the window, or raise retention.sliCounts in noroshi.yaml";
      return [warning(slo, `the window of SLO "${name}", ${windowName(lengthMs)},`, hint)];
    }
    const tiers = alerts.flatMap((alert) => alert.tiers).filter((tier) => tier.longWindowMs > sliCountsMs);
    return tiers.map((tier) => {
      const hint = "shorten its window, or raise retention.sliCounts in noroshi.yaml";
      return warning(
        slo,
        `the window of alert "${tier.name}" of SLO "${name}", ${windowName(tier.longWindowMs)},`,
        hint,
      );
    });
  });
}
