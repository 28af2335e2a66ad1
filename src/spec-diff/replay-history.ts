import { countParts, partKey } from "../slo/count-parts.ts";
import { replaySlo } from "../replay/replay-slo.ts";
import { createCountTimeline } from "../replay/count-timeline.ts";
import type { Slo } from "../slo/slo.ts";
import type { FiredAlert } from "./diff-report.ts";
import type { SloHistory } from "./slo-history.ts";

/** What a replay needs, as plain values that can be handed to another thread. */
export interface ReplayInput {
  readonly slo: Slo;
  /** Events of each part by buckets of 10 s, from `startMs` on. */
  readonly parts: readonly {
    readonly startMs: number;
    readonly good: Float64Array;
    readonly total: Float64Array;
  }[];
  readonly coveredFromMs: number | undefined;
  /** (startMs, endMs]. */
  readonly range: { readonly startMs: number; readonly endMs: number };
}

/** Where it computes for long, it delays nobody. Rejects when it cannot. */
export type RunReplay = (input: ReplayInput) => Promise<readonly FiredAlert[]>;

export function replayInput(
  { slo, parts, knownFromMs }: SloHistory,
  range: ReplayInput["range"],
): ReplayInput {
  const events = countParts(slo).map((part) => parts.get(partKey(part))!.events);
  return { slo, parts: events, coveredFromMs: knownFromMs, range };
}

/** The alerts that would have fired, in the order of time. */
export function replayAlerts({ slo, parts, coveredFromMs, range }: ReplayInput): readonly FiredAlert[] {
  const events = parts.map(({ startMs, good, total }) => createCountTimeline(startMs, good, total));
  const known = coveredFromMs === undefined ? {} : { coveredFromMs };
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
