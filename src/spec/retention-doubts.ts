import { windowName } from "../slo/format-duration.ts";
import { longestPeriodMs } from "../slo/slo-window.ts";
import type { Slo } from "../slo/slo.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** Warns of windows longer than the counts of SLIs are kept: what has been deleted is missing in the budget. */
export function retentionDoubts(slos: readonly Slo[], sliCountsMs: number): readonly Diagnostic[] {
  return slos
    .filter(({ window }) => longestPeriodMs(window) > sliCountsMs)
    .map(({ name, window, location }) => ({
      severity: "warning",
      ...location,
      path: "",
      message: `the window of SLO "${name}", ${windowName(longestPeriodMs(window))}, is longer than its counts are kept, ${windowName(sliCountsMs)}`,
      hint: "shorten the window, or raise retention.sliCounts in noroshi.yaml",
    }));
}
