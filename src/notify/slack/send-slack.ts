import type { Bundle, ClaimedNotification } from "../../alert/notification.ts";
import type { Send, SendBundle } from "../notification.ts";
import { createSlackPost, type SlackLetter, type SlackOptions } from "./post-letter.ts";
import { groupMessage, groupReply } from "./slack-group-message.ts";
import { slackMessage, slackReply } from "./slack-message.ts";

/**
 * Sends to Slack: one message for an episode, changed in place until its end, which is also said in its thread.
 */
export function createSlackSender(options: SlackOptions): Send {
  const post = createSlackPost(options);
  return (notification, remainingMs) => post(letterOf(notification, options), remainingMs);
}

/**
 * Sends what a group is told: one message that lists its episodes, changed in place until all are over; what is new is said
 * in its thread.
 */
export function createSlackBundleSender(options: SlackOptions): SendBundle {
  const post = createSlackPost(options);
  return (bundle, remainingMs) => post(letterOfGroup(bundle, options), remainingMs);
}

function letterOf(notification: ClaimedNotification, options: SlackOptions): SlackLetter {
  const { id, episodeId, address, reference, maybeSent, createdAt, action } = notification;
  return {
    id,
    about: { episode_id: episodeId },
    channel: address,
    reference,
    maybeSent,
    createdAt,
    message: slackMessage(notification, options.publicUrl, options),
    reply: action === "resolve" ? slackReply(notification) : undefined,
    isAnnounced: false,
  };
}

function letterOfGroup(bundle: Bundle, options: SlackOptions): SlackLetter {
  const { group, notifications } = bundle;
  const [only, ...others] = group.latest;
  const of = {
    id: bundle.id,
    maybeSent: bundle.maybeSent,
    createdAt: bundle.createdAt,
    reference: group.reference,
  };
  // While it is about one episode it looks as that would alone.
  if (only !== undefined && others.length === 0) return { ...letterOf(only, options), ...of };
  return {
    ...of,
    about: { group: group.key },
    channel: notifications[0]!.address,
    message: groupMessage(bundle, options.publicUrl),
    reply: groupReply(bundle, options.publicUrl),
    isAnnounced: notifications.some(
      ({ action, severity }) => action === "trigger" && severity === "critical",
    ),
  };
}
