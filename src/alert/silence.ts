import { DAY_MS, type TimestampMs } from "../model/time.ts";
import { alertLabels, type AlertLabels } from "./alert-labels.ts";
import type { Episode } from "./episode.ts";
import { matchesAll, type LabelMatcher } from "./label-matcher.ts";

/** For a time nobody is told of alerts with these labels, except of the end of what they were told before. */
export interface Silence {
  /** UUID v7. */
  readonly id: string;
  /** One at least; all must match. */
  readonly matchers: readonly LabelMatcher[];
  /** In force from startsAt, inclusive, to endsAt, exclusive. */
  readonly startsAt: TimestampMs;
  readonly endsAt: TimestampMs;
  /** Why, for everybody who waits for the alert. Never empty. */
  readonly comment: string;
  /** Who answers for it, for people. */
  readonly author: string;
  /** Who made it: `key:<name>`, `local`, `slack:<user>`. */
  readonly createdBy: string;
  readonly createdAt: TimestampMs;
  /** Who ended it before its time; null: nobody. */
  readonly endedBy: string | null;
  /** When people were told that it ends soon; null: not yet. */
  readonly remindedAt: TimestampMs | null;
}

export const SILENCE_STATES = ["pending", "active", "expired"] as const;
export type SilenceState = (typeof SILENCE_STATES)[number];

/** What is silenced for longer should leave the specs. */
const LONGEST_SILENCE_MS = 90 * DAY_MS;

type Span = Pick<Silence, "startsAt" | "endsAt">;

/** `pending`: it is still to begin. One that was ended before it began is `expired`. */
export function silenceState({ startsAt, endsAt }: Span, atMs: number): SilenceState {
  if (atMs >= endsAt || endsAt <= startsAt) return "expired";
  return atMs < startsAt ? "pending" : "active";
}

/**
 * The silence that mutes an alert with these labels; undefined where none does. Of several the one that ends last: it says
 * until when.
 */
export function silencing(
  silences: readonly Silence[],
  labels: AlertLabels,
  atMs: number,
): Silence | undefined {
  let last: Silence | undefined;
  for (const silence of silences) {
    const isLater = last === undefined || silence.endsAt > last.endsAt;
    if (isLater && silenceState(silence, atMs) === "active" && matchesAll(silence.matchers, labels))
      last = silence;
  }
  return last;
}

/** Matchers of this alert of this SLO alone, whatever its tier. */
export function matchersOf(episode: Episode): readonly LabelMatcher[] {
  const { slo = "", alert = "" } = alertLabels(episode);
  return [
    { label: "slo", operator: "=", value: slo },
    { label: "alert", operator: "=", value: alert },
  ];
}

/** What is said by whom about a new silence. */
export interface NewSilence extends Pick<
  Silence,
  "matchers" | "startsAt" | "endsAt" | "comment" | "author"
> {}

/** What is wrong with a field of it. */
export interface SilenceFault {
  readonly field: "matchers" | "startsAt" | "endsAt" | "comment";
  /** A sentence with what to write instead. */
  readonly message: string;
}

/** Every fault of a silence that is to be made at `atMs`; none: it may be. */
export function silenceFaults(
  { matchers, startsAt, endsAt, comment }: NewSilence,
  atMs: number,
): SilenceFault[] {
  const faults: SilenceFault[] = [];
  const fault = (field: SilenceFault["field"], message: string): number => faults.push({ field, message });
  if (matchers.length === 0)
    fault("matchers", `write at least one, as 'service="payment"'; 'slo=~".*"' is every alert`);
  if (comment.trim() === "") fault("comment", "say why, for everybody who waits for the alert");
  if (endsAt <= startsAt) fault("endsAt", "it ends before it begins");
  else if (endsAt <= atMs) fault("endsAt", "it has ended already; write a time to come");
  else if (endsAt - startsAt > LONGEST_SILENCE_MS)
    fault("endsAt", "it lasts longer than 90 days; take the alert out of the spec instead");
  if (startsAt - atMs > LONGEST_SILENCE_MS)
    fault("startsAt", "it begins in more than 90 days; make it when it is closer");
  return faults;
}
