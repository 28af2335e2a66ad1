import { utc } from "../../alert/episode-text.ts";
import type { ClaimedNotification, Handling } from "../../alert/notification.ts";
import { HOUR_MS } from "../../model/time.ts";

/** What a press of a button, or a choice of a menu, asks for. The names are Slack's `action_id`. */
export const SLACK_ACTIONS = {
  acknowledge: "noroshi.acknowledge",
  unacknowledge: "noroshi.unacknowledge",
  silence: "noroshi.silence",
  endSilence: "noroshi.end-silence",
} as const;

/** For how long people may silence an alert from its message. */
export const SILENCE_CHOICES = [
  { name: "1h", words: "for 1 hour", ms: HOUR_MS },
  { name: "4h", words: "for 4 hours", ms: 4 * HOUR_MS },
  { name: "1d", words: "for 1 day", ms: 24 * HOUR_MS },
] as const;

interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
}

/** Something in a message that people can use. */
export type ActionElement =
  | {
      readonly type: "button";
      readonly text: PlainText;
      readonly action_id: string;
      /** The episode; of the end of a silence the silence. */
      readonly value: string;
      readonly style?: "primary";
    }
  | {
      readonly type: "static_select";
      readonly placeholder: PlainText;
      readonly action_id: string;
      /** The value is `<episode> <name of the choice>`. */
      readonly options: readonly { readonly text: PlainText; readonly value: string }[];
    };

/** What people can do to an episode that goes on; empty when it is over. At most 3 elements. */
export function actionElements(notification: ClaimedNotification): readonly ActionElement[] {
  const { action, episodeId, handling, facts } = notification;
  if (action === "resolve" || facts.test === true) return [];
  const taken: ActionElement =
    (handling?.acknowledged ?? null) === null
      ? {
          type: "button",
          text: plain("Acknowledge"),
          action_id: SLACK_ACTIONS.acknowledge,
          value: episodeId,
          style: "primary",
        }
      : {
          type: "button",
          text: plain("Give back"),
          action_id: SLACK_ACTIONS.unacknowledge,
          value: episodeId,
        };
  const silenced = handling?.silenced ?? null;
  const silence: ActionElement =
    silenced === null
      ? {
          type: "static_select",
          placeholder: plain("Silence …"),
          action_id: SLACK_ACTIONS.silence,
          options: SILENCE_CHOICES.map(({ name, words }) => ({
            text: plain(words),
            value: `${episodeId} ${name}`,
          })),
        }
      : {
          type: "button",
          text: plain("End the silence"),
          action_id: SLACK_ACTIONS.endSilence,
          value: `${silenced.id} ${episodeId}`,
        };
  return [taken, silence];
}

/** What people did so far, a sentence each, as plain text. */
export function handlingLines(handling: Handling | undefined): readonly string[] {
  if (handling === undefined) return [];
  const { acknowledged, silenced, remote, closedAt } = handling;
  const lines: string[] = [];
  if (acknowledged !== null)
    lines.push(`👀 Acknowledged by ${nameOf(acknowledged.by)}, ${utc(acknowledged.at)}`);
  if (silenced !== null) lines.push(`🔕 Silenced by ${nameOf(silenced.by)} until ${utc(silenced.until)}`);
  if (closedAt !== null)
    lines.push(
      `☑️ Resolved ${remote?.by == null ? "" : `by ${remote.by} `}at PagerDuty, ${utc(closedAt)}, but it still burns`,
    );
  const assignees = remote?.assignees ?? [];
  if (remote !== null && remote.state !== "resolved" && assignees.length > 0)
    lines.push(`📟 At PagerDuty with ${assignees.slice(0, 5).join(", ")}`);
  return lines;
}

/** `slack:alice` is alice. */
export function nameOf(actor: string): string {
  const [, system, name] = /^(slack|pagerduty|key):(.+)$/s.exec(actor) ?? [];
  if (name === undefined) return actor;
  return system === "key" ? `${name} (API key)` : name;
}

function plain(text: string): PlainText {
  return { type: "plain_text", text };
}
