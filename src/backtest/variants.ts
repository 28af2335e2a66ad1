import type { DurationMs } from "../model/time.ts";
import type { Slo } from "../slo/slo.ts";
import { workbookAlerts } from "../slo/workbook-tiers.ts";

/** An SLO as it is, or as it would be with another target or window. */
export interface Variant {
  readonly slo: Slo;
  /** True for the SLO as its spec has it. */
  readonly asWritten: boolean;
}

/**
 * The SLO with each of these targets over each of these windows; where a list is empty, as the spec has it. The Workbook's alerts
 * are fitted to the window; alerts of the spec's own stay as they are.
 */
export function variantsOf(
  slo: Slo,
  targets: readonly number[],
  windowsMs: readonly DurationMs[],
): readonly Variant[] {
  const standard = JSON.stringify(slo.alerts) === JSON.stringify(workbookAlerts(slo.windowMs, slo.target));
  const seen = new Set<string>();
  const variants: Variant[] = [];
  for (const windowMs of windowsMs.length === 0 ? [undefined] : windowsMs) {
    for (const target of targets.length === 0 ? [slo.target] : targets) {
      const isWindow = windowMs === undefined || (slo.window.kind === "rolling" && windowMs === slo.windowMs);
      const rolled: Slo = isWindow
        ? { ...slo, target }
        : { ...slo, target, windowMs, window: { kind: "rolling", ms: windowMs } };
      const alerts = standard ? workbookAlerts(rolled.windowMs, target) : slo.alerts;
      const key = `${target}/${isWindow ? "" : windowMs}`;
      if (seen.has(key)) continue;
      seen.add(key);
      variants.push({ slo: { ...rolled, alerts }, asWritten: isWindow && target === slo.target });
    }
  }
  return variants;
}
