import type { AlertDefinition, AlertTier } from "../../slo/slo.ts";
import type { SloView } from "../slo-body.ts";
import { alertAnnotations, alertLabels, alertName, alertsOf } from "./alerts-body.ts";
import type { AlertBody } from "./alerts-body.ts";
import type { RuleViews } from "./ports.ts";
import { recordedRules, tierQuery } from "./recorded-rules.ts";

interface RuleOutcome {
  readonly health: "ok" | "unknown";
  readonly evaluationTime: number;
  /** RFC 3339. */
  readonly lastEvaluation: string;
}

export interface AlertingRuleBody extends RuleOutcome {
  readonly type: "alerting";
  readonly state: "firing" | "pending" | "inactive";
  readonly name: string;
  readonly query: string;
  /** How long the condition must hold, in seconds. */
  readonly duration: number;
  readonly keepFiringFor: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly AlertBody[];
}

export interface RecordingRuleBody extends RuleOutcome {
  readonly type: "recording";
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RuleGroupBody {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly limit: number;
  readonly rules: readonly (AlertingRuleBody | RecordingRuleBody)[];
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

/** Which rules are wanted; an empty list wants all. */
export interface RuleFilter {
  readonly type: "alert" | "record" | undefined;
  readonly names: readonly string[];
  readonly groups: readonly string[];
  readonly files: readonly string[];
  readonly withAlerts: boolean;
}

/** How Go prints the time of what never was. */
const NEVER = "0001-01-01T00:00:00Z";

/** The SLOs as Prometheus shows rules: each a group, with a rule for each tier of its alerts and for each series it records. */
export function rulesBody(
  views: RuleViews,
  filter: RuleFilter,
): { readonly groups: readonly RuleGroupBody[] } {
  const wants = (wanted: readonly string[], text: string): boolean =>
    wanted.length === 0 || wanted.includes(text);
  const groups = views.slos
    .filter(({ slo }) => wants(filter.groups, slo.name) && wants(filter.files, slo.location.file))
    .map((view) => groupBody(view, views, filter))
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => wants(filter.names, rule.name)) }))
    .filter((group) => group.rules.length > 0);
  return { groups };
}

function groupBody(view: SloView, views: RuleViews, filter: RuleFilter): RuleGroupBody {
  const { slo, verdict } = view;
  const lastEvaluation = verdict === undefined ? NEVER : new Date(verdict.at).toISOString();
  const outcome: RuleOutcome = {
    health: verdict === undefined ? "unknown" : "ok",
    evaluationTime: views.evaluationSeconds / Math.max(1, views.slos.length),
    lastEvaluation,
  };
  const alerting =
    filter.type === "record"
      ? []
      : slo.alerts.flatMap((definition) =>
          definition.tiers.map((tier) => alertingRule(view, definition, tier, outcome, filter.withAlerts)),
        );
  const recording =
    filter.type === "alert"
      ? []
      : recordedRules(slo).map((rule): RecordingRuleBody => ({ ...rule, ...outcome, type: "recording" }));
  return {
    name: slo.name,
    file: slo.location.file,
    interval: views.intervalSeconds,
    limit: 0,
    rules: [...alerting, ...recording],
    evaluationTime: outcome.evaluationTime,
    lastEvaluation,
  };
}

function alertingRule(
  view: SloView,
  definition: AlertDefinition,
  tier: AlertTier,
  outcome: RuleOutcome,
  withAlerts: boolean,
): AlertingRuleBody {
  const { slo } = view;
  const alerts = alertsOf(view, definition, tier);
  return {
    state: alerts[0]?.state ?? "inactive",
    name: alertName(slo, tier),
    query: tierQuery(slo, tier),
    duration: tier.alertAfterMs / 1_000,
    keepFiringFor: tier.resolveAfterMs / 1_000,
    labels: alertLabels(slo, definition, tier),
    annotations: alertAnnotations(slo, tier),
    alerts: withAlerts ? alerts : [],
    ...outcome,
    type: "alerting",
  };
}
