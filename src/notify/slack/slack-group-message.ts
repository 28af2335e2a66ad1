import { episodeSummary } from "../../alert/episode-text.ts";
import type { Bundle, ClaimedNotification } from "../../alert/notification.ts";
import { groupWords } from "../group-labels.ts";
import { httpUrl, newsOf, newsUrl } from "../news-of.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { lookOf, type SlackMessage } from "./slack-message.ts";

/** Lines of what fires, and of what is over; a longer list is not read, and Slack takes about 13,000 characters in all. */
const MOST_FIRING = 20;
const MOST_OVER = 8;
const MOST_NEW = 12;
const LINE_CHARS = 260;
const SECTION_CHARS = 2_900;
const ALL_CHARS = 9_000;

/** A group's message: how many fire and how many are over, and which, the worst first. */
export function groupMessage({ group }: Bundle, publicUrl: string): SlackMessage {
  const firing = group.latest.filter(({ action }) => action !== "resolve");
  const over = group.latest.filter(({ action }) => action === "resolve");
  const worst = firing[0] ?? over[0]!;
  const look = lookOf(worst);
  const words = groupWords(group.key);
  // Of a storm and of a digest it says nothing.
  const name = words === "several" ? "" : ` · ${words}`;
  const title = `${look.mark} ${countOf(firing, over)}${name}`;
  const text = escapeMarkup(title, 3_000);
  const lines = [
    ...listOf(firing, MOST_FIRING, publicUrl, "that fire"),
    ...listOf(over, MOST_OVER, publicUrl, "that are over"),
  ];
  return {
    text,
    blocks: [{ type: "header", text: { type: "plain_text", text: clip(title, 150) } }],
    attachments: [
      {
        color: look.color,
        fallback: text,
        blocks: [
          ...sectionsOf(lines).map((section) => ({
            type: "section" as const,
            text: { type: "mrkdwn" as const, text: section },
          })),
          ...openButton(publicUrl),
        ],
      },
    ],
  };
}

/** What is new in this bundle, for the group's thread; undefined where it is nothing that people should be told. */
export function groupReply(
  { notifications }: Bundle,
  publicUrl: string,
): { readonly text: string } | undefined {
  const news = notifications.filter(({ action }) => action !== "note");
  if (news.length === 0) return undefined;
  // Of an episode that began and ended meanwhile, the end alone.
  const newest = [...new Map(news.map((one) => [one.episodeId, one])).values()];
  const lines = listOf(newest, MOST_NEW, publicUrl, "more");
  return { text: sectionsOf(lines)[0] ?? "…" };
}

/** `12 alerts (3 critical), 5 over`, `All 17 alerts are over`. */
function countOf(firing: readonly ClaimedNotification[], over: readonly ClaimedNotification[]): string {
  if (firing.length === 0) return `All ${over.length} alerts are over`;
  const critical = firing.filter(({ severity }) => severity === "critical").length;
  const alerts = firing.length === 1 ? "1 alert" : `${firing.length} alerts`;
  const graver = critical === 0 || critical === firing.length ? "" : ` (${critical} critical)`;
  return `${alerts}${critical === firing.length ? ", critical" : graver}${over.length === 0 ? "" : `, ${over.length} over`}`;
}

function listOf(
  all: readonly ClaimedNotification[],
  most: number,
  publicUrl: string,
  what: string,
): readonly string[] {
  const shown = all.slice(0, most).map((one) => lineOf(one, publicUrl));
  const rest = all.length - shown.length;
  return rest === 0 ? shown : [...shown, `_and ${rest} ${what === "more" ? "more" : `more ${what}`}_`];
}

function lineOf(notification: ClaimedNotification, publicUrl: string): string {
  const { mark } = lookOf(notification);
  const taken = notification.action === "acknowledge" ? " 👀" : "";
  const url = httpUrl(newsUrl(publicUrl, notification));
  const summary = escapeMarkup(episodeSummary(newsOf(notification)), LINE_CHARS);
  return `${mark}${taken} ${summary}${url === undefined || url.length > 300 ? "" : ` <${url}|open>`}`;
}

/** Lines in as few sections as their limit allows; what would make the message too long is only counted. */
function sectionsOf(lines: readonly string[]): readonly string[] {
  const sections: string[] = [];
  let chars = 0;
  for (const [i, line] of lines.entries()) {
    if (chars + line.length > ALL_CHARS) {
      sections.push(`_and ${lines.length - i} more_`);
      break;
    }
    const last = sections.at(-1);
    chars += line.length + 1;
    if (last === undefined || last.length + line.length + 1 > SECTION_CHARS) sections.push(line);
    else sections[sections.length - 1] = `${last}\n${line}`;
  }
  return sections;
}

function openButton(publicUrl: string): SlackMessage["blocks"] {
  const url = httpUrl(`${publicUrl.replace(/\/+$/, "")}/alerts`);
  return url === undefined
    ? []
    : [
        {
          type: "actions",
          elements: [{ type: "button", text: { type: "plain_text", text: "Open alerts" }, url }],
        },
      ];
}

function clip(text: string, mostChars: number): string {
  return text.length <= mostChars ? text : `${text.slice(0, mostChars - 1)}…`;
}
