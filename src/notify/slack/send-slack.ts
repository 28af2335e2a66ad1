import { LogLevel, WebClient } from "@slack/web-api";
import type { ClaimedNotification, MessageReference, SendOutcome } from "../../alert/notification.ts";
import type { Send } from "../notification.ts";
import { METADATA_EVENT, findSent } from "./find-sent.ts";
import type { Found } from "./find-sent.ts";
import { readSlackFailure } from "./slack-answer.ts";
import type { SlackFailure } from "./slack-answer.ts";
import { slackMessage, slackReply } from "./slack-message.ts";

export interface SlackOptions {
  readonly botToken: string;
  /** Slack's own when left out. */
  readonly apiUrl?: string | undefined;
  /** Where people reach Noroshi. */
  readonly publicUrl: string;
  /** Limit of one call; a notification may need several. */
  readonly timeoutMs?: number;
}

/** The message cannot be changed any more: say it in a new one. */
const GONE = new Set(["message_not_found", "cant_update_message", "edit_window_closed"]);

interface Sending {
  readonly client: WebClient;
  readonly options: SlackOptions;
  readonly notification: ClaimedNotification;
  /** Whether the lease leaves time for another call. */
  readonly mayCall: () => boolean;
}

/**
 * Sends to Slack: one message for an episode, changed in place until its end, which is also said in its thread. After an
 * attempt without a clear answer it looks for the message before it posts again. web-api's own retries, its pause of the
 * whole client after a 429 and its lack of a time limit are turned off: waiting is the outbox's job.
 */
export function createSlackSender(options: SlackOptions): Send {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const client = new WebClient(options.botToken, {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: SILENT,
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
  });
  return async (notification, remainingMs) => {
    const mayCall = (): boolean => remainingMs() > timeoutMs;
    try {
      return await send({ client, options, notification, mayCall });
    } catch (error) {
      return outcomeOf(readSlackFailure(error, options.botToken));
    }
  };
}

async function send(sending: Sending): Promise<SendOutcome> {
  const { reference, action } = sending.notification;
  if (reference === null) {
    return postMessage(sending);
  }
  const changed = await changeMessage(sending, reference);
  if (changed !== "changed") {
    return changed === "gone" ? postMessage(sending) : changed;
  }
  return action === "resolve"
    ? replyInThread(sending, reference)
    : delivered("the message was changed", reference);
}

async function postMessage(sending: Sending): Promise<SendOutcome> {
  const { client, notification, options } = sending;
  const sent = await lookForSent(sending, { channel: notification.address });
  if (sent === "out_of_time") {
    return outOfTime();
  }
  if (sent !== "absent") {
    const reference = { channel: notification.address, ts: sent.ts };
    return delivered("an earlier attempt had arrived", reference);
  }
  if (!sending.mayCall()) {
    return outOfTime();
  }
  const posted = await client.chat.postMessage({
    channel: notification.address,
    ...slackMessage(notification, options.publicUrl),
    metadata: metadataOf(notification),
    unfurl_links: false,
    unfurl_media: false,
  });
  return delivered("posted", { channel: posted.channel ?? notification.address, ts: posted.ts ?? "" });
}

async function changeMessage(
  { client, notification, options, mayCall }: Sending,
  reference: MessageReference,
): Promise<"changed" | "gone" | SendOutcome> {
  if (!mayCall()) {
    return outOfTime();
  }
  try {
    await client.chat.update({ ...reference, ...slackMessage(notification, options.publicUrl) });
    return "changed";
  } catch (error) {
    const failure = readSlackFailure(error, options.botToken);
    return failure.kind === "refused" && GONE.has(failure.code) ? "gone" : outcomeOf(failure);
  }
}

async function replyInThread(sending: Sending, reference: MessageReference): Promise<SendOutcome> {
  const { client, notification, options } = sending;
  const { channel, ts } = reference;
  const sent = await lookForSent(sending, { channel, threadTs: ts });
  if (sent === "out_of_time" || !sending.mayCall()) {
    return outOfTime();
  }
  if (sent !== "absent") {
    return delivered("the message was changed; an earlier attempt had replied", reference);
  }
  try {
    await client.chat.postMessage({
      channel,
      thread_ts: ts,
      ...slackReply(notification),
      metadata: metadataOf(notification),
      unfurl_links: false,
    });
    return delivered("the message was changed, with a reply in its thread", reference);
  } catch (error) {
    const failure = readSlackFailure(error, options.botToken);
    // The message itself tells the end already.
    return failure.kind === "refused"
      ? delivered(`the message was changed; the reply was refused: ${failure.detail}`, reference)
      : outcomeOf(failure);
  }
}

/** Only after an attempt without a clear answer; one that Slack does not allow to look for is sent again. */
async function lookForSent(
  { client, notification, options, mayCall }: Sending,
  where: { readonly channel: string; readonly threadTs?: string },
): Promise<Found> {
  if (!notification.maybeSent) {
    return "absent";
  }
  try {
    const wanted = { ...where, notificationId: notification.id, createdAtMs: notification.createdAt };
    return await findSent(client, wanted, mayCall);
  } catch (error) {
    const failure = readSlackFailure(error, options.botToken);
    if (failure.kind === "refused") {
      // Told twice is better than never told.
      return "absent";
    }
    throw error;
  }
}

function metadataOf({ id, episodeId }: ClaimedNotification) {
  return { event_type: METADATA_EVENT, event_payload: { notification_id: id, episode_id: episodeId } };
}

function delivered(detail: string, reference: MessageReference): SendOutcome {
  return { kind: "delivered", detail, reference };
}

function outOfTime(): SendOutcome {
  return { kind: "retry", detail: "not sent: the lease is about to run out", ambiguous: false };
}

function outcomeOf(failure: SlackFailure): SendOutcome {
  const { detail } = failure;
  switch (failure.kind) {
    case "refused":
      return { kind: "rejected", detail };
    case "wait": {
      const wait = failure.afterMs === undefined ? {} : { afterMs: failure.afterMs };
      return { kind: "retry", detail, ambiguous: false, holdAddress: true, ...wait };
    }
    case "transient":
      return { kind: "retry", detail, ambiguous: false };
    case "unclear":
      return { kind: "retry", detail, ambiguous: true };
    default:
      return failure satisfies never;
  }
}

/** web-api would write to the console, and at its debug level bodies. */
const SILENT = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
