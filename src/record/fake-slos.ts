import { DAY_MS, durationMs, timestampMs } from "../model/time.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { evaluateSlo } from "../slo/evaluate-slo.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { workbookAlerts } from "../slo/workbook-tiers.ts";

/** An SLO for tests: 99.9 % over 30 days with the Workbook's alerts, unless it is changed. */
export function fakeSlo(changes: Partial<Slo> = {}): Slo {
  const windowMs = durationMs(30 * DAY_MS);
  return {
    name: "payment-availability",
    displayName: "Payment",
    description: "",
    service: "payment",
    owner: undefined,
    runbookUrl: undefined,
    labels: {},
    annotations: {},
    objectiveName: "",
    target: 0.999,
    window: { kind: "rolling", ms: changes.windowMs ?? windowMs },
    windowMs,
    method: OCCURRENCES,
    indicator: {
      id: "0123456789abcdef",
      source: "traces",
      total: "{}",
      select: { outcome: "good", query: "{}" },
    },
    alerts: workbookAlerts(windowMs, 0.999),
    minEvents: 1,
    location: { file: "a.yaml", line: 1, column: 1 },
    ...changes,
  };
}

/** What the evaluator finds where every window has these counts. */
export function fakeVerdict(
  slo: Slo,
  counts: SliCounts | ((windowMs: number) => SliCounts),
  atMs: number,
): SloVerdict {
  return evaluateSlo(slo, typeof counts === "function" ? counts : () => counts, timestampMs(atMs));
}
