import { episodeSummary, nextStep } from "../../alert/episode-text.ts";
import { actionElements } from "./slack-actions.ts";
import { oneLine } from "../clean-text.ts";
import { httpUrl, newsOf, newsUrl, tracesUrl } from "../news-of.ts";
import { escapeMarkup } from "./escape-markup.ts";
import type { LinkButton, SlackBlock, SlackText } from "./slack-blocks.ts";
import { bodyBlocks } from "./slack-body.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";

/** Slack's limits, below which every text is cut. */
const HEADER_CHARS = 150;
const TEXT_CHARS = 3_000;
/** Of all blocks as JSON; Slack takes about 13,000. */
const ALL_CHARS = 12_000;
/** Tried one after the other; at the last all is a few lines. */
const SHARES = [1, 0.5, 0.25, 0.1] as const;

export interface SlackMessage {
  /** What a push notification shows. */
  readonly text: string;
  readonly blocks: SlackBlock[];
  readonly attachments: {
    readonly color: string;
    readonly fallback: string;
    readonly blocks: SlackBlock[];
  }[];
}

export interface SlackMessageOptions {
  /** Presses of buttons arrive here, so there are some. */
  readonly isInteractive?: boolean | undefined;
}

/** The episode as one message; posted at its start and changed in place until its end. */
export function slackMessage(
  notification: ClaimedNotification,
  publicUrl: string,
  { isInteractive = false }: SlackMessageOptions = {},
): SlackMessage {
  const look = lookOf(notification);
  const title = notification.wording?.title;
  const text = escapeMarkup(`${look.mark} ${title ?? episodeSummary(newsOf(notification))}`, TEXT_CHARS);
  const actions: SlackBlock = {
    type: "actions",
    elements: [
      ...(isInteractive ? actionElements(notification) : []),
      ...linkButtons(notification, publicUrl),
    ],
  };
  const build = (share: number): SlackMessage => ({
    text,
    blocks: [{ type: "header", text: plain(headerOf(notification, look, title), HEADER_CHARS) }],
    attachments: [
      {
        color: look.color,
        fallback: text,
        blocks: [...bodyBlocks(notification, share), ...(actions.elements.length === 0 ? [] : [actions])],
      },
    ],
  });
  let message = build(SHARES[0]);
  for (const share of SHARES.slice(1)) {
    if (lengthOf(message) <= ALL_CHARS) break;
    message = build(share);
  }
  return message;
}

function lengthOf({ blocks, attachments }: SlackMessage): number {
  return JSON.stringify([blocks, ...attachments.map((attachment) => attachment.blocks)]).length;
}

function headerOf(notification: ClaimedNotification, look: Look, title: string | undefined): string {
  const name = notification.facts.self === undefined ? notification.sloName : "Noroshi itself";
  return title === undefined ? `${look.mark} ${look.title}: ${name}` : `${look.mark} ${title}`;
}

/** What is said in the thread when the episode ends: the message above changes silently, this one is noticed. */
export function slackReply(notification: ClaimedNotification): { readonly text: string } {
  const news = newsOf(notification);
  const text = [`${lookOf(notification).mark} ${episodeSummary(news)}`, nextStep(news)]
    .filter(Boolean)
    .join(". ");
  return { text: escapeMarkup(text, TEXT_CHARS) };
}

export interface Look {
  readonly mark: string;
  readonly title: string;
  readonly color: string;
}

export function lookOf(notification: ClaimedNotification): Look {
  if (notification.facts.test === true)
    return {
      mark: "🧪",
      title: notification.action === "resolve" ? "Test over" : "Test",
      color: "#868686",
    };
  if (notification.action === "resolve") {
    return notification.resolution === "recovered"
      ? { mark: "✅", title: "Resolved", color: "#2eb67d" }
      : { mark: "⚪", title: "Closed", color: "#868686" };
  }
  return notification.severity === "critical"
    ? { mark: "🔴", title: "Critical", color: "#e01e5a" }
    : { mark: "🟠", title: "Warning", color: "#ecb22e" };
}

/** Buttons that only open a page. */
function linkButtons(notification: ClaimedNotification, publicUrl: string): LinkButton[] {
  const runbook = httpUrl(notification.facts.runbookUrl);
  const links: (readonly [string, string | undefined])[] = [
    [notification.facts.self === undefined ? "Open SLO" : "Open", httpUrl(newsUrl(publicUrl, notification))],
    ["Traces", httpUrl(tracesUrl(publicUrl, notification) ?? null)],
    ["Runbook", runbook],
  ];
  return links.flatMap(([text, url]) =>
    url === undefined ? [] : [{ type: "button", text: { type: "plain_text", text }, url }],
  );
}

function plain(text: string, mostChars: number): SlackText {
  return { type: "plain_text", text: oneLine(text, mostChars) };
}
