import type { TimestampMs } from "../model/time.ts";
import { alertLabels } from "./alert-labels.ts";
import type { Episode } from "./episode.ts";
import { inhibiting, type InhibitRule } from "./inhibition.ts";
import { isSelfEpisode } from "./self-problem.ts";
import { silencing, type Silence } from "./silence.ts";

/** Why an episode is told to nobody at present. */
export type Mute =
  | { readonly kind: "silence"; readonly id: string }
  /** A correction that mutes. */
  | { readonly kind: "maintenance"; readonly id: string }
  /** Because of another episode. */
  | { readonly kind: "inhibited"; readonly id: string };

/** What can mute. */
export interface MuteRules {
  readonly silences: readonly Silence[];
  readonly inhibitRules: readonly InhibitRule[];
  /** The id of the correction that mutes this episode at this time. */
  readonly maintenanceOf: (episode: Episode, at: TimestampMs) => string | undefined;
}

/** Problems of Noroshi about silences that end soon: no silence may swallow them. */
export const SILENCE_ENDS = "silence-ends";

/** `open`: every episode that is open. What a person asked for comes first: it says until when. */
export function muteOf(
  episode: Episode,
  at: TimestampMs,
  open: readonly Episode[],
  { silences, inhibitRules, maintenanceOf }: MuteRules,
): Mute | undefined {
  if (episode.alertKey.startsWith(`self/${SILENCE_ENDS}/`)) return undefined;
  const silence = silencing(silences, alertLabels(episode), at);
  if (silence !== undefined) return { kind: "silence", id: silence.id };
  const maintenance = isSelfEpisode(episode) ? undefined : maintenanceOf(episode, at);
  if (maintenance !== undefined) return { kind: "maintenance", id: maintenance };
  const source = inhibiting(episode, open, inhibitRules);
  return source && { kind: "inhibited", id: source.id };
}

/** `silence:<id>`, as it is stored. */
export function printMute({ kind, id }: Mute): string {
  return `${kind}:${id}`;
}

/** undefined for a text that printMute did not write. */
export function parseMute(text: string): Mute | undefined {
  const [, kind, id] = /^(silence|maintenance|inhibited):(.+)$/s.exec(text) ?? [];
  return id === undefined ? undefined : { kind: kind as Mute["kind"], id };
}
