import { durationMs } from "../model/time.ts";
import type { AlertDefinition, AlertTier } from "../slo/slo.ts";
import { readItems, requireField, type Fields } from "./fields.ts";
import { report } from "./place.ts";
import { readAlertCondition, type AlertCondition } from "./read-alert-condition.ts";
import { readBoolean, readDescription, readFilledText } from "./scalars.ts";
import { readInlineOrReference, readSpecFields, type Registry, type SpecObject } from "./spec-object.ts";

export interface AlertPolicy {
  readonly name: string;
  readonly condition: AlertCondition;
  readonly when: AlertWhen;
  readonly targets: readonly NotificationTarget[];
}

/** What is told: `breaching` and `resolved` unless the policy says no, `noData` where it says so. */
interface AlertWhen {
  readonly breaching: boolean;
  readonly resolved: boolean;
  readonly noData: boolean;
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
  const condition = readCondition(spec, conditions);
  const when = readWhen(spec, condition);
  const names = readTargets(spec, targets, condition);
  return condition && when && { name: object.metadata.name, condition, when, targets: names };
}

/**
 * What a policy becomes: one episode of its own. Its tiers have no short window; the one about missing data looks back as
 * far as the one about the burn rate.
 */
export function policyAlert({ name, condition, when, targets }: AlertPolicy): AlertDefinition {
  const common = {
    longWindowMs: condition.lookbackMs,
    shortWindowMs: undefined,
    operator: condition.operator,
    alertAfterMs: condition.alertAfterMs,
    resolveAfterMs: durationMs(condition.lookbackMs / 2),
  };
  const burns: AlertTier = { ...common, name: condition.name, burnThreshold: condition.threshold };
  const isSilent: AlertTier = {
    ...common,
    kind: "no-data",
    name: `${condition.name}-no-data`,
    burnThreshold: 0,
    resolveAfterMs: durationMs(0),
  };
  return {
    key: `policy/${name}`,
    severity: condition.severity,
    tiers: [...(when.breaching ? [burns] : []), ...(when.noData ? [isSilent] : [])],
    ...(when.resolved ? {} : { tellsResolved: false }),
    ...(targets.length === 0
      ? {}
      : {
          notificationTargets: targets.map((target) => target.name),
          targetReceivers: [...new Set(targets.flatMap((target) => [target.target, target.name]))],
        }),
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

function readWhen(spec: Fields, condition: AlertCondition | undefined): AlertWhen | undefined {
  const flag = (name: string, absent: boolean): boolean | undefined => {
    const place = spec.get(name);
    return place === undefined ? absent : readBoolean(place);
  };
  const breaching = flag("alertWhenBreaching", true);
  const resolved = flag("alertWhenResolved", true);
  const noData = flag("alertWhenNoData", false);
  if (breaching === undefined || resolved === undefined || noData === undefined) return undefined;
  if (!breaching && !noData) {
    report(
      spec.key("alertWhenBreaching"),
      "warning",
      "the policy never alerts: neither when the budget burns nor when there is no data",
      "write alertWhenBreaching: true, or remove the policy",
    );
  }
  if (!resolved && condition?.severity === "critical") {
    report(
      spec.key("alertWhenResolved"),
      "warning",
      "with alertWhenResolved: false an incident in PagerDuty stays open until somebody resolves it",
      "leave it out, so that the incident ends with the trouble",
    );
  }
  return { breaching, resolved, noData };
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

/** Where nothing else decides; see docs/slo-specs.md. */
const RECEIVERS = { critical: "pagerduty", warning: "slack" } as const;

function readTargets(
  spec: Fields,
  targets: Registry<NotificationTarget>,
  condition: AlertCondition | undefined,
): readonly NotificationTarget[] {
  const place = requireField(
    spec,
    "notificationTargets",
    "write notificationTargets: [{targetRef: on-call}]",
  );
  const items = place && readItems(place);
  if (place === undefined || items === undefined) return [];
  const found: NotificationTarget[] = [];
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
    if (target !== undefined) found.push(target);
    if (target === undefined || condition === undefined) continue;
    const receiver = RECEIVERS[condition.severity];
    if (target.target === "pagerduty" || target.target === "slack") continue;
    report(
      item,
      "warning",
      `target "${target.target}" is told if noroshi.yaml has a receiver of this name; else severity ${condition.severity} goes to ${receiver}`,
      `write target: ${receiver}, or see to it that there is a receiver "${target.target}"`,
    );
  }
  return found;
}
