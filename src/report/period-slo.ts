import { durationMs } from "../model/time.ts";
import { windowAt } from "../slo/slo-window.ts";
import type { Slo } from "../slo/slo.ts";

/** An SLO that is judged over a period, and when: its window ends with the period. */
export interface PeriodSlo {
  readonly slo: Slo;
  readonly atMs: number;
}

/**
 * The SLO as one over [startMs, endMs) up to now. Where its own window is the same period it stays as it is, so that the report
 * says what the SLO itself said at the end; its alerts, which look at other windows, are left out.
 */
export function periodSlo(slo: Slo, startMs: number, endMs: number, nowMs: number): PeriodSlo {
  const atMs = Math.min(nowMs, endMs - 1);
  const withoutAlerts = { ...slo, alerts: [] };
  const own = windowAt(slo.window, atMs);
  if (slo.window.kind === "calendar" && own.startMs === startMs && own.endMs === endMs) {
    return { slo: withoutAlerts, atMs };
  }
  const elapsed = windowAt({ kind: "rolling", ms: durationMs(0) }, atMs).endMs - startMs;
  const windowMs = durationMs(elapsed);
  return { slo: { ...withoutAlerts, window: { kind: "rolling", ms: windowMs }, windowMs }, atMs };
}
