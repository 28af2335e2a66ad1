import { durationMs } from "../model/time.ts";
import type { AlertDefinition } from "../slo/slo.ts";
import { readItems, requireField, type Fields } from "./fields.ts";
import { report, reportUnsupported } from "./place.ts";
import { readAlertCondition, type AlertCondition } from "./read-alert-condition.ts";
import { readBoolean, readDescription, readFilledText } from "./scalars.ts";
import { readInlineOrReference, readSpecFields, type Registry, type SpecObject } from "./spec-object.ts";

export interface AlertPolicy {
  readonly name: string;
  readonly condition: AlertCondition;
}

export interface NotificationTarget {
  readonly name: string;
  /** As written, e.g. `slack`. */
  readonly target: string;
}

const POLICY_FIELDS = [
  "description",
  "alertWhenNoData",
  "alertWhenResolved",
  "alertWhenBreaching",
  "conditions",
  "notificationTargets",
];

/** Reads an AlertPolicy, a document or inline: one condition, and whom to tell. */
export function readAlertPolicy(
  object: SpecObject,
  conditions: Registry<AlertCondition>,
  targets: Registry<NotificationTarget>,
): AlertPolicy | undefined {
  const spec = readSpecFields(object, POLICY_FIELDS);
  if (spec === undefined) return undefined;
  readDescription(spec.get("description"));
  readWhen(spec);
  const condition = readCondition(spec, conditions);
  readTargets(spec, targets, condition);
  return condition && { name: object.metadata.name, condition };
}

/** What a policy becomes: one episode of its own, with one tier that has no short window. */
export function policyAlert(policy: AlertPolicy): AlertDefinition {
  const { condition } = policy;
  return {
    key: `policy/${policy.name}`,
    severity: condition.severity,
    tiers: [
      {
        name: condition.name,
        longWindowMs: condition.lookbackMs,
        shortWindowMs: undefined,
        burnThreshold: condition.threshold,
        operator: condition.operator,
        alertAfterMs: condition.alertAfterMs,
        resolveAfterMs: durationMs(condition.lookbackMs / 2),
      },
    ],
  };
}

/** Reads an AlertNotificationTarget. */
export function readNotificationTarget(object: SpecObject): NotificationTarget | undefined {
  const spec = readSpecFields(object, ["target", "description"]);
  if (spec === undefined) return undefined;
  readDescription(spec.get("description"));
  const place = requireField(spec, "target", "write target: pagerduty or target: slack");
  const target = place && readFilledText(place);
  return target === undefined ? undefined : { name: object.metadata.name, target };
}

function readWhen(spec: Fields): void {
  const flag = (name: string): boolean | undefined => {
    const place = spec.get(name);
    return place && readBoolean(place);
  };
  if (flag("alertWhenNoData") === true) {
    reportUnsupported(
      spec.key("alertWhenNoData"),
      "alertWhenNoData: true",
      "leave it out; missing data is shown as its own state, and alerts on burn rates work",
    );
  }
  if (flag("alertWhenBreaching") === false) {
    reportUnsupported(
      spec.key("alertWhenBreaching"),
      "alertWhenBreaching: false",
      "leave it out, or remove the policy",
    );
  }
  if (flag("alertWhenResolved") === false) {
    report(
      spec.key("alertWhenResolved"),
      "warning",
      "alertWhenResolved: false has no effect: whoever hears of an alert also hears that it is over",
      "leave it out",
    );
  }
}

function readCondition(spec: Fields, conditions: Registry<AlertCondition>): AlertCondition | undefined {
  const place = requireField(spec, "conditions", "write conditions: [{conditionRef: my-condition}]");
  const items = place && readItems(place);
  if (place === undefined || items === undefined) return undefined;
  if (items.length !== 1) {
    report(
      place,
      "error",
      `a policy has exactly one condition, not ${items.length}`,
      "write one policy for each condition",
    );
    return undefined;
  }
  return readInlineOrReference(items[0]!, "conditionRef", conditions, readAlertCondition);
}

/** Receivers by severity; see docs/slo-specs.md. */
const RECEIVERS = { critical: "pagerduty", warning: "slack" } as const;

function readTargets(
  spec: Fields,
  targets: Registry<NotificationTarget>,
  condition: AlertCondition | undefined,
): void {
  const place = requireField(
    spec,
    "notificationTargets",
    "write notificationTargets: [{targetRef: on-call}]",
  );
  const items = place && readItems(place);
  if (place === undefined || items === undefined) return;
  if (items.length === 0) {
    report(
      place,
      "error",
      "notificationTargets is empty",
      "write notificationTargets: [{targetRef: on-call}]",
    );
  }
  for (const item of items) {
    const target = readInlineOrReference(item, "targetRef", targets, readNotificationTarget);
    if (target === undefined || condition === undefined) continue;
    const receiver = RECEIVERS[condition.severity];
    if (target.target.toLowerCase() === receiver) continue;
    report(
      item,
      "warning",
      `target "${target.target}" does not choose the receiver yet: severity ${condition.severity} goes to ${receiver}`,
      `write target: ${receiver}, or change the severity of the condition`,
    );
  }
}
