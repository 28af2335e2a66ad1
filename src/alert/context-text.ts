import { formatDuration } from "../slo/format-duration.ts";
import type { EpisodeNews } from "./episode-text.ts";
import { NO_CONTEXT, type Contributor, type ServiceChange } from "./notification-context.ts";

type Detail = readonly [name: string, value: string];

/** What changed and where it fails, for people; nothing where nothing was found. Plain text. */
export function contextDetails(
  news: Pick<EpisodeNews, "context" | "startedAtMs" | "action">,
): readonly Detail[] {
  const { changes, contributors } = news.context ?? NO_CONTEXT;
  const details: Detail[] = [];
  if (changes.length > 0) {
    details.push(["What changed", changes.map((change) => changeText(change, news.startedAtMs)).join("\n")]);
  }
  if (contributors.length > 0) {
    const name = news.action === "resolve" ? "Where it failed" : "Where it fails";
    details.push([name, contributors.map(contributorText).join("\n")]);
  }
  return details;
}

/** `New version of payment: 1.4.2, 6 min before it began`. */
export function changeText({ service, version, firstSeenMs }: ServiceChange, startedAtMs: number): string {
  const beforeMs = startedAtMs - firstSeenMs;
  const when =
    Math.abs(beforeMs) < 60_000
      ? "as it began"
      : `${formatDuration(wholeMinutes(Math.abs(beforeMs)))} ${beforeMs > 0 ? "before" : "after"} it began`;
  return `New version of ${brief(service)}: ${brief(version)}, ${when}`;
}

/** `POST /checkout: 91 % of the failures, 12 % of the traffic`. */
export function contributorText({ kind, value, badShare, eventShare }: Contributor): string {
  const what = kind === "version" ? `version ${brief(value)}` : brief(value);
  return `${what}: ${share(badShare)} of the failures, ${share(eventShare)} of the traffic`;
}

/** Whole percent: more digits would only be read more slowly. */
function share(ratio: number): string {
  const percent = ratio * 100;
  return percent > 0 && percent < 1 ? "under 1 %" : `${Math.round(percent)} %`;
}

function wholeMinutes(ms: number): number {
  return Math.floor(ms / 60_000) * 60_000;
}

/** Names come from telemetry: one line, and not a long one. */
export function brief(text: string): string {
  const words = Array.from(text.trim().replaceAll(/\s+/g, " "));
  return words.length <= 80 ? words.join("") : `${words.slice(0, 79).join("")}…`;
}
