import type { EpisodeNews } from "../alert/episode-text.ts";
import type { ClaimedNotification } from "../alert/notification.ts";

/** What a notification tells people. */
export function newsOf(notification: ClaimedNotification): EpisodeNews {
  const { action, facts, startedAt, at, resolution, context } = notification;
  return { action, facts, startedAtMs: startedAt, atMs: at, resolution, context };
}

/** The page of the SLO. `publicUrl` is where people reach Noroshi, with or without a slash at its end. */
function sloUrl(publicUrl: string, sloName: string): string {
  return `${publicUrl.replace(/\/+$/, "")}/slos/${encodeURIComponent(sloName)}`;
}

/** Where people look into what a notification is about: the page of its SLO, or of the problem of Noroshi itself. */
export function newsUrl(publicUrl: string, { facts, sloName }: ClaimedNotification): string {
  return facts.self === undefined
    ? sloUrl(publicUrl, sloName)
    : `${publicUrl.replace(/\/+$/, "")}${facts.self.path}`;
}

/** A runbook's address where it is one that people can follow; specs may hold any text. */
export function httpUrl(text: string | null): string | undefined {
  if (text === null || text.length > 2_000 || !URL.canParse(text)) {
    return undefined;
  }
  const { protocol, href } = new URL(text);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}
