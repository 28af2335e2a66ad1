import { episodeSummary } from "../../alert/episode-text.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import { oneLine } from "../clean-text.ts";
import { groupWords } from "../group-labels.ts";
import { newsOf } from "../news-of.ts";
import { emailHtml } from "./email-html.ts";
import { emailSections, type EmailBody } from "./email-sections.ts";
import { emailText } from "./email-text.ts";

/** What is told at once: one notification, or those of a bundle. */
export interface EmailNews {
  /** The same at every attempt. */
  readonly id: string;
  /** In order; never empty. */
  readonly notifications: readonly ClaimedNotification[];
  /** Of a bundle: its group's key, and what each of its episodes was told last. */
  readonly group: { readonly key: string; readonly latest: readonly ClaimedNotification[] } | null;
  /** Message-ID of the first e-mail about it; null: this is the first. */
  readonly firstMessageId: string | null;
}

export interface EmailMessage {
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly inReplyTo?: string;
  readonly references?: string;
  readonly priority: "high" | "normal";
}

const SUBJECT_CHARS = 180;

/**
 * The e-mail of a notification. All of an episode have one subject and refer to the first, which is what mail programs make
 * a thread of; what is new is in the first line of the text, that lists of e-mails show.
 * @param domain of the sender's address
 */
export function emailMessage(news: EmailNews, publicUrl: string, domain: string): EmailMessage {
  const { notifications, firstMessageId } = news;
  const body: EmailBody = {
    headline: headlineOf(news),
    sections: emailSections(news, publicUrl),
    publicUrl,
  };
  const isReply = firstMessageId !== null && MESSAGE_ID.test(firstMessageId);
  const subject = oneLine(subjectOf(news), SUBJECT_CHARS);
  return {
    messageId: messageIdOf(news, domain),
    subject: isReply ? `Re: ${subject}` : subject,
    text: emailText(body),
    html: emailHtml(body),
    headers: {
      // RFC 3834: nobody's absence note answers it.
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
    },
    ...(isReply ? { inReplyTo: firstMessageId, references: firstMessageId } : {}),
    priority: notifications.some(isUrgent) ? "high" : "normal",
  };
}

/** As RFC 5322 has it, without comments and quotes. */
const MESSAGE_ID = /^<[\w.+-]{1,200}@[\w.-]{1,200}>$/;

/** The same at every attempt, so that who gets one twice can tell. */
function messageIdOf({ id, notifications, group }: EmailNews, domain: string): string {
  const about = group === null ? (notifications[0]?.episodeId ?? "") : "group";
  const clean = (text: string): string => text.replaceAll(/[^\w.-]/g, "-").slice(0, 90);
  return `<noroshi.${clean(about)}.${clean(id)}@${clean(domain)}>`;
}

/** Does not change while the episode lasts. */
function subjectOf({ notifications, group }: EmailNews): string {
  const [first] = notifications;
  if (first === undefined) return "Noroshi";
  if (group !== null) return `Alerts of ${groupWords(group.key)} (${first.receiver})`;
  const { facts, severity, sloName, alertKey } = first;
  if (facts.test === true) return `[test] Noroshi tries ${first.receiver}`;
  // Whether it stays the same is up to who wrote the template.
  if (first.wording?.title !== undefined) return `[${severity}] ${first.wording.title}`;
  if (facts.self === undefined) return `[${severity}] ${sloName}: error budget alert`;
  const kind = alertKey.split("/")[1] ?? "";
  return `[${severity}] Noroshi itself: ${kind.replaceAll("-", " ")}`;
}

function headlineOf({ notifications, group }: EmailNews): string | undefined {
  if (group === null) return undefined;
  const firing = group.latest.filter(({ action }) => action !== "resolve").length;
  const rest = group.latest.length - firing;
  const counts = [firing > 0 ? `${firing} firing` : [], rest > 0 ? `${rest} resolved` : []].flat();
  const last = notifications.at(-1);
  return oneLine(
    `${groupWords(group.key)}: ${counts.join(", ")}${last === undefined ? "" : `; last: ${episodeSummary(newsOf(last))}`}`,
    500,
  );
}

const isUrgent = ({ severity, action, facts }: ClaimedNotification): boolean =>
  severity === "critical" && facts.test !== true && (action === "trigger" || action === "update");
