import { windowName } from "../../slo/format-duration.ts";
import type { AlertDefinition, AlertTier, Slo } from "../../slo/slo.ts";
import type { SloView } from "../slo-body.ts";

/** An alert as Prometheus shows it. */
export interface AlertBody {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "firing" | "pending";
  /** RFC 3339. */
  readonly activeAt: string;
  /** The burn rate over the long window, as Go prints it with 'e'. */
  readonly value: string;
}

/** The open episodes as Prometheus shows alerts: one for each tier that is in trouble. */
export function alertsBody(views: readonly SloView[]): { readonly alerts: readonly AlertBody[] } {
  const alerts = views.flatMap((view) =>
    view.slo.alerts.flatMap((definition) =>
      definition.tiers.flatMap((tier) => alertsOf(view, definition, tier)),
    ),
  );
  return { alerts };
}

/** The alert of one tier: there while its episode is open and the tier breaches, or is the one that the episode names. */
export function alertsOf(view: SloView, definition: AlertDefinition, tier: AlertTier): readonly AlertBody[] {
  const { slo, verdict, openEpisodes } = view;
  const episode = openEpisodes.find(({ alertKey }) => alertKey === definition.key);
  if (episode === undefined || episode.state === "resolved") return [];
  const breachingSince = episode.tiers[tier.name]?.breachingSince ?? null;
  const isNamed = episode.facts.tier === tier.name;
  if (breachingSince === null && !isNamed) return [];
  const judged = verdict?.alerts
    .find((alert) => alert.definition.key === definition.key)
    ?.tiers.find((candidate) => candidate.tier.name === tier.name);
  const burn = judged?.long.burnRate ?? (isNamed ? episode.facts.longBurnRate : null) ?? 0;
  return [
    {
      labels: { alertname: alertName(slo, tier), ...alertLabels(slo, definition, tier) },
      annotations: alertAnnotations(slo, tier),
      state: episode.state,
      activeAt: new Date(breachingSince ?? episode.startedAt).toISOString(),
      value: exponentText(burn),
    },
  ];
}

/** The SLO and the tier. */
export function alertName(slo: Slo, tier: AlertTier): string {
  return `${slo.name}:${tier.name}`;
}

export function alertLabels(slo: Slo, definition: AlertDefinition, tier: AlertTier): Record<string, string> {
  return { severity: definition.severity, slo: slo.name, service: slo.service, tier: tier.name };
}

export function alertAnnotations(slo: Slo, tier: AlertTier): Record<string, string> {
  const burn = `${Math.round(tier.burnThreshold * 100) / 100}x`;
  const windows = [tier.longWindowMs, ...(tier.shortWindowMs === undefined ? [] : [tier.shortWindowMs])];
  const over = windows.map(windowName).join(" and ");
  const trouble =
    tier.kind === "no-data" ? `no data for ${over}` : `error budget burning ${burn} too fast over ${over}`;
  const summary = `${slo.displayName}: ${trouble}`;
  return slo.runbookUrl === undefined ? { summary } : { summary, runbook_url: slo.runbookUrl };
}

/** As Go prints a number with 'e' and -1: `5.23e+01`. */
function exponentText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}
