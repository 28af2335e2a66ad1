import type { Stage } from "./stage.ts";

interface EpisodeBody {
  readonly id: string;
  readonly dedupKey: string;
  readonly sloName: string;
  readonly state: string;
  readonly firedAt: string | null;
}

interface NotificationBody {
  readonly episodeId: string;
  readonly receiver: string;
  readonly action: string;
  readonly state: string;
}

/** What certain scenarios are about, by the name of the lane. */
export interface Exceptions {
  /** An incident that people closed is opened again. */
  readonly reopened?: readonly string[];
  /** A message that people removed is posted again. */
  readonly posted?: readonly string[];
  /** Told in one message for many. */
  readonly grouped?: readonly string[];
  /** What the receiver refuses for good. */
  readonly refused?: readonly string[];
}

/**
 * Judges everything that arrived, once all is at rest: the problems, none if all is well.
 *
 * - every episode that fired got a trigger, at each receiver that it was told to;
 * - open incidents are the episodes that fire;
 * - no message was posted twice, no incident opened twice;
 * - nothing arrived for a key or a channel that nobody has.
 */
export async function judge(stage: Stage, exceptions: Exceptions = {}): Promise<readonly string[]> {
  const episodes = (await pages<EpisodeBody>(stage, "episodes")).filter(({ firedAt }) => firedAt !== null);
  const notifications = await pages<NotificationBody>(stage, "notifications");
  return [
    ...judgeTriggers(stage, episodes, notifications, exceptions),
    ...judgeIncidents(stage, episodes, exceptions),
    ...judgePosts(stage, exceptions),
    ...judgeStrangers(stage),
  ];
}

async function pages<T>(stage: Stage, name: "episodes" | "notifications"): Promise<readonly T[]> {
  const all: T[] = [];
  for (let cursor = ""; ;) {
    const page = (await stage.get(`/api/v1/${name}?limit=500${cursor}`)) as Record<string, unknown>;
    all.push(...(page[name] as T[]));
    if (typeof page["nextCursor"] !== "string") return all;
    cursor = `&cursor=${page["nextCursor"]}`;
  }
}

function judgeTriggers(
  { pagerduty, slack }: Stage,
  episodes: readonly EpisodeBody[],
  notifications: readonly NotificationBody[],
  { grouped = [], refused = [] }: Exceptions,
): readonly string[] {
  const paged = new Set(pagerduty.events.map(({ event }) => event.dedup_key));
  const posted = new Set(slack.messages().map(({ metadata }) => metadata?.event_payload["episode_id"]));
  return episodes.flatMap(({ id, dedupKey, sloName }) => {
    const own = notifications.filter(({ episodeId, action }) => episodeId === id && action === "trigger");
    const none = own.length === 0 ? [`${sloName}: nobody was to hear of its episode`] : [];
    return [
      ...none,
      ...own.flatMap(({ receiver, state }) => {
        const [lane, type] = split(receiver);
        if (lane === "") return [];
        const isThere = type === "pager" ? paged.has(dedupKey) : posted.has(id) || grouped.includes(lane);
        if (refused.includes(lane) || (state === "delivered" && isThere)) return [];
        return [`${sloName}: its trigger for ${receiver} is ${state}, and ${isThere ? "" : "not "}there`];
      }),
    ];
  });
}

function judgeIncidents(
  stage: Stage,
  episodes: readonly EpisodeBody[],
  { reopened = [], refused = [] }: Exceptions,
): readonly string[] {
  const laneOf = new Map(stage.lanes.map(({ name, routingKey }) => [routingKey, name]));
  const incidents = stage.pagerduty
    .incidents()
    .filter(({ routingKey }) => !refused.includes(laneOf.get(routingKey) ?? ""));
  const open = new Set(incidents.filter(({ state }) => state !== "resolved").map(({ dedupKey }) => dedupKey));
  const known = new Set(incidents.map(({ dedupKey }) => dedupKey));
  const firing = episodes.filter(({ state, dedupKey }) => state === "firing" && known.has(dedupKey));
  const keys = new Set(firing.map(({ dedupKey }) => dedupKey));
  const twice = incidents.filter(
    ({ dedupKey, routingKey }, i) =>
      !reopened.includes(laneOf.get(routingKey) ?? "") &&
      incidents.findIndex((other) => other.dedupKey === dedupKey) !== i,
  );
  return [
    ...firing.flatMap(({ dedupKey, sloName }) =>
      open.has(dedupKey) ? [] : [`${sloName} fires, and its incident is closed`],
    ),
    ...incidents.flatMap(({ dedupKey, summary }) =>
      open.has(dedupKey) && !keys.has(dedupKey) ? [`a ghost: ${summary}`] : [],
    ),
    ...twice.map(({ summary }) => `opened twice: ${summary}`),
  ];
}

function judgePosts({ slack, lanes }: Stage, { posted = [] }: Exceptions): readonly string[] {
  const laneOf = new Map(lanes.map(({ name, channel }) => [channel, name]));
  const seen = new Set<string>();
  return slack.messages().flatMap(({ channel, threadTs, metadata, text }) => {
    const { episode_id: episode, notification_id: notification } = metadata?.event_payload ?? {};
    const isTopLevel = threadTs === null && !posted.includes(laneOf.get(channel) ?? "");
    const key = isTopLevel
      ? `${channel} ${String(episode)}`
      : `${channel} ${String(notification)} ${threadTs}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [`posted twice in ${laneOf.get(channel)}: ${text}`];
  });
}

function judgeStrangers({ pagerduty, slack, lanes }: Stage): readonly string[] {
  const keys = new Set(lanes.map(({ routingKey }) => routingKey));
  const channels = new Set(lanes.map(({ channel }) => channel));
  return [
    ...pagerduty.events.flatMap(({ event }) => (keys.has(event.routing_key) ? [] : ["an event of no lane"])),
    ...slack.messages().flatMap(({ channel }) => (channels.has(channel) ? [] : ["a message of no lane"])),
  ];
}

/** `payment-pager`: the lane and what it is; the log is of no lane. */
function split(receiver: string): readonly [string, string] {
  const at = Math.max(0, receiver.lastIndexOf("-"));
  return [receiver.slice(0, at), receiver.slice(at + 1)];
}
