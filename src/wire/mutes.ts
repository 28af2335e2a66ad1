import type { Episode } from "../alert/episode.ts";
import { muteOf, printMute, type MuteRules } from "../alert/mute.ts";
import type { Config } from "../config.ts";
import { toInhibitRules } from "../config/telling.ts";
import type { TellingRules } from "../evaluator/tell-episodes.ts";
import type { TimestampMs } from "../model/time.ts";
import { isSelected, occurrencesOf, type Correction, type Occurrences } from "../slo/correction.ts";
import type { Slo } from "../slo/slo.ts";
import type { Corrections } from "./corrections.ts";
import type { Silences } from "./silences.ts";

/** Who is told nothing at present: silences, maintenance that mutes, and alerts that mute others. */
export function wireMutes(parts: {
  readonly config: Pick<Config, "file">;
  readonly silences: Pick<Silences, "current">;
  readonly corrections: Pick<Corrections, "current">;
  /** The SLO of this name; undefined where it is not in force. */
  readonly sloOf: (name: string) => Slo | undefined;
}): TellingRules["mutedBy"] {
  const inhibitRules = toInhibitRules(parts.config.file);
  const maintenanceOf = createMaintenance(() => parts.corrections.current(), parts.sloOf);
  return (episode, _receiver, at, open) => {
    const rules: MuteRules = { silences: parts.silences.current(), inhibitRules, maintenanceOf };
    const mute = muteOf(episode, at, open, rules);
    return mute === undefined ? null : printMute(mute);
  };
}

/** The id of the correction that mutes an episode at a time. */
function createMaintenance(
  current: () => readonly Correction[],
  sloOf: (name: string) => Slo | undefined,
): (episode: Episode, at: TimestampMs) => string | undefined {
  const timesOf = new WeakMap<Correction, Occurrences>();
  return (episode, at) => {
    const about = sloOf(episode.sloName) ?? sloFrom(episode);
    return current().find((correction) => {
      if (correction.mutes !== true || !isSelected(correction.selects, about)) return false;
      const times = timesOf.get(correction) ?? occurrencesOf(correction.schedule);
      timesOf.set(correction, times);
      return times(at, at + 1).length > 0;
    })?.id;
  };
}

/** Of an SLO that has left the specs, what its episode says. */
function sloFrom({ sloName, facts }: Episode): Parameters<typeof isSelected>[1] {
  const labels = Object.entries(facts.labels ?? {}).map(([name, value]) => [name, [value]] as const);
  return { name: sloName, service: facts.service, labels: Object.fromEntries(labels) };
}
