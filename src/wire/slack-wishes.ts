import type { Now } from "../model/time.ts";
import type { InteractionPorts, SlackPress, WishOutcome } from "../notify/slack/handle-interaction.ts";
import type { SlackWish } from "../notify/slack/read-interaction.ts";
import type { Log } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { handleEpisode, type HandlingResult } from "../store/postgres/handle-episode.ts";
import { endEpisodeSilence, silenceEpisode, type SilenceWish } from "../store/postgres/silence-episode.ts";
import type { Silences } from "./silences.ts";

/** Does what people press in Slack, in the control store. */
export function slackWishes(parts: {
  readonly db: Database;
  readonly silences: Pick<Silences, "reload">;
  readonly now: Now;
  readonly log: Log;
  readonly onChange: () => void;
  readonly changed: (result: HandlingResult) => HandlingResult;
}): InteractionPorts["fulfil"] {
  const { db, now, log } = parts;
  const silencesChanged = async (): Promise<void> => {
    await parts.silences.reload();
    parts.onChange();
  };
  return async (wish, press) => {
    const asked = askedBy(press, now());
    const outcome = await fulfil(db, wish, asked, parts.changed);
    if (outcome.kind === "done") {
      log.info("somebody answered in Slack", {
        wish: wish.kind,
        episode: wish.episodeId,
        actor: asked.actor,
      });
      if (wish.kind === "silence" || wish.kind === "end-silence") await silencesChanged();
    }
    return outcome;
  };
}

function askedBy({ id, user }: SlackPress, at: ReturnType<Now>): SilenceWish {
  return {
    actor: `slack:${user.name}`,
    author: user.name,
    at,
    webhookIds: [id],
    detail: { slackUser: user.id, slackTeam: user.team },
  };
}

async function fulfil(
  db: Database,
  wish: SlackWish,
  asked: SilenceWish,
  changed: (result: HandlingResult) => HandlingResult,
): Promise<WishOutcome> {
  switch (wish.kind) {
    case "acknowledge":
    case "unacknowledge": {
      const request = { kind: wish.kind, actor: asked.actor, at: asked.at };
      const result = changed(await handleEpisode(db, wish.episodeId, request, asked));
      if (result.kind === "changed") return { kind: "done" };
      if (result.kind !== "refused") return { kind: result.kind };
      return { kind: "refused", reason: result.reason, by: result.episode.acknowledgedBy };
    }
    case "silence": {
      const comment = `silenced ${wish.words} from Slack`;
      const result = await silenceEpisode(db, wish.episodeId, { ...asked, forMs: wish.forMs, comment });
      switch (result.kind) {
        case "silenced":
          return { kind: "done" };
        case "same":
          return { kind: "silenced-already", untilMs: result.silence.endsAt };
        case "closed":
          return { kind: "refused", reason: "closed", by: null };
        case "unknown":
        case "duplicate":
        case "too-many":
          return { kind: result.kind };
        default:
          return result satisfies never;
      }
    }
    case "end-silence": {
      const result = await endEpisodeSilence(db, wish.silenceId, wish.episodeId, asked);
      if (result.kind === "ended") return { kind: "done" };
      return { kind: result.kind === "over" ? "silence-over" : result.kind };
    }
    default:
      return wish satisfies never;
  }
}
