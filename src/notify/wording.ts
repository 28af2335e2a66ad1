import { messageValues } from "../alert/template/message-values.ts";
import { renderTemplate } from "../alert/template/render-template.ts";
import type { MessageTemplate } from "../alert/template/template.ts";
import type { ClaimedNotification, ReceiverType, Wording } from "../alert/notification.ts";
import { cleanText, oneLine } from "./clean-text.ts";
import { httpUrl, newsOf, newsUrl } from "./news-of.ts";
import type { Prepare } from "./prepare.ts";
import { escapeMarkup } from "./slack/escape-markup.ts";

/** Above every receiver's limit; each cuts what it takes less of. */
const MOST_BODY_CHARS = 20_000;
const MOST_TITLE_CHARS = 1_024;

export interface WordingOptions {
  /** By the name of the receiver. */
  readonly templates: ReadonlyMap<string, MessageTemplate>;
  readonly publicUrl: string;
}

/** Words a notification as the template of its receiver says; what comes out empty is worded as everywhere. */
export function createWording({ templates, publicUrl }: WordingOptions): Prepare {
  return (notification) => {
    const template = templates.get(notification.receiver);
    if (template === undefined || notification.facts.test === true) return Promise.resolve(notification);
    return Promise.resolve({ ...notification, wording: wordingOf(notification, template, publicUrl) });
  };
}

function wordingOf(
  notification: ClaimedNotification,
  { title, body }: MessageTemplate,
  publicUrl: string,
): Wording {
  const { severity, alertKey, episodeId, facts } = notification;
  const values = messageValues({
    news: newsOf(notification),
    severity,
    alertKey,
    episodeId,
    link: newsUrl(publicUrl, notification),
    runbook: httpUrl(facts.runbookUrl),
  });
  return {
    ...orNothing("title", title && oneLine(renderTemplate(title, values), MOST_TITLE_CHARS)),
    ...orNothing("body", body && renderTemplate(body, values, escapeFor(notification.receiverType)).trim()),
  };
}

/** An empty text is none. */
function orNothing(name: keyof Wording, text: string | undefined): Wording {
  return text === undefined || text === "" ? {} : { [name]: text };
}

/** Slack reads marks in a body; everywhere else it is plain text, which a sender of HTML escapes itself. */
function escapeFor(type: ReceiverType): (text: string) => string {
  return type === "slack"
    ? (text) => escapeMarkup(text, MOST_BODY_CHARS)
    : (text) => cleanText(text).slice(0, MOST_BODY_CHARS);
}
