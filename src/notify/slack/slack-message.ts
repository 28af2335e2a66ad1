import { episodeDetails, episodeSummary, nextStep } from "../../alert/episode-text.ts";
import { actionElements, handlingLines, type ActionElement } from "./slack-actions.ts";
import { httpUrl, newsOf, newsUrl } from "../news-of.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";

/** Slack's limits, below which every text is cut. */
const HEADER_CHARS = 150;
const SECTION_CHARS = 3_000;
const FIELD_CHARS = 2_000;
const TEXT_CHARS = 3_000;

interface Text {
  readonly type: "plain_text" | "mrkdwn";
  readonly text: string;
}

type Block =
  | { readonly type: "header"; readonly text: Text }
  | { readonly type: "section"; readonly text?: Text; readonly fields?: Text[] }
  | { readonly type: "context"; readonly elements: Text[] }
  | { readonly type: "actions"; readonly elements: (Button | ActionElement)[] };

interface Button {
  readonly type: "button";
  readonly text: { readonly type: "plain_text"; readonly text: string };
  readonly url: string;
}

export interface SlackMessage {
  /** What a push notification shows. */
  readonly text: string;
  readonly blocks: Block[];
  readonly attachments: { readonly color: string; readonly fallback: string; readonly blocks: Block[] }[];
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
  const done = notification.action === "resolve" ? [] : handlingLines(notification.handling);
  const news = newsOf(notification);
  const look = lookOf(notification);
  const summary = episodeSummary(news);
  const next = nextStep(news);
  const fields = episodeDetails(news)
    .slice(0, 10)
    .map(({ name, value }) => mrkdwn(`*${name}*\n${escapeMarkup(value, FIELD_CHARS - name.length - 3)}`));
  const text = escapeMarkup(`${look.mark} ${summary}`, TEXT_CHARS);
  const { description } = news.facts;
  const tail = `alert ${notification.alertKey} · episode ${notification.episodeId}`;
  return {
    text,
    blocks: [
      {
        type: "header",
        text: plain(
          `${look.mark} ${look.title}: ${news.facts.self === undefined ? notification.sloName : "Noroshi itself"}`,
          HEADER_CHARS,
        ),
      },
    ],
    attachments: [
      {
        color: look.color,
        fallback: text,
        blocks: [
          { type: "section", text: mrkdwn(`*${escapeMarkup(summary, SECTION_CHARS - 2)}*`) },
          { type: "section", fields },
          ...done.map((line) => ({ type: "section" as const, text: mrkdwn(escapeMarkup(line, 500)) })),
          ...(next === undefined
            ? []
            : [
                {
                  type: "section" as const,
                  text: mrkdwn(`*What to do* ${escapeMarkup(next, SECTION_CHARS - 20)}`),
                },
              ]),
          {
            type: "context",
            elements: [
              ...(description === "" ? [] : [mrkdwn(escapeMarkup(description, 1_000))]),
              mrkdwn(escapeMarkup(tail, 500)),
            ],
          },
          {
            type: "actions",
            elements: [
              ...(isInteractive ? actionElements(notification) : []),
              ...linkButtons(notification, publicUrl),
            ],
          },
        ],
      },
    ],
  };
}

/** What is said in the thread when the episode ends: the message above changes silently, this one is noticed. */
export function slackReply(notification: ClaimedNotification): { readonly text: string } {
  const news = newsOf(notification);
  const text = [`${lookOf(notification).mark} ${episodeSummary(news)}`, nextStep(news)]
    .filter(Boolean)
    .join(". ");
  return { text: escapeMarkup(text, TEXT_CHARS) };
}

/** Slack's three special characters, and a bound on the length after escaping; never cuts an escape in two. */
export function escapeMarkup(text: string, mostChars: number): string {
  let escaped = "";
  for (const character of text) {
    const next = ESCAPES[character] ?? character;
    if (escaped.length + next.length > mostChars - 1) {
      return `${escaped}…`;
    }
    escaped += next;
  }
  return escaped;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

export interface Look {
  readonly mark: string;
  readonly title: string;
  readonly color: string;
}

export function lookOf(notification: ClaimedNotification): Look {
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
function linkButtons(notification: ClaimedNotification, publicUrl: string): Button[] {
  const runbook = httpUrl(notification.facts.runbookUrl);
  const links: (readonly [string, string | undefined])[] = [
    [notification.facts.self === undefined ? "Open SLO" : "Open", httpUrl(newsUrl(publicUrl, notification))],
    ["Runbook", runbook],
  ];
  return links.flatMap(([text, url]) =>
    url === undefined ? [] : [{ type: "button", text: { type: "plain_text", text }, url }],
  );
}

function mrkdwn(text: string): Text {
  return { type: "mrkdwn", text };
}

function plain(text: string, mostChars: number): Text {
  return { type: "plain_text", text: text.length <= mostChars ? text : `${text.slice(0, mostChars - 1)}…` };
}
