import { episodeDetails, episodeSummary, nextStep } from "../../alert/episode-text.ts";
import type { EpisodeFacts, NotificationAction } from "../../alert/episode.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import { clipText } from "../clip-text.ts";
import { httpUrl, newsOf, newsUrl } from "../news-of.ts";
import type { WebhookEpisode, WebhookPayload } from "./webhook-schema.ts";

/** Far above what specs hold, far below what servers refuse. */
const TEXT_CHARS = 4_000;
const VALUE_CHARS = 1_000;
const MOST_LABELS = 64;

/** The most urgent first: what a group is said to be. */
const URGENCY: readonly NotificationAction[] = ["trigger", "update", "remind", "acknowledge", "resolve"];

/**
 * The body of a webhook, for one notification or for those of a group that are told together: not more than 6 KB and the
 * texts of the spec for each. The first gives its id. The same notifications give the same body at every attempt.
 */
export function webhookPayload(
  notifications: readonly [ClaimedNotification, ...ClaimedNotification[]],
  publicUrl: string,
): WebhookPayload {
  const [first] = notifications;
  const episodes = notifications.map((notification) => webhookEpisode(notification, publicUrl));
  const summaries = episodes.map(({ summary }) => summary);
  return {
    schema: "noroshi.alert/v1",
    notificationId: first.id,
    action: URGENCY.find((action) => notifications.some((one) => one.action === action)) ?? first.action,
    test: notifications.every(({ facts }) => facts.test === true),
    receiver: first.receiver,
    summary: clipText(
      summaries.length === 1 ? summaries[0]! : `${summaries.length} alerts: ${summaries.join(" · ")}`,
      VALUE_CHARS,
    ),
    url: publicUrl,
    episodes,
  };
}

function webhookEpisode(notification: ClaimedNotification, publicUrl: string): WebhookEpisode {
  const { facts } = notification;
  const news = newsOf(notification);
  return {
    id: notification.episodeId,
    notificationId: notification.id,
    action: notification.action,
    state: notification.action === "resolve" ? "resolved" : "firing",
    severity: notification.severity,
    alert: clipText(notification.alertKey, VALUE_CHARS),
    slo: clipText(notification.sloName, VALUE_CHARS),
    service: clipText(facts.service, VALUE_CHARS),
    owner: facts.owner === null ? null : clipText(facts.owner, VALUE_CHARS),
    labels: clipLabels(facts.labels ?? {}),
    summary: episodeSummary(news),
    description: clipText(facts.description, TEXT_CHARS),
    details: episodeDetails(news).map(({ name, value }) => ({ name, value: clipText(value, VALUE_CHARS) })),
    whatToDo: clipText(nextStep(news) ?? "", TEXT_CHARS) || null,
    startedAt: timeText(notification.startedAt),
    firedAt: timeText(notification.firedAt),
    at: timeText(notification.at),
    resolution: notification.resolution,
    burn: facts.self === undefined ? burnOf(facts) : null,
    links: { page: newsUrl(publicUrl, notification), runbook: httpUrl(facts.runbookUrl) ?? null },
  };
}

function burnOf(facts: EpisodeFacts): WebhookEpisode["burn"] {
  return {
    target: facts.target,
    sloWindow: facts.sloWindow ?? null,
    tier: facts.tier,
    threshold: facts.burnThreshold,
    operator: facts.burnOperator ?? "gt",
    longWindowSeconds: facts.longWindowMs / 1_000,
    longBurnRate: facts.longBurnRate,
    shortWindowSeconds: facts.shortWindowMs === null ? null : facts.shortWindowMs / 1_000,
    shortBurnRate: facts.shortBurnRate,
    badEvents: facts.badEvents,
    totalEvents: facts.totalEvents,
    budgetRemainingRatio: facts.budgetRemainingRatio,
    budgetExhaustedInSeconds: facts.exhaustedInMs === null ? null : Math.round(facts.exhaustedInMs / 1_000),
  };
}

function clipLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels)
      .slice(0, MOST_LABELS)
      .map(([name, value]) => [clipText(name, VALUE_CHARS), clipText(value, VALUE_CHARS)]),
  );
}

const timeText = (atMs: number): string => new Date(atMs).toISOString();
