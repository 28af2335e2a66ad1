import type { DurationMs } from "../model/time.ts";
import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { highestBurnRate } from "../slo/burn-rate.ts";
import { defineMetricsIndicator } from "../slo/define-indicator.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { AlertDefinition, Slo } from "../slo/slo.ts";
import { tiersFor, workbookAlerts } from "../slo/workbook-tiers.ts";
import { readItems, reportMissing, requireField, type Fields } from "./fields.ts";
import type { Metadata } from "./metadata.ts";
import { location, report, reportUnsupported, type Place } from "./place.ts";
import type { AlertCondition } from "./read-alert-condition.ts";
import {
  policyAlert,
  readAlertPolicy,
  type AlertPolicy,
  type NotificationTarget,
} from "./read-alert-policy.ts";
import { readAlertTiers } from "./read-alert-tiers.ts";
import { readSloAnnotations } from "./read-annotations.ts";
import type { DataSource } from "./read-data-source.ts";
import { readObjectives, type Objective } from "./read-objective.ts";
import { readSli, type Sli } from "./read-sli.ts";
import { readTimeWindow } from "./read-time-window.ts";
import { readChoice, readDescription, readFilledText } from "./scalars.ts";
import {
  readInlineOrReference,
  readObject,
  readSpecFields,
  resolveReference,
  type Registry,
  type SpecObject,
} from "./spec-object.ts";

/** Everything that an SLO may refer to. */
export interface References {
  readonly dataSources: Registry<DataSource>;
  readonly slis: Registry<Sli>;
  readonly conditions: Registry<AlertCondition>;
  readonly targets: Registry<NotificationTarget>;
  readonly policies: Registry<AlertPolicy>;
}

const SLO_FIELDS = [
  "description",
  "service",
  "indicator",
  "indicatorRef",
  "timeWindow",
  "budgetingMethod",
  "objectives",
  "alertPolicies",
];
const METHODS = ["Occurrences", "Timeslices", "RatioTimeslices"] as const;

/** Reads an SLO. Undefined when anything about it is wrong; all of that is reported. */
export function readSlo(object: SpecObject, references: References): Slo | undefined {
  const { sink } = object.self.document;
  const errorsBefore = sink.errorCount();
  const { metadata } = object;
  const spec = readSpecFields(object, SLO_FIELDS);
  const annotations = readSloAnnotations(metadata);
  if (spec === undefined) return undefined;
  const description = readDescription(spec.get("description"));
  const servicePlace = requireField(spec, "service", "write service: my-service");
  const service = servicePlace && readFilledText(servicePlace);
  const method = readBudgetingMethod(spec);
  const sli = readIndicator(spec, references);
  const window = readTimeWindow(spec);
  const objective = readObjectives(spec, { budgetingMethod: method, sli: sli?.kind });
  const indicator = sli && objective && indicatorOf(sli, objective);
  const policies = readPolicies(spec, references);
  if (service === undefined || indicator === undefined || objective === undefined) return undefined;
  if (window === undefined || sink.errorCount() > errorsBefore) return undefined;
  return {
    name: metadata.name,
    displayName: metadata.displayName,
    description,
    service,
    ...annotations,
    labels: metadata.labels,
    annotations: metadata.annotations,
    objectiveName: objective.displayName,
    target: objective.target,
    ...window,
    method: OCCURRENCES,
    indicator,
    alerts: readAlerts(metadata, policies, objective, window.windowMs),
    location: location(object.self),
  };
}

function readBudgetingMethod(spec: Fields): string | undefined {
  const place = requireField(spec, "budgetingMethod", "write budgetingMethod: Occurrences");
  const method = place && readChoice(place, METHODS);
  if (method !== undefined && method !== "Occurrences") {
    reportUnsupported(place!, `budgetingMethod: ${method}`, "write budgetingMethod: Occurrences");
  }
  return method;
}

/** The objective says what a threshold is; that makes it an indicator. */
function indicatorOf(sli: Sli, { comparison }: Objective): Indicator | undefined {
  if (sli.kind === "ratio") return sli.indicator;
  return comparison && defineMetricsIndicator({ kind: "threshold", query: sli.query, ...comparison });
}

function readIndicator(spec: Fields, references: References): Sli | undefined {
  const inline = spec.get("indicator");
  const reference = spec.get("indicatorRef");
  if (inline !== undefined && reference !== undefined) {
    report(spec.key("indicatorRef"), "error", "indicatorRef stands beside indicator", "keep one of the two");
    return undefined;
  }
  if (reference !== undefined) return resolveReference(reference, references.slis);
  if (inline !== undefined) {
    const object = readObject(inline, "SLI");
    return object && readSli(object, references.dataSources);
  }
  reportMissing(spec, "indicator", "write indicator: {metadata: …, spec: {ratioMetric: …}}, or indicatorRef");
  return undefined;
}

function readPolicies(spec: Fields, references: References): readonly AlertPolicy[] {
  const place = spec.get("alertPolicies");
  const policies = new Map<string, AlertPolicy>();
  for (const item of (place && readItems(place)) ?? []) {
    const policy = readInlineOrReference(item, "alertPolicyRef", references.policies, (object) =>
      readAlertPolicy(object, references.conditions, references.targets),
    );
    if (policy === undefined) continue;
    if (policies.has(policy.name)) {
      report(
        item,
        "error",
        `alert policy "${policy.name}" is listed twice`,
        "keep one, or give the other another name",
      );
    }
    policies.set(policy.name, policy);
  }
  return [...policies.values()];
}

function readAlerts(
  metadata: Metadata,
  policies: readonly AlertPolicy[],
  objective: Objective,
  windowMs: DurationMs,
): readonly AlertDefinition[] {
  const tiers = readAlertTiers(metadata, windowMs, objective);
  if (policies.length === 0 && tiers === undefined) {
    if (!objective.doubtful) warnWorkbookTiers(objective, windowMs);
    return workbookAlerts(windowMs, objective.target);
  }
  if (!objective.doubtful) {
    for (const { condition } of policies) warnCondition(metadata.name, condition, objective, windowMs);
  }
  return [...(tiers ?? []), ...policies.map(policyAlert)];
}

function warnWorkbookTiers(objective: Objective, windowMs: DurationMs): void {
  const tiers = tiersFor(windowMs, objective.target);
  if (tiers.length === 0) {
    report(
      objective.place,
      "warning",
      "no default alert fits into a time window under one hour, so nothing alerts",
      "widen timeWindow, or write alertPolicies",
    );
  }
  const unreachable = tiers.filter(({ reachable }) => !reachable).map(({ tier }) => tier);
  if (unreachable.length === 0) return;
  const named = unreachable.map((tier) => `${tier.name} (${shortNumber(tier.burnThreshold)})`).join(", ");
  const highest = shortNumber(highestBurnRate(objective.target));
  report(
    objective.place,
    "warning",
    `with this target the burn rate is at most ${highest}, so these default alerts can never fire: ${named}`,
    "raise the target, or write alertPolicies with lower thresholds",
  );
}

function warnCondition(
  name: string,
  condition: AlertCondition,
  objective: Objective,
  windowMs: DurationMs,
): void {
  const highest = highestBurnRate(objective.target);
  const { threshold, places } = condition;
  if (condition.operator === "gt" ? threshold >= highest : threshold > highest) {
    warn(
      places.threshold,
      `the burn rate of SLO "${name}" is at most ${shortNumber(highest)}, so a threshold of ${threshold} can never be crossed`,
      `write a threshold below ${shortNumber(highest)}, or raise the target`,
    );
  }
  if (condition.lookbackMs > windowMs) {
    warn(
      places.lookbackWindow,
      `the lookback window is longer than the time window of SLO "${name}"`,
      "write a lookbackWindow within the SLO's timeWindow",
    );
  }
}

function warn(place: Place, message: string, hint: string): void {
  report(place, "warning", message, hint);
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
