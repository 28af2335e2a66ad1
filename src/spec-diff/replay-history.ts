import { countParts, partKey } from "../slo/count-parts.ts";
import { replaySlo } from "../replay/replay-slo.ts";
import type { FiredAlert } from "./diff-report.ts";
import type { SloHistory } from "./slo-history.ts";

/** The alerts that would have fired in (startMs, endMs]. */
export function replayHistory(
  { slo, parts, knownFromMs }: SloHistory,
  range: { readonly startMs: number; readonly endMs: number },
): readonly FiredAlert[] {
  const events = countParts(slo).map((part) => parts.get(partKey(part))!.events);
  const known = knownFromMs === undefined ? {} : { coveredFromMs: knownFromMs };
  const replay = replaySlo(slo, events, { ...range, ...known });
  return replay.alerts
    .flatMap(({ definition, episodes }) =>
      episodes.map(({ firedMs, resolvedMs, told }): FiredAlert => ({
        alertKey: definition.key,
        severity: definition.severity,
        tier: told.at(-1)?.tier ?? "",
        firedMs,
        resolvedMs,
      })),
    )
    .sort((a, b) => a.firedMs - b.firedMs);
}

/** What of each other's alerts the two do not have: an alert is the same where one of its severity fires at the same time. */
export function compareAlerts(
  before: readonly FiredAlert[],
  after: readonly FiredAlert[],
): {
  readonly gained: readonly FiredAlert[];
  readonly lost: readonly FiredAlert[];
  readonly same: number;
} {
  const gained = after.filter((alert) => !before.some((other) => meet(alert, other)));
  const lost = before.filter((alert) => !after.some((other) => meet(alert, other)));
  return { gained, lost, same: before.length - lost.length };
}

function meet(a: FiredAlert, b: FiredAlert): boolean {
  const endOf = ({ resolvedMs }: FiredAlert): number => resolvedMs ?? Number.POSITIVE_INFINITY;
  return a.severity === b.severity && a.firedMs <= endOf(b) && b.firedMs <= endOf(a);
}
