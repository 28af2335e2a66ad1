import type { EpisodeBody } from "../../../api/episode-schema.ts";
import type { Notice } from "./notice.ts";

/** What has become of the alerts, from the receivers' ledger and the service's own account of its episodes. */
export interface Outcome {
  readonly paged: boolean;
  readonly ticketed: boolean;
  readonly openPages: number;
  readonly openTickets: number;
  /** Everything that fired is over, and both receivers have heard so. */
  readonly allResolved: boolean;
  /** Incidents and messages that were opened, in all. */
  readonly alerts: number;
  /** How many of them were opened for an alert that its receiver knew already. */
  readonly duplicates: number;
}

/** Compares what receivers have got with what the service says about the alerts of `sloName` and all others. */
export function outcomeOf(
  sloName: string,
  episodes: readonly EpisodeBody[],
  notices: readonly Notice[],
): Outcome {
  const fired = episodes.filter((episode) => episode.firedAt !== null);
  const told = (episode: EpisodeBody): boolean =>
    notices.some((notice) => notice.change === "opened" && tells(notice, episode));
  const main = fired.filter((episode) => episode.sloName === sloName && told(episode));
  const openPages = openThreads(notices, "pagerduty");
  const openTickets = openThreads(notices, "slack");
  const settled = episodes.every((episode) => episode.state !== "firing");
  return {
    paged: main.some((episode) => episode.severity === "critical"),
    ticketed: main.some((episode) => episode.severity === "warning"),
    openPages,
    openTickets,
    allResolved: fired.length > 0 && settled && openPages === 0 && openTickets === 0 && fired.every(told),
    alerts: threadsOf(notices).size,
    duplicates: Math.max(0, threadsOf(notices).size - fired.length),
  };
}

/** PagerDuty knows an episode by its dedup key; a message in Slack names it at its foot. */
function tells(notice: Notice, episode: EpisodeBody): boolean {
  if (episode.severity === "critical")
    return notice.receiver === "pagerduty" && notice.thread === episode.dedupKey;
  return notice.receiver === "slack" && notice.details.some((line) => line.includes(episode.id));
}

function threadsOf(notices: readonly Notice[]): Set<string> {
  return new Set(
    notices
      .filter(({ change }) => change === "opened")
      .map(({ receiver, thread }) => `${receiver} ${thread}`),
  );
}

/** Incidents without a resolve, messages without a word in their thread that it is over. */
function openThreads(notices: readonly Notice[], receiver: Notice["receiver"]): number {
  const own = notices.filter((notice) => notice.receiver === receiver);
  const closed = new Set(
    own.filter(({ change }) => change === "resolved" || change === "replied").map(({ thread }) => thread),
  );
  return own.filter(({ change, thread }) => change === "opened" && !closed.has(thread)).length;
}
