import { isRecord } from "../../../notify/pagerduty/validate-event.ts";
import type { ReceivedEvent } from "../../../notify/pagerduty/fake-pagerduty.ts";
import type { FakeMessage } from "../../../notify/slack/fake-slack.ts";

/** Something that a person at PagerDuty or in Slack gets to see. */
export interface Notice {
  readonly receiver: "pagerduty" | "slack";
  readonly change: "opened" | "updated" | "resolved" | "replied";
  /** The alert that it belongs to: a dedup key, or the message at the top of a thread. */
  readonly thread: string;
  readonly title: string;
  /** What stands below the title, a line each, plain. */
  readonly details: readonly string[];
  /** When it arrived, real time. */
  readonly atMs: number;
}

/** What PagerDuty's screen shows of an event; `titleOf` remembers the summary of the incident that a resolve closes. */
export function noticeOfEvent(received: ReceivedEvent, titleOf: (dedupKey: string) => string): Notice {
  const { event } = received;
  const dedupKey = event.dedup_key ?? "";
  const details = Object.entries(event.payload?.custom_details ?? {})
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([name, value]) => `${name}: ${String(value)}`);
  const links =
    event.links === undefined ? [] : [event.links.map(({ href, text }) => `[${text ?? href}]`).join(" ")];
  return {
    receiver: "pagerduty",
    change: received.effect === "opened" ? "opened" : received.effect === "resolved" ? "resolved" : "updated",
    thread: dedupKey,
    title: event.payload?.summary ?? titleOf(dedupKey),
    details: event.payload === undefined ? [] : [`severity: ${event.payload.severity}`, ...links, ...details],
    atMs: received.atMs,
  };
}

/** What Slack's screen shows of a message. */
export function noticeOfMessage(message: FakeMessage, change: "posted" | "updated", atMs: number): Notice {
  const lines = [...message.blocks, ...attachedBlocks(message.attachments)].flatMap(linesOfBlock);
  const texts = lines.length > 0 ? lines : plainLines(message.text);
  return {
    receiver: "slack",
    change: message.threadTs !== null ? "replied" : change === "posted" ? "opened" : "updated",
    thread: message.threadTs ?? message.ts,
    title: texts[0] ?? plainText(message.text),
    details: texts.slice(1),
    atMs,
  };
}

function attachedBlocks(attachments: readonly unknown[]): unknown[] {
  return attachments.flatMap((attachment) =>
    isRecord(attachment) && Array.isArray(attachment["blocks"]) ? (attachment["blocks"] as unknown[]) : [],
  );
}

function linesOfBlock(block: unknown): string[] {
  if (!isRecord(block)) return [];
  const fields = Array.isArray(block["fields"]) ? (block["fields"] as unknown[]) : [];
  const elements = Array.isArray(block["elements"]) ? (block["elements"] as unknown[]) : [];
  if (block["type"] === "actions") return [elements.map((button) => `[${textOf(button)}]`).join(" ")];
  const own = plainLines(textOf(block));
  const pairs = fields.map((field) => plainLines(textOf(field)).join(": "));
  const beside = elements.map((element) => plainLines(textOf(element)).join(" "));
  return [...own, ...pairs, ...beside].filter((line) => line !== "");
}

/** The text of a block, a button or a text object, wherever it is nested. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!isRecord(value)) return "";
  return typeof value["text"] === "string" ? value["text"] : textOf(value["text"]);
}

function plainLines(markdown: string): string[] {
  return plainText(markdown)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Slack's mrkdwn as it looks: links by their words, dates by their fallback, no asterisks, no escapes. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<(https?:[^>]*)>/g, "$1")
    .replace(/(^|\s)[*_](\S(?:.*?\S)?)[*_](?=\s|[.,:;]|$)/gm, "$1$2")
    .replaceAll("`", "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
