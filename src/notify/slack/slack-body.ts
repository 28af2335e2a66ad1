import { contextDetails } from "../../alert/context-text.ts";
import { episodeDetails, episodeSummary, nextStep } from "../../alert/episode-text.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import { newsOf } from "../news-of.ts";
import { clipMarkup, escapeMarkup } from "./escape-markup.ts";
import type { SlackBlock, SlackText } from "./slack-blocks.ts";
import { handlingLines } from "./slack-actions.ts";

/** Slack's limits, below which every text is cut. */
const SECTION_CHARS = 3_000;
const FIELD_CHARS = 2_000;
const MOST_FIELDS = 10;

/**
 * What a message says below its header: what burns, who has it, what changed and where it fails, the numbers, what to do. `share`
 * (0..1) of every limit is used: all of a message together must fit, too.
 */
export function bodyBlocks(notification: ClaimedNotification, share: number): readonly SlackBlock[] {
  const chars = (most: number): number => Math.max(40, Math.floor(most * share));
  const { action, handling, wording, facts } = notification;
  const done = action === "resolve" ? [] : handlingLines(handling);
  const told =
    wording?.body === undefined
      ? ownBlocks(notification, chars)
      : [section(clipMarkup(wording.body, chars(SECTION_CHARS)))];
  // Of what cannot be shown nothing is left, and Slack takes no empty text.
  const description =
    wording?.body === undefined ? escapeMarkup(facts.description.trim(), chars(1_000)).trim() : "";
  return [
    ...told.slice(0, 1),
    ...done.map((line) => section(escapeMarkup(line, chars(500)))),
    ...told.slice(1),
    {
      type: "context",
      elements: [
        ...(description === "" ? [] : [mrkdwn(description)]),
        mrkdwn(escapeMarkup(tailOf(notification), chars(1_000))),
      ],
    },
  ];
}

/** Where a template words the rest: what it is about all the same. */
function tailOf({ alertKey, episodeId, wording, severity, sloName }: ClaimedNotification): string {
  const tail = `alert ${alertKey} · episode ${episodeId}`;
  return wording === undefined ? tail : `${severity} · ${sloName} · ${tail}`;
}

function ownBlocks(
  notification: ClaimedNotification,
  chars: (most: number) => number,
): readonly SlackBlock[] {
  const news = newsOf(notification);
  const next = nextStep(news);
  const found = contextDetails(news);
  const isFound = new Set(found.map(([name]) => name));
  const fields = episodeDetails(news)
    .filter(({ name }) => !isFound.has(name))
    .slice(0, MOST_FIELDS)
    .map(({ name, value }) => mrkdwn(titled(name, value, chars(FIELD_CHARS))));
  return [
    section(`*${escapeMarkup(withoutName(notification), chars(SECTION_CHARS - 2))}*`),
    ...found.map(([name, value]) => section(titled(name, value, chars(SECTION_CHARS)))),
    { type: "section", fields },
    ...(next === undefined ? [] : [section(titled("What to do", next, chars(SECTION_CHARS)))]),
  ];
}

/** The header has the name already. */
function withoutName(notification: ClaimedNotification): string {
  const summary = episodeSummary(newsOf(notification));
  const prefix = `${notification.facts.self === undefined ? notification.sloName : "Noroshi"}: `;
  const rest = summary.startsWith(prefix) ? summary.slice(prefix.length) : summary;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function titled(name: string, value: string, mostChars: number): string {
  return `*${name}*\n${escapeMarkup(value, mostChars - name.length - 3)}`;
}

function section(text: string): SlackBlock {
  return { type: "section", text: mrkdwn(text) };
}

function mrkdwn(text: string): SlackText {
  return { type: "mrkdwn", text };
}
