import { suggestName, nearestName } from "../model/nearest-name.ts";
import type { Slo } from "../slo/slo.ts";
import { ALERT_LABELS, alertLabels, type AlertLabels } from "./alert-labels.ts";
import type { Episode } from "./episode.ts";
import { matches, matchesAll, printMatcher, type LabelMatcher } from "./label-matcher.ts";

/** What matchers would silence. */
export interface SilencePreview {
  /** Those that are open now. */
  readonly episodes: readonly Episode[];
  /** Each with the alerts that match; `all`: every alert that it can have. By name. */
  readonly slos: readonly {
    readonly name: string;
    readonly alerts: readonly string[];
    readonly all: boolean;
  }[];
  /** What is probably not meant so; sentences. */
  readonly warnings: readonly string[];
}

/** What matchers fit now: open episodes, and the alerts that SLOs can have. */
export function previewSilence(
  matchers: readonly LabelMatcher[],
  open: readonly Episode[],
  slos: readonly Slo[],
): SilencePreview {
  const episodes = open.filter((episode) => matchesAll(matchers, alertLabels(episode)));
  const possible = slos.map((slo) => ({ slo, alerts: possibleAlerts(slo) }));
  const found = possible.flatMap(({ slo, alerts }) => {
    const fitting = alerts.filter(({ labels }) => matchesAll(matchers, labels));
    const keys = [...new Set(fitting.map(({ labels }) => labels["alert"]!))];
    const all = fitting.length === alerts.length;
    return fitting.length === 0 ? [] : [{ name: slo.name, alerts: keys, all }];
  });
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = [
    ...possible.flatMap(({ alerts }) => alerts.map(({ labels }) => labels)),
    ...open.map(alertLabels),
  ];
  const isEverything = slos.length > 0 && found.length === slos.length && found.every(({ all }) => all);
  const isNothing = found.length === 0 && episodes.length === 0;
  return {
    episodes,
    slos: found,
    warnings: [
      ...(isEverything
        ? ["it fits every alert of every SLO: nobody is told of anything while it lasts"]
        : []),
      ...(isNothing && known.length > 0 ? ["it fits no SLO and no open alert now"] : []),
      ...(isNothing ? matchers.flatMap((matcher) => whyNothing(matcher, known)) : []),
    ],
  };
}

/** The labels of every alert that an SLO can have: one for each tier. */
function possibleAlerts(slo: Slo): { readonly labels: AlertLabels }[] {
  const own = Object.entries(slo.labels).map(([name, values]) => [name, values[0] ?? ""] as const);
  return slo.alerts.flatMap(({ key, severity, tiers }) =>
    tiers.map(({ name }) => ({
      labels: {
        ...Object.fromEntries(own),
        ...slo.group?.labels,
        severity,
        slo: slo.name,
        service: slo.service,
        owner: slo.owner ?? "",
        alert: key,
        tier: name,
      },
    })),
  );
}

/** What may be misspelt in a matcher that fits nothing by itself. */
function whyNothing(matcher: LabelMatcher, known: readonly AlertLabels[]): string[] {
  if (known.some((labels) => matches(matcher, labels))) return [];
  const { label, operator, value } = matcher;
  const names = [...new Set([...ALERT_LABELS, ...known.flatMap((labels) => Object.keys(labels))])];
  if (!names.includes(label)) return [`no alert has a label "${label}": ${suggestName(label, names)}`];
  const values = [...new Set(known.map((labels) => labels[label] ?? ""))].filter((one) => one !== "");
  const near = operator === "=" ? nearestName(value, values) : undefined;
  const hint = near === undefined ? "" : `: did you mean "${near}"?`;
  return [`no alert has ${printMatcher(matcher)}${hint}`];
}
