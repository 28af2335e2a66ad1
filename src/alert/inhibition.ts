import { alertLabels, type AlertLabels } from "./alert-labels.ts";
import type { Episode } from "./episode.ts";
import { matchesAll, type LabelMatcher } from "./label-matcher.ts";

/** While an alert that is a source fires, the targets with the same values of these labels are told to nobody. */
export interface InhibitRule {
  readonly source: readonly LabelMatcher[];
  readonly target: readonly LabelMatcher[];
  /** A label that both lack is equal. */
  readonly equal: readonly string[];
}

/** Who is paged about an SLO need not read its ticket too. Problems of Noroshi itself have no SLO in common. */
export const PAGE_MUTES_TICKET: InhibitRule = {
  source: [{ label: "severity", operator: "=", value: "critical" }],
  target: [
    { label: "severity", operator: "=", value: "warning" },
    { label: "alert", operator: "!~", value: "self/.*" },
  ],
  equal: ["slo"],
};

/**
 * The firing episode because of which this one is told to nobody; undefined where there is none. Of several the one that
 * fired first. Two that a rule has both as source and as target do not mute one another: somebody has to hear.
 */
export function inhibiting(
  episode: Episode,
  open: readonly Episode[],
  rules: readonly InhibitRule[],
): Episode | undefined {
  const labels = alertLabels(episode);
  const applying = rules.filter(({ target }) => matchesAll(target, labels));
  if (applying.length === 0) return undefined;
  let first: Episode | undefined;
  for (const other of open) {
    if (other.state !== "firing" || other.id === episode.id) continue;
    if (first !== undefined && !isBefore(other, first)) continue;
    const otherLabels = alertLabels(other);
    if (applying.some((rule) => inhibits(rule, otherLabels, labels))) first = other;
  }
  return first;
}

function inhibits({ source, target, equal }: InhibitRule, other: AlertLabels, labels: AlertLabels): boolean {
  if (!matchesAll(source, other)) return false;
  if (!equal.every((label) => (other[label] ?? "") === (labels[label] ?? ""))) return false;
  return !(matchesAll(target, other) && matchesAll(source, labels));
}

function isBefore(a: Episode, b: Episode): boolean {
  const [aMs, bMs] = [a.firedAt ?? a.startedAt, b.firedAt ?? b.startedAt];
  return aMs < bMs || (aMs === bMs && a.id < b.id);
}
