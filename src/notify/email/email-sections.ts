import { episodeDetails, episodeSummary, nextStep } from "../../alert/episode-text.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import { clipClean, oneLine } from "../clean-text.ts";
import { httpUrl, newsOf, newsUrl, tracesUrl } from "../news-of.ts";
import type { EmailNews } from "./email-message.ts";

/** An e-mail before it is text or HTML; plain text throughout. */
export interface EmailBody {
  /** Of several: what they have in common. */
  readonly headline: string | undefined;
  readonly sections: readonly EmailSection[];
  readonly publicUrl: string;
}

/** What is said of one episode. */
export interface EmailSection {
  /** Critical, Warning, Resolved, Closed; and who took it on. */
  readonly word: string;
  readonly look: "critical" | "warning" | "resolved" | "closed";
  readonly summary: string;
  readonly whatToDo: string | undefined;
  readonly details: readonly { readonly name: string; readonly value: string }[];
  readonly links: readonly { readonly name: string; readonly url: string }[];
  readonly description: string;
  readonly footer: string;
}

/** Beyond them episodes are one line each. */
const MOST_WHOLE = 10;
const MOST = 100;
const TEXT_CHARS = 4_000;
const VALUE_CHARS = 1_000;

/** One section for each episode: the new ones first, with all of it, the others of the group below in a line. */
export function emailSections(
  { notifications, group }: Pick<EmailNews, "notifications" | "group">,
  publicUrl: string,
): readonly EmailSection[] {
  // Of an episode that is there twice the later tells all.
  const news = new Map(notifications.map((one) => [one.episodeId, one]));
  const others = (group?.latest ?? []).filter(({ episodeId }) => !news.has(episodeId));
  const whole = [...news.values()].slice(0, MOST_WHOLE).map((one) => sectionOf(one, publicUrl));
  const rest = [...[...news.values()].slice(MOST_WHOLE), ...others];
  const lines = rest.slice(0, MOST - whole.length).map((one) => inOneLine(sectionOf(one, publicUrl)));
  const more = rest.length - lines.length;
  return more === 0 ? [...whole, ...lines] : [...whole, ...lines, andMore(more)];
}

function sectionOf(notification: ClaimedNotification, publicUrl: string): EmailSection {
  const news = newsOf(notification);
  const { facts } = notification;
  const page = httpUrl(newsUrl(publicUrl, notification));
  const traces = httpUrl(tracesUrl(publicUrl, notification) ?? null);
  const runbook = httpUrl(facts.runbookUrl);
  const next = nextStep(news);
  return {
    ...lookOf(notification),
    summary: oneLine(episodeSummary(news), VALUE_CHARS),
    whatToDo: next === undefined ? undefined : clipClean(next, TEXT_CHARS),
    details: episodeDetails(news).map(({ name, value }) => ({ name, value: clipClean(value, VALUE_CHARS) })),
    links: [
      ...(page === undefined ? [] : [{ name: facts.self === undefined ? "SLO" : "Noroshi", url: page }]),
      ...(traces === undefined ? [] : [{ name: "Traces", url: traces }]),
      ...(runbook === undefined ? [] : [{ name: "Runbook", url: runbook }]),
    ],
    description: clipClean(facts.description, TEXT_CHARS),
    ...templated(notification),
    footer: clipClean(`alert ${notification.alertKey} · episode ${notification.episodeId}`, VALUE_CHARS),
  };
}

/** A template's body stands for everything but what it is about and where to look. */
function templated({ wording }: ClaimedNotification) {
  return wording?.body === undefined
    ? {}
    : { whatToDo: undefined, details: [], description: clipClean(wording.body, TEXT_CHARS) };
}

function inOneLine({ word, look, summary }: EmailSection): EmailSection {
  return { word, look, summary, whatToDo: undefined, details: [], links: [], description: "", footer: "" };
}

function andMore(count: number): EmailSection {
  return inOneLine({ ...NOTHING, summary: `and ${count} more` });
}

const NOTHING: EmailSection = {
  word: "",
  look: "closed",
  summary: "",
  whatToDo: undefined,
  details: [],
  links: [],
  description: "",
  footer: "",
};

function lookOf({ action, resolution, severity, facts, handling }: ClaimedNotification) {
  if (facts.test === true) return { word: "Test", look: "closed" } as const;
  if (action === "resolve")
    return resolution === "recovered"
      ? ({ word: "Resolved", look: "resolved" } as const)
      : ({ word: "Closed", look: "closed" } as const);
  const by = action === "acknowledge" ? handling?.acknowledged?.by : undefined;
  // `slack:U123`: the part before it says where it was done.
  const taken = by === undefined ? "" : `, acknowledged by ${clipClean(by.replace(/^key:/, ""), 100)}`;
  return severity === "critical"
    ? ({ word: `Critical${taken}`, look: "critical" } as const)
    : ({ word: `Warning${taken}`, look: "warning" } as const);
}
