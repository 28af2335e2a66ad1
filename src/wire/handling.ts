import type { Hono } from "hono";
import { episodeBody, timeText } from "../api/episode-body.ts";
import { handlingRoutes } from "../api/handling-routes.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { createPagerDutyHook, type PagerDutyTaken } from "../api/pagerduty-hook.ts";
import { createSlackHook } from "../api/slack-hook.ts";
import type { Config } from "../config.ts";
import type { Now } from "../model/time.ts";
import { createBackgroundWork } from "../notify/background-work.ts";
import { dedupKey } from "../notify/notification.ts";
import { readPagerDutyWebhook } from "../notify/pagerduty/read-webhook.ts";
import { handleInteraction, tellGivenUp, type InteractionPorts } from "../notify/slack/handle-interaction.ts";
import { createSocketMode, type SocketMode } from "../notify/slack/socket-mode.ts";
import { createTellUser } from "../notify/slack/tell-user.ts";
import type { Log } from "../self/log.ts";
import { listAudit } from "../store/postgres/audit-store.ts";
import type { Database } from "../store/postgres/database.ts";
import { handleEpisode, type HandlingResult } from "../store/postgres/handle-episode.ts";
import type { Silences } from "./silences.ts";
import { slackWishes } from "./slack-wishes.ts";

export interface Handling {
  /** Where Slack and PagerDuty send to. */
  readonly hooks: readonly Hono[];
  readonly area: NativeArea;
  readonly doneTo: (episodeId: string) => Promise<readonly DoneRecord[]>;
  /** Connects to Slack where Socket Mode is set up. */
  start(): void;
  /** What is under way ends first. */
  stop(): Promise<void>;
}

/** What somebody did to an episode. */
export interface DoneRecord {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface HandlingParts {
  readonly config: Pick<Config, "slack" | "pagerduty">;
  readonly db: Database;
  readonly silences: Pick<Silences, "reload">;
  readonly now: Now;
  readonly log: Log;
  /** There is something to send. */
  readonly kickOutbox: () => void;
  /** An episode, or a silence, has changed. */
  readonly onChange: () => void;
}

/** An episode's history is read in one go. */
const MOST_DONE = 500;

/** What people do to episodes, here, in Slack and at PagerDuty. */
export function wireHandling(parts: HandlingParts): Handling {
  const { config, db, log } = parts;
  const work = createBackgroundWork({ log });
  const interactions: InteractionPorts = {
    fulfil: slackWishes({ ...parts, changed: (result) => changed(parts, result) }),
    tell: createTellUser({ apiUrl: config.slack.apiUrl, log }),
  };
  const takenFromSlack = (payload: unknown): void => {
    void work
      .run("slack interaction", async () => {
        await handleInteraction(payload, interactions);
        return true;
      })
      .then((isDone) => (isDone === true ? undefined : tellGivenUp(payload, interactions)));
  };
  const { signingSecret, appToken, apiUrl } = config.slack;
  const socket: SocketMode | undefined =
    appToken === undefined ? undefined : createSocketMode({ appToken, apiUrl, taken: takenFromSlack, log });
  return {
    hooks: [
      createSlackHook({ signingSecret, taken: takenFromSlack }),
      createPagerDutyHook({
        secrets: config.pagerduty.webhookSecrets,
        take: async ({ id, body }) =>
          (await work.run("pagerduty webhook", () => takeFromPagerDuty(parts, body, id))) ?? {
            result: "failed",
          },
      }),
    ],
    area: handlingRoutes({
      setAcknowledged: async (id, acknowledged, actor) => {
        const kind = acknowledged ? "acknowledge" : "unacknowledge";
        const at = parts.now();
        const result = changed(parts, await handleEpisode(db, id, { kind, actor, at }, { at }));
        if (!("episode" in result)) return { kind: "unknown" };
        const episode = episodeBody(result.episode, dedupKey(id));
        const isOver = result.kind === "refused" && result.reason !== "same" && result.reason !== "stale";
        return { kind: isOver ? "over" : "done", episode };
      },
      listAudit: async ({ subject, limit, cursor }) => {
        const rows = await listAudit(db, {
          limit: limit + 1,
          ...(subject === undefined ? {} : { subject }),
          ...(cursor === undefined ? {} : { before: Number(cursor) }),
        });
        const page = rows.slice(0, limit);
        return {
          entries: page.map((row) => ({ ...row, at: timeText(row.at.getTime()), detail: { ...row.detail } })),
          nextCursor: rows.length > page.length ? String(page.at(-1)?.sequence) : null,
        };
      },
    }),
    doneTo: async (episodeId) => {
      const rows = await listAudit(db, { subject: episodeId, limit: MOST_DONE });
      return rows.map((row) => ({ ...row, at: row.at.getTime() })).reverse();
    },
    start: () => socket?.start(),
    stop: async () => {
      await socket?.stop();
      await work.stop();
    },
  };
}

/** Tells those who wait for it. */
function changed({ kickOutbox, onChange }: HandlingParts, result: HandlingResult): HandlingResult {
  if (result.kind === "changed") {
    if (result.notificationIds.length > 0) kickOutbox();
    onChange();
  }
  return result;
}

async function takeFromPagerDuty(
  parts: HandlingParts,
  body: unknown,
  webhookId: string | undefined,
): Promise<PagerDutyTaken> {
  const news = readPagerDutyWebhook(body, webhookId);
  if ("ignored" in news) return { result: "ignored", reason: news.ignored };
  const { episodeId, request, webhookIds, eventType } = news;
  const options = { at: parts.now(), webhookIds, detail: { event: eventType } };
  const result = changed(parts, await handleEpisode(parts.db, episodeId, request, options));
  switch (result.kind) {
    case "changed":
      parts.log.info("PagerDuty changed an episode", {
        episode: episodeId,
        event: eventType,
        actor: request.actor,
      });
      return { result: "changed" };
    case "unknown":
      return { result: "ignored", reason: "there is no such episode here" };
    case "duplicate":
      return { result: "ignored", reason: "it was taken before" };
    case "refused":
      return { result: "ignored", reason: REASONS[result.reason] };
    default:
      return result satisfies never;
  }
}

const REASONS = {
  closed: "the episode is over",
  pending: "the episode has not fired",
  stale: "something newer is known",
  same: "the episode is like that already",
} as const;
