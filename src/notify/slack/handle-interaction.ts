import { utc } from "../../alert/episode-text.ts";
import type { Refusal } from "../../alert/handling.ts";
import {
  readInteraction,
  type SlackInteraction,
  type SlackUser,
  type SlackWish,
} from "./read-interaction.ts";
import { nameOf } from "./slack-actions.ts";

/** Who asks, and the press that counts once. */
export interface SlackPress {
  readonly id: string;
  readonly user: SlackUser;
}

/** What comes of a wish. `done`, `duplicate`: the message says it, or has said it. */
export type WishOutcome =
  | { readonly kind: "done" | "duplicate" | "unknown" | "too-many" | "silence-over" }
  | { readonly kind: "refused"; readonly reason: Refusal; readonly by: string | null }
  | { readonly kind: "silenced-already"; readonly untilMs: number };

export interface InteractionPorts {
  /** Stores it; rejects where the store is away. */
  fulfil(wish: SlackWish, press: SlackPress): Promise<WishOutcome>;
  /** Tells the user alone; never rejects. */
  tell(responseUrl: string, text: string): Promise<void>;
}

/** Does what an interaction of Slack's asks for, and tells who pressed why nothing came of it. */
export async function handleInteraction(payload: unknown, ports: InteractionPorts): Promise<void> {
  const interaction = readInteraction(payload);
  if (interaction === undefined) return;
  const { id, user, wish } = interaction;
  const answer = answerTo(await ports.fulfil(wish, { id, user }), wish);
  if (answer !== undefined) await tellUser(interaction, answer, ports);
}

/** Tells who pressed that it could not be done; for when it is given up. */
export async function tellGivenUp(payload: unknown, ports: Pick<InteractionPorts, "tell">): Promise<void> {
  const interaction = readInteraction(payload);
  if (interaction === undefined) return;
  await tellUser(
    interaction,
    "Noroshi could not store this: its control store is away. Try again later.",
    ports,
  );
}

async function tellUser(
  { responseUrl }: SlackInteraction,
  text: string,
  { tell }: Pick<InteractionPorts, "tell">,
): Promise<void> {
  if (responseUrl !== undefined) await tell(responseUrl, text);
}

function answerTo(outcome: WishOutcome, wish: SlackWish): string | undefined {
  switch (outcome.kind) {
    case "done":
    case "duplicate":
      return undefined;
    case "unknown":
      return wish.kind === "end-silence"
        ? "Noroshi knows no such silence any more."
        : "Noroshi does not know this alert any more: it is over, and past its retention.";
    case "too-many":
      return "Not silenced: too many silences are in force. End some of them first.";
    case "silence-over":
      return "This silence has ended already.";
    case "silenced-already":
      return `It is silenced until ${utc(outcome.untilMs)} already.`;
    case "refused":
      return refusalText(outcome.reason, outcome.by, wish);
    default:
      return outcome satisfies never;
  }
}

function refusalText(reason: Refusal, by: string | null, wish: SlackWish): string {
  switch (reason) {
    case "closed":
      return "This alert is over already; nothing was changed.";
    case "pending":
      return "This alert does not fire; nothing was changed.";
    case "stale":
      return "Somebody else changed this alert in the meantime; look at the message, and press again.";
    case "same":
      return wish.kind === "unacknowledge"
        ? "Nobody has acknowledged this alert."
        : `${by === null ? "Somebody" : nameOf(by)} has acknowledged this alert already.`;
    default:
      return reason satisfies never;
  }
}
