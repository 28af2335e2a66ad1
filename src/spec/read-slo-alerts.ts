import type { DurationMs } from "../model/time.ts";
import { isFloor } from "../slo/burn-operator.ts";
import { highestBurnRate } from "../slo/burn-rate.ts";
import type { AlertDefinition } from "../slo/slo.ts";
import { tiersFor, workbookAlerts } from "../slo/workbook-tiers.ts";
import { readItems, type Fields } from "./fields.ts";
import type { Metadata } from "./metadata.ts";
import { report, type Place } from "./place.ts";
import type { AlertCondition } from "./read-alert-condition.ts";
import {
  policyAlert,
  readAlertPolicy,
  type AlertPolicy,
  type NotificationTarget,
} from "./read-alert-policy.ts";
import { readAlertTiers } from "./read-alert-tiers.ts";
import type { Objective } from "./read-objective.ts";
import { readInlineOrReference, type Registry } from "./spec-object.ts";

/** What alert policies may refer to. */
export interface AlertReferences {
  readonly conditions: Registry<AlertCondition>;
  readonly targets: Registry<NotificationTarget>;
  readonly policies: Registry<AlertPolicy>;
}

/** Reads `alertPolicies` of an SLO. */
export function readPolicies(spec: Fields, references: AlertReferences): readonly AlertPolicy[] {
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

/** The alerts of one objective: those of the annotation, of the policies, or the Workbook's. */
export function readAlerts(
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
  const { operator, threshold, places } = condition;
  if (isFloor(condition)) {
    if (operator === "lt" ? threshold > highest : threshold >= highest) {
      warn(
        places.threshold,
        `the burn rate of SLO "${name}" is at most ${shortNumber(highest)}, so op: ${operator} with a threshold of ${threshold} alerts all the time`,
        `write a threshold below ${shortNumber(highest)}, or op: ${operator === "lt" ? "gt" : "gte"}`,
      );
    }
  } else if (operator === "gt" ? threshold >= highest : threshold > highest) {
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
