import type { ClaimedNotification, SendOutcome } from "../../src/alert/notification.ts";

/** Something that a receiver took. */
export interface Heard {
  readonly receiver: string;
  readonly episodeId: string;
  readonly action: ClaimedNotification["action"];
  readonly notificationId: string;
}

/** What PagerDuty tells of an incident, in its own order of time. */
export interface ModelledWebhook {
  readonly id: string;
  readonly kind: "close" | "reopen" | "acknowledge";
  readonly episodeId: string;
  readonly atMs: number;
}

/** PagerDuty, Slack and a webhook, as far as their memories go. */
export interface ModelledReceivers {
  /** In the order in which it was taken. */
  readonly heard: readonly Heard[];
  /** Of Slack: the notifications that were posted as messages, in order. */
  readonly posts: readonly { readonly episodeId: string; readonly notificationId: string }[];
  /** Webhooks that were sent and have not arrived. */
  readonly underWay: ModelledWebhook[];
  openIncidents(): readonly string[];
  /** What its sender does: asks whether it is there where that is not known, then tells. */
  take(notification: ClaimedNotification): Extract<SendOutcome, { kind: "delivered" }>;
  /** A person at PagerDuty closes an open incident, or takes it on. */
  touch(episodeId: string, kind: "close" | "acknowledge"): void;
}

/** `clock`: PagerDuty's; every event has a time of its own. */
export function createModelledReceivers(clock: () => number): ModelledReceivers {
  const heard: Heard[] = [];
  const posts: { episodeId: string; notificationId: string }[] = [];
  const underWay: ModelledWebhook[] = [];
  const open = new Set<string>();
  let lastMs = 0;
  let webhooks = 0;
  const tell = (kind: ModelledWebhook["kind"], episodeId: string): void => {
    lastMs = Math.max(lastMs + 1, clock());
    underWay.push({ id: `webhook-${(webhooks += 1)}`, kind, episodeId, atMs: lastMs });
  };
  const page = ({ action, episodeId }: ClaimedNotification): void => {
    if (action === "resolve") open.delete(episodeId);
    else if (action !== "acknowledge" && !open.has(episodeId)) {
      open.add(episodeId);
      tell("reopen", episodeId);
    }
  };
  const chat = ({ id, episodeId, maybeSent, reference }: ClaimedNotification) => {
    if (reference !== null) return reference;
    const isThere = maybeSent && posts.some(({ notificationId }) => notificationId === id);
    if (!isThere) posts.push({ episodeId, notificationId: id });
    return { channel: "C0ALERTS", ts: id };
  };
  return {
    heard,
    posts,
    underWay,
    openIncidents: () => [...open],
    take: (notification) => {
      const { id, receiver, receiverType, episodeId, action } = notification;
      const wasHeard = heard.some(({ notificationId }) => notificationId === id);
      if (!wasHeard) heard.push({ receiver, episodeId, action, notificationId: id });
      if (receiverType === "pagerduty") page(notification);
      return receiverType === "slack"
        ? { kind: "delivered", detail: "told", reference: chat(notification) }
        : { kind: "delivered", detail: "told" };
    },
    touch: (episodeId, kind) => {
      if (!open.has(episodeId)) return;
      if (kind === "close") open.delete(episodeId);
      tell(kind, episodeId);
    },
  };
}
