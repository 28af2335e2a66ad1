import type { Episode } from "./episode.ts";

/** What routes, silences and groups go by: names and values, all text. */
export type AlertLabels = Readonly<Record<string, string>>;

/** The labels that every alert has; its SLO's own labels come beside them and never replace one of these. */
export const ALERT_LABELS = ["severity", "slo", "service", "owner", "alert", "tier"] as const;

/** The labels of an episode: what it is about, and the labels of its SLO. */
export function alertLabels({ sloName, alertKey, severity, facts }: Episode): AlertLabels {
  return {
    ...facts.labels,
    severity,
    slo: sloName,
    service: facts.service,
    owner: facts.owner ?? "",
    alert: alertKey,
    tier: facts.tier,
  };
}
