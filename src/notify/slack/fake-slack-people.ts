import { createHmac } from "node:crypto";
import { isRecord } from "../pagerduty/validate-event.ts";
import type { FakeMessage } from "./fake-slack.ts";

/** Somebody in the fake workspace. */
export interface FakePerson {
  readonly id: string;
  readonly username: string;
}

const ALICE: FakePerson = { id: "U0ALICE", username: "alice" };

export interface Press {
  readonly actionId: string;
  /** Of a menu: the text of the option. */
  readonly choice?: string;
  readonly by?: FakePerson;
  readonly atMs: number;
  /** Where the answer for the user alone goes: below `/actions/` of the fake. */
  readonly responseUrl: string;
}

/** Everything in a message that people can use. */
export function elementsOf(message: FakeMessage): readonly Readonly<Record<string, unknown>>[] {
  const attached = message.attachments.flatMap((attachment) => listIn(attachment, "blocks"));
  return [...message.blocks, ...attached].flatMap((block) => listIn(block, "elements")).filter(isRecord);
}

/** The interaction that Slack sends when somebody presses a button, or chooses from a menu, of a message. */
export function pressOf(message: FakeMessage, press: Press): Readonly<Record<string, unknown>> {
  const { actionId, choice, by = ALICE, atMs, responseUrl } = press;
  const element = elementsOf(message).find((one) => one["action_id"] === actionId);
  if (element === undefined) throw new Error(`the message has no ${actionId}`);
  const option = listIn(element, "options").find(
    (one) => isRecord(one) && isRecord(one["text"]) && one["text"]["text"] === choice,
  );
  if (element["type"] === "static_select" && option === undefined)
    throw new Error(`the menu ${actionId} has no "${choice}"`);
  const { channel, ts } = message;
  return {
    type: "block_actions",
    user: { id: by.id, username: by.username, name: by.username, team_id: "T0NOROSHI" },
    api_app_id: "A0NOROSHI",
    token: "deprecated",
    team: { id: "T0NOROSHI", domain: "noroshi" },
    container: { type: "message_attachment", message_ts: ts, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: "alerts" },
    trigger_id: `${atMs}.1`,
    response_url: responseUrl,
    message: { type: "message", ts, text: message.text },
    actions: [
      {
        type: element["type"],
        action_id: actionId,
        block_id: "b1",
        action_ts: (atMs / 1_000).toFixed(6),
        ...(option === undefined
          ? { text: element["text"], value: element["value"] }
          : { selected_option: option }),
      },
    ],
  };
}

export interface Posting {
  readonly signingSecret: string;
  /** Time of the signature. */
  readonly atMs: number;
  /** Instead of the right signature. */
  readonly signature?: string;
}

/** Sends an interaction to a request URL, signed as Slack does. */
export function postInteraction(
  url: string,
  interaction: unknown,
  { signingSecret, atMs, signature }: Posting,
): Promise<Response> {
  const body = new URLSearchParams({ payload: JSON.stringify(interaction) }).toString();
  const timestamp = String(Math.floor(atMs / 1_000));
  const digest = createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature ?? `v0=${digest}`,
    },
    body,
  });
}

function listIn(value: unknown, field: string): readonly unknown[] {
  const list = isRecord(value) ? value[field] : undefined;
  return Array.isArray(list) ? list : [];
}
