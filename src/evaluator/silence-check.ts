import type { ReceiverType } from "../alert/notification.ts";
import { printMatcher } from "../alert/label-matcher.ts";
import { SILENCE_ENDS } from "../alert/mute.ts";
import type { SelfProblem } from "../alert/self-problem.ts";
import { silenceState, type Silence } from "../alert/silence.ts";
import type { TimestampMs } from "../model/time.ts";
import type { SelfCheck } from "./self-alerts.ts";

/** A firing alert that one receiver is not told of. */
export interface MutedAlert {
  readonly silenceId: string;
  readonly sloName: string;
  readonly alertKey: string;
  readonly receiver: string;
  readonly receiverType: ReceiverType;
}

export interface SilenceCheckPorts {
  readonly current: () => readonly Silence[];
  /** Firing alerts that these silences mute. */
  readonly mutedBy: (silenceIds: readonly string[]) => Promise<readonly MutedAlert[]>;
  /** Notes that people are told of its end. */
  readonly markReminded: (id: string, at: TimestampMs) => Promise<unknown>;
  readonly now: () => TimestampMs;
  /** How long before the end people are told; of a short silence a quarter of its length. */
  readonly leadMs: number;
}

/**
 * A silence that ends soon while it mutes an alert that fires: told once, where the alert would be told, but nobody is paged
 * for it. Over when the silence is.
 */
export function silenceCheck(ports: SilenceCheckPorts): SelfCheck {
  return {
    name: SILENCE_ENDS,
    problems: async () => {
      const at = ports.now();
      const ending = ports.current().filter((silence) => endsSoon(silence, at, ports.leadMs));
      if (ending.length === 0) return [];
      const muted = await ports.mutedBy(ending.map(({ id }) => id));
      const problems: SelfProblem[] = [];
      for (const silence of ending) {
        const its = muted.filter(({ silenceId }) => silenceId === silence.id);
        // Once said it stays said: alerts may come and go in its last minutes.
        if (its.length === 0 && silence.remindedAt === null) continue;
        if (silence.remindedAt === null) await ports.markReminded(silence.id, at);
        problems.push(problemOf(silence, its));
      }
      return problems;
    },
  };
}

function endsSoon(silence: Silence, atMs: number, leadMs: number): boolean {
  const { startsAt, endsAt } = silence;
  return (
    silenceState(silence, atMs) === "active" && endsAt - atMs <= Math.min(leadMs, (endsAt - startsAt) / 4)
  );
}

const MOST_NAMED = 10;

function problemOf(silence: Silence, muted: readonly MutedAlert[]): SelfProblem {
  const alerts = [...new Set(muted.map(({ sloName, alertKey }) => `${sloName} (${alertKey})`))];
  const ends = `${new Date(silence.endsAt).toISOString().slice(11, 16)} UTC`;
  const still =
    alerts.length === 0
      ? "nothing that it mutes fires now"
      : alerts.length === 1
        ? `${alerts[0]} still fires`
        : `${alerts.length} alerts that it mutes still fire`;
  // A page would be the very thing that was silenced.
  const receivers = muted.filter(({ receiverType }) => receiverType !== "pagerduty");
  const targets = [...new Set(receivers.map(({ receiver }) => receiver))];
  const matchers = silence.matchers.map(printMatcher).join(" and ");
  return {
    key: `${SILENCE_ENDS}/${silence.id}`,
    severity: "warning",
    immediate: true,
    summary: `the silence "${short(silence.comment)}" of ${silence.author} ends at ${ends}, and ${still}`,
    detail: [
      ...(alerts.length > 1
        ? [`Fires: ${alerts.slice(0, MOST_NAMED).join(", ")}${alerts.length > MOST_NAMED ? " …" : ""}`]
        : []),
      `Mutes: ${matchers}`,
      "What still fires then is told. To go on, make another silence: noroshi silence add.",
    ].join("\n"),
    path: "/",
    ...(targets.length === 0 ? {} : { targets }),
  };
}

function short(comment: string): string {
  const words = comment.replaceAll(/\s+/g, " ");
  return words.length <= 100 ? words : `${words.slice(0, 99)}…`;
}
