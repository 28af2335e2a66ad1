import { wellFormed } from "./clean-text.ts";
import type { EpisodeNews } from "../alert/episode-text.ts";
import type { ClaimedNotification } from "../alert/notification.ts";

/** What a notification tells people. */
export function newsOf(notification: ClaimedNotification): EpisodeNews {
  const { action, facts, startedAt, at, resolution, context } = notification;
  return { action, facts, startedAtMs: startedAt, atMs: at, resolution, context };
}

/** Longer ones are taken by few. */
const MOST_URL_CHARS = 2_000;

/** Where people look into what a notification is about: the page of its SLO, or of the problem of Noroshi itself. */
export function newsUrl(publicUrl: string, { facts, sloName }: ClaimedNotification): string {
  // Where people reach Noroshi, with or without a slash at its end.
  const base = publicUrl.replace(/\/+$/, "");
  const url =
    facts.self === undefined
      ? `${base}/slos/${encodeURIComponent(wellFormed(sloName))}`
      : `${base}${facts.self.path}`;
  return url.length <= MOST_URL_CHARS ? url : `${base}/`;
}

/** An hour before the beginning shows how it was without the trouble. */
const BEFORE_MS = 3_600_000;

/** Where people see what failed: traces from before the beginning up to what is told. Of a problem of Noroshi itself: nowhere. */
export function tracesUrl(publicUrl: string, notification: ClaimedNotification): string | undefined {
  if (notification.facts.self !== undefined) return undefined;
  const start = Math.floor((notification.startedAt - BEFORE_MS) / 1_000);
  const url = `${newsUrl(publicUrl, notification)}/traces?start=${start}&end=${Math.ceil(notification.at / 1_000)}`;
  return url.length <= MOST_URL_CHARS ? url : undefined;
}

/** A runbook's address where it is one that people can follow; specs may hold any text. */
export function httpUrl(text: string | null): string | undefined {
  if (text === null || text.length > MOST_URL_CHARS || !URL.canParse(text)) {
    return undefined;
  }
  const { protocol, href } = new URL(text);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}
