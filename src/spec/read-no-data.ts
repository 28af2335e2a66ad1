import { MINUTE_MS, durationMs, type DurationMs } from "../model/time.ts";
import type { BudgetingMethod } from "../slo/budgeting-method.ts";
import type { NoDataPolicy } from "../slo/no-data-policy.ts";
import type { AlertDefinition } from "../slo/slo.ts";
import type { Metadata } from "./metadata.ts";
import { report } from "./place.ts";

const NO_DATA_ANNOTATION = "noroshi.dev/no-data";
const POLICIES = ["ignore", "bad", "good", "alert"] as const;

/** How long there must be no event before the alert of `noroshi.dev/no-data: alert` fires. */
const SILENCE_MS = 15 * MINUTE_MS;
const SLICES_OF_SILENCE = 2;

export interface NoData {
  /** What slices without events count as; undefined: nothing. */
  readonly policy: NoDataPolicy | undefined;
  /** Tells of missing data. */
  readonly alert: AlertDefinition | undefined;
}

/**
 * Reads the annotation `noroshi.dev/no-data`. `methods` are those of the SLO's objectives, or of its parts: only what counts
 * slices of time can count one that is empty.
 */
export function readNoData(metadata: Metadata, methods: readonly BudgetingMethod[]): NoData {
  const none: NoData = { policy: undefined, alert: undefined };
  const written = metadata.annotationPlaces.get(NO_DATA_ANNOTATION);
  if (written === undefined) return none;
  const text = (metadata.annotations[NO_DATA_ANNOTATION] ?? "").trim();
  const policy = POLICIES.find((name) => name === text);
  if (policy === undefined) {
    const hint = "write ignore, bad, good or alert; see docs/slo-specs.md, No data";
    report(written.value, "error", `"${text}" is not what no data can count as`, hint);
    return none;
  }
  if (policy === "ignore") return none;
  if (policy === "alert") return { policy: undefined, alert: silenceAlert(methods) };
  if (methods.every(({ kind }) => kind !== "occurrences")) return { policy, alert: undefined };
  report(
    written.value,
    "error",
    `no-data: ${policy} needs slices of time: Occurrences counts events, and where there are none nothing can be ${policy}`,
    `write budgetingMethod: Timeslices or RatioTimeslices with timeSliceWindow: 1m, or ${NO_DATA_ANNOTATION}: alert`,
  );
  return none;
}

/** A warning of its own; a long slice needs longer to tell that there is none. */
function silenceAlert(methods: readonly BudgetingMethod[]): AlertDefinition {
  const slices = methods.map((method) => (method.kind === "occurrences" ? 0 : method.sliceMs));
  const silenceMs: DurationMs = durationMs(Math.max(SILENCE_MS, SLICES_OF_SILENCE * Math.max(0, ...slices)));
  return {
    key: "no-data",
    severity: "warning",
    tiers: [
      {
        kind: "no-data",
        name: "no-data",
        longWindowMs: silenceMs,
        shortWindowMs: undefined,
        burnThreshold: 0,
        operator: "gt",
        alertAfterMs: durationMs(0),
        resolveAfterMs: durationMs(0),
      },
    ],
  };
}

/** The alerts of an SLO with the one about missing data; where its policies tell of that already, they suffice. */
export function withNoDataAlert(
  alerts: readonly AlertDefinition[],
  { alert }: NoData,
): readonly AlertDefinition[] {
  const tells = alerts.some(({ tiers }) => tiers.some(({ kind }) => kind === "no-data"));
  return alert === undefined || tells ? alerts : [...alerts, alert];
}
