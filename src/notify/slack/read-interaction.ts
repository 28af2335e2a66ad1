import { createHash } from "node:crypto";
import { z } from "zod";
import { SILENCE_CHOICES, SLACK_ACTIONS } from "./slack-actions.ts";

/** Who pressed it. */
export interface SlackUser {
  readonly id: string;
  /** What people call them. */
  readonly name: string;
  /** Their workspace. */
  readonly team: string;
}

/** What somebody asks for with a button or a menu. */
export type SlackWish =
  | { readonly kind: "acknowledge" | "unacknowledge"; readonly episodeId: string }
  | {
      readonly kind: "silence";
      readonly episodeId: string;
      readonly forMs: number;
      /** `for 1 hour`. */
      readonly words: string;
    }
  | { readonly kind: "end-silence"; readonly silenceId: string; readonly episodeId: string };

export interface SlackInteraction {
  /** Of this press alone: the same when Slack sends it again. */
  readonly id: string;
  readonly user: SlackUser;
  readonly wish: SlackWish;
  /** Where the user alone can be told something; it holds a secret. */
  readonly responseUrl: string | undefined;
}

const short = z.string().max(3_000);
const interactionSchema = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id: short, username: short.nullish(), name: short.nullish(), team_id: short.nullish() }),
  team: z.object({ id: short }).nullish(),
  container: z.object({ message_ts: short.nullish(), channel_id: short.nullish() }).nullish(),
  response_url: short.nullish(),
  actions: z.array(
    z.object({
      action_id: short.nullish(),
      action_ts: short.nullish(),
      value: short.nullish(),
      selected_option: z.object({ value: short }).nullish(),
    }),
  ),
});

/** What a `block_actions` interaction asks for; undefined where it asks for nothing: a link was opened, say. */
export function readInteraction(payload: unknown): SlackInteraction | undefined {
  const read = interactionSchema.safeParse(payload);
  if (!read.success) return undefined;
  const { user, team, container, actions, response_url: responseUrl } = read.data;
  for (const action of actions) {
    const wish = wishOf(action.action_id ?? "", action.selected_option?.value ?? action.value ?? "");
    if (wish === undefined) continue;
    const teamId = team?.id ?? user.team_id ?? "";
    const press = [
      teamId,
      user.id,
      container?.channel_id,
      container?.message_ts,
      action.action_id,
      action.action_ts,
    ];
    return {
      id: `slack:${createHash("sha256").update(JSON.stringify(press)).digest("hex")}`,
      user: {
        id: clean(user.id),
        name: clean(user.username ?? user.name ?? "") || clean(user.id),
        team: clean(teamId),
      },
      wish,
      responseUrl: responseUrl ?? undefined,
    };
  }
  return undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function wishOf(actionId: string, value: string): SlackWish | undefined {
  const [first = "", second = ""] = value.split(" ");
  if (!UUID.test(first)) return undefined;
  switch (actionId) {
    case SLACK_ACTIONS.acknowledge:
      return { kind: "acknowledge", episodeId: first };
    case SLACK_ACTIONS.unacknowledge:
      return { kind: "unacknowledge", episodeId: first };
    case SLACK_ACTIONS.silence: {
      const choice = SILENCE_CHOICES.find(({ name }) => name === second);
      return choice && { kind: "silence", episodeId: first, forMs: choice.ms, words: choice.words };
    }
    case SLACK_ACTIONS.endSilence:
      return UUID.test(second) ? { kind: "end-silence", silenceId: first, episodeId: second } : undefined;
    default:
      return undefined;
  }
}

/** Names come from people; control characters and NUL do not go into the store. */
function clean(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 200);
}
