import { WebClient } from "@slack/web-api";
import type { MessageReference, SendOutcome } from "../../alert/notification.ts";
import { METADATA_EVENT, findSent } from "./find-sent.ts";
import type { Found } from "./find-sent.ts";
import { readSlackFailure, refusesAll } from "./slack-answer.ts";
import type { SlackFailure } from "./slack-answer.ts";
import { SILENT } from "./silent-log.ts";
import type { SlackMessage } from "./slack-message.ts";

export interface SlackOptions {
  readonly botToken: string;
  /** Slack's own when left out. */
  readonly apiUrl?: string | undefined;
  /** Where people reach Noroshi. */
  readonly publicUrl: string;
  /** Presses of buttons arrive here, so there are some. */
  readonly isInteractive?: boolean | undefined;
  /** Limit of one call; a notification may need several. */
  readonly timeoutMs?: number;
}

/** What is to be said, in a message that stays and changes in place. */
export interface SlackLetter {
  /** Goes into the metadata, so that one whose answer was lost can be found. */
  readonly id: string;
  /** What the metadata say beside it. */
  readonly about: Readonly<Record<string, string>>;
  readonly channel: string;
  /** The message that is changed; null: it is posted. */
  readonly reference: MessageReference | null;
  /** An earlier attempt may have arrived. */
  readonly maybeSent: boolean;
  readonly createdAt: number;
  readonly message: SlackMessage;
  /** Said in the thread once the message is changed: that changes silently, this is noticed. */
  readonly reply: { readonly text: string } | undefined;
  /** The reply shows in the channel, too. */
  readonly isAnnounced: boolean;
}

/** The message cannot be changed any more: say it in a new one. */
const GONE = new Set(["message_not_found", "cant_update_message", "edit_window_closed"]);

interface Sending {
  readonly client: WebClient;
  readonly token: string;
  readonly letter: SlackLetter;
  /** Whether the lease leaves time for another call. */
  readonly mayCall: () => boolean;
}

/**
 * Posts letters, or changes what was posted. After an attempt without a clear answer it looks for the message before it posts
 * again. web-api's own retries, its pause of the whole client after a 429 and its lack of a time limit are turned off: waiting
 * is the outbox's job.
 */
export function createSlackPost(
  options: SlackOptions,
): (letter: SlackLetter, remainingMs: () => number) => Promise<SendOutcome> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const token = options.botToken;
  const client = new WebClient(token, {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: SILENT,
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
  });
  return async (letter, remainingMs) => {
    const mayCall = (): boolean => remainingMs() > timeoutMs;
    try {
      return await send({ client, token, letter, mayCall });
    } catch (error) {
      return outcomeOf(readSlackFailure(error, token));
    }
  };
}

async function send(sending: Sending): Promise<SendOutcome> {
  const { reference, reply } = sending.letter;
  if (reference === null) return postMessage(sending);
  const changed = await changeMessage(sending, reference);
  if (changed !== "changed") return changed === "gone" ? postMessage(sending) : changed;
  return reply === undefined
    ? delivered("the message was changed", reference)
    : replyInThread(sending, reference, reply);
}

async function postMessage(sending: Sending): Promise<SendOutcome> {
  const { client, letter } = sending;
  const { channel } = letter;
  const sent = await lookForSent(sending, { channel });
  if (sent === "out_of_time" || (sent === "absent" && !sending.mayCall())) return outOfTime();
  if (sent !== "absent") return delivered("an earlier attempt had arrived", { channel, ts: sent.ts });
  const posted = await client.chat.postMessage({
    channel,
    ...letter.message,
    metadata: metadataOf(letter),
    unfurl_links: false,
    unfurl_media: false,
  });
  return delivered("posted", { channel: posted.channel ?? channel, ts: posted.ts ?? "" });
}

async function changeMessage(
  { client, letter, token, mayCall }: Sending,
  reference: MessageReference,
): Promise<"changed" | "gone" | SendOutcome> {
  if (!mayCall()) return outOfTime();
  try {
    await client.chat.update({ ...reference, ...letter.message });
    return "changed";
  } catch (error) {
    const failure = readSlackFailure(error, token);
    return failure.kind === "refused" && GONE.has(failure.code) ? "gone" : outcomeOf(failure);
  }
}

async function replyInThread(
  sending: Sending,
  reference: MessageReference,
  reply: { readonly text: string },
): Promise<SendOutcome> {
  const { client, letter, token } = sending;
  const { channel, ts } = reference;
  const sent = await lookForSent(sending, { channel, threadTs: ts });
  if (sent === "out_of_time" || !sending.mayCall()) return outOfTime();
  if (sent !== "absent")
    return delivered("the message was changed; an earlier attempt had replied", reference);
  try {
    await client.chat.postMessage({
      channel,
      thread_ts: ts,
      reply_broadcast: letter.isAnnounced,
      ...reply,
      metadata: metadataOf(letter),
      unfurl_links: false,
    });
    return delivered("the message was changed, with a reply in its thread", reference);
  } catch (error) {
    const failure = readSlackFailure(error, token);
    // The message itself tells it already.
    return failure.kind === "refused"
      ? delivered(`the message was changed; the reply was refused: ${failure.detail}`, reference)
      : outcomeOf(failure);
  }
}

/** Only after an attempt without a clear answer; one that Slack does not allow to look for is sent again. */
async function lookForSent(
  { client, letter, token, mayCall }: Sending,
  where: { readonly channel: string; readonly threadTs?: string },
): Promise<Found> {
  if (!letter.maybeSent) return "absent";
  try {
    const wanted = { ...where, notificationId: letter.id, createdAtMs: letter.createdAt };
    return await findSent(client, wanted, mayCall);
  } catch (error) {
    // Told twice is better than never told.
    if (readSlackFailure(error, token).kind === "refused") return "absent";
    throw error;
  }
}

function metadataOf({ id, about }: SlackLetter) {
  return { event_type: METADATA_EVENT, event_payload: { notification_id: id, ...about } };
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
      return { kind: "rejected", detail, ...(refusesAll(failure.code) ? { refusesAll: true } : {}) };
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
