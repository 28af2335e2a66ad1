import { closeEpisode, transition } from "../alert/transition.ts";
import type { Transition } from "../alert/transition.ts";
import type { Episode } from "../alert/episode.ts";
import type { FlapWatch } from "../alert/flapping.ts";
import type { TimestampMs } from "../model/time.ts";
import { countParts, partKey } from "../slo/count-parts.ts";
import type { Exclusion, ExclusionOf } from "../slo/exclusion.ts";
import { judgeCorrected } from "../slo/judge-corrected.ts";
import { judgeSlo, partWindows } from "../slo/judge-slo.ts";
import type { Severity, Slo } from "../slo/slo.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import type { SliCounts } from "../slo/bucket.ts";
import type { WindowNeeds } from "./count-windows.ts";
import type { CountSource } from "./source-reader.ts";

/** The SLOs that are in force. */
export interface SloSet {
  readonly slos: readonly Slo[];
  /**
   * False while a spec file cannot be read whole: an SLO that is missing then may only be misspelt, so its episodes
   * stay open instead of being resolved as deleted.
   */
  readonly complete: boolean;
}

/** The open episode of each alert, by `alertId`. */
export type OpenEpisodes = ReadonlyMap<string, Episode>;

/** SLO names are DNS labels, so the slash cannot be part of one. */
export const alertId = (sloName: string, alertKey: string): string => `${sloName}/${alertKey}`;

/** The windows that these SLOs are judged by at this time, together per source of counts; where some time is excluded, with it and without. */
export function windowNeeds(
  slos: readonly Slo[],
  at: TimestampMs,
  exclusionOf: ExclusionOf = () => undefined,
): WindowNeeds {
  const needs = new Map<string, { source: CountSource; windows: Set<number>; longestMs: number }>();
  for (const slo of slos) {
    const exclusion = exclusionOf(slo);
    for (const part of countParts(slo)) {
      const { windowsMs, longestMs } = partWindows(slo, part, at);
      const add = (excluded: Exclusion | undefined): void => {
        const key = partKey(part, excluded);
        const source = { indicator: part.indicator.id, method: part.method, exclusion: excluded };
        const need = needs.get(key) ?? { source, windows: new Set<number>(), longestMs: 0 };
        for (const windowMs of windowsMs) need.windows.add(windowMs);
        need.longestMs = Math.max(need.longestMs, longestMs);
        needs.set(key, need);
      };
      add(undefined);
      if (exclusion !== undefined) add(exclusion);
    }
  }
  return needs;
}

/** Judges SLOs at one time. */
export function judge(
  slos: readonly Slo[],
  sum: (countsKey: string, windowMs: number) => SliCounts,
  at: TimestampMs,
  coveredFromMs: (indicatorId: string) => number | undefined,
  exclusionOf: ExclusionOf = () => undefined,
): Map<string, SloVerdict> {
  return new Map(
    slos.map((slo) => {
      const exclusion = exclusionOf(slo);
      const judgeBy = (excluded: Exclusion | undefined): SloVerdict =>
        judgeSlo(
          slo,
          (part, windowMs) => sum(partKey(part, excluded), windowMs),
          at,
          coveredFromMs,
          excluded,
        );
      return [slo.name, exclusion === undefined ? judgeBy(undefined) : judgeCorrected(judgeBy, exclusion)];
    }),
  );
}

export interface ChangeContext {
  readonly slos: readonly Slo[];
  readonly deleted: ReadonlySet<string>;
  /** By `alertId`. */
  readonly flapsOf?: (id: string) => FlapWatch | undefined;
}

/** Something to store. */
export type Change = Exclude<Transition, { kind: "unchanged" }>;

/**
 * What the verdicts change: alerts that move, and episodes whose SLO is deleted or whose alert is gone. An alert whose
 * severity changed is another alert, with other receivers: its episode ends here, and a new one opens the next time.
 */
export function changesOf(
  verdicts: ReadonlyMap<string, SloVerdict>,
  open: OpenEpisodes,
  { slos, deleted, flapsOf }: ChangeContext,
  at: TimestampMs,
  newId: () => string,
): Change[] {
  const changes: Change[] = [];
  const collect = (change: Transition): void => {
    if (change.kind !== "unchanged") changes.push(change);
  };
  for (const verdict of verdicts.values()) {
    for (const alert of verdict.alerts) {
      const previous = open.get(alertId(verdict.slo.name, alert.definition.key));
      if (previous !== undefined && previous.severity !== alert.definition.severity) continue;
      const flaps = flapsOf?.(alertId(verdict.slo.name, alert.definition.key));
      collect(transition(previous, alert, { slo: verdict.slo, budget: verdict.budget, at, newId, flaps }));
    }
  }
  const byName = new Map(slos.map((slo) => [slo.name, slo]));
  for (const episode of open.values()) {
    const slo = byName.get(episode.sloName);
    if (slo === undefined) {
      if (deleted.has(episode.sloName)) collect(closeEpisode(episode, "slo_deleted", at));
    } else if (!slo.alerts.some(({ key, severity }) => isOf(episode, key, severity))) {
      collect(closeEpisode(episode, "alert_removed", at));
    }
  }
  return changes;
}

function isOf(episode: Episode, key: string, severity: Severity): boolean {
  return episode.alertKey === key && episode.severity === severity;
}
