import { episodeDetails, episodeSummary, nextStep } from "../../alert/episode-text.ts";
import type { EpisodeFacts } from "../../alert/episode.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import { NO_CONTEXT } from "../../alert/notification-context.ts";
import { clipText } from "../clip-text.ts";
import { groupLabels } from "../group-labels.ts";
import { httpUrl, newsOf, newsUrl } from "../news-of.ts";
import { WEBHOOK_ACTIONS, type WebhookEpisode, type WebhookPayload } from "./webhook-schema.ts";

/** Far above what specs hold, far below what servers refuse. */
const TEXT_CHARS = 4_000;
const VALUE_CHARS = 1_000;
const MOST_LABELS = 64;
const MOST_FOUND = 10;

/** The most urgent first: what a group is said to be. */
const URGENCY = WEBHOOK_ACTIONS;

/** What is told at once: one notification, or those of a bundle. */
export interface WebhookNews {
  /** The same at every attempt. */
  readonly id: string;
  /** Never empty. */
  readonly notifications: readonly ClaimedNotification[];
  /** Of a bundle. */
  readonly group: string | null;
}

/** The body of a webhook: not more than 10 KB and the texts of the spec for each episode, and the same at every attempt. */
export function webhookPayload({ id, notifications, group }: WebhookNews, publicUrl: string): WebhookPayload {
  const episodes = notifications.map((notification) => webhookEpisode(notification, publicUrl));
  const summaries = episodes.map(({ summary }) => summary);
  const [first] = notifications;
  return {
    schema: "noroshi.alert/v1",
    notificationId: id,
    action: URGENCY.find((action) => notifications.some((one) => actionOf(one) === action)) ?? "trigger",
    test: notifications.every(({ facts }) => facts.test === true),
    receiver: first?.receiver ?? "",
    summary: clipText(
      summaries.length === 1 ? summaries[0]! : `${summaries.length} alerts: ${summaries.join(" · ")}`,
      VALUE_CHARS,
    ),
    url: publicUrl,
    group:
      group === null ? null : { key: clipText(group, TEXT_CHARS), labels: clipLabels(groupLabels(group)) },
    episodes,
  };
}

function webhookEpisode(notification: ClaimedNotification, publicUrl: string): WebhookEpisode {
  const { facts, context = NO_CONTEXT } = notification;
  const news = newsOf(notification);
  return {
    id: notification.episodeId,
    notificationId: notification.id,
    action: actionOf(notification),
    state: notification.action === "resolve" ? "resolved" : "firing",
    severity: notification.severity,
    alert: clipText(notification.alertKey, VALUE_CHARS),
    slo: clipText(notification.sloName, VALUE_CHARS),
    service: clipText(facts.service, VALUE_CHARS),
    owner: facts.owner === null ? null : clipText(facts.owner, VALUE_CHARS),
    labels: clipLabels(facts.labels ?? {}),
    summary: clipText(notification.wording?.title ?? episodeSummary(news), VALUE_CHARS),
    description: clipText(facts.description, TEXT_CHARS),
    details: episodeDetails(news).map(({ name, value }) => ({ name, value: clipText(value, VALUE_CHARS) })),
    whatToDo: clipText(nextStep(news) ?? "", TEXT_CHARS) || null,
    startedAt: timeText(notification.startedAt),
    firedAt: timeText(notification.firedAt),
    at: timeText(notification.at),
    acknowledgedBy:
      notification.action === "acknowledge" ? (notification.handling?.acknowledged?.by ?? null) : null,
    resolution: notification.resolution,
    burn: facts.self === undefined ? burnOf(facts) : null,
    changes: context.changes.slice(0, MOST_FOUND).map(({ service, version, firstSeenMs }) => ({
      service: clipText(service, VALUE_CHARS),
      version: clipText(version, VALUE_CHARS),
      firstSeenAt: timeText(firstSeenMs),
    })),
    contributors: context.contributors.slice(0, MOST_FOUND).map(({ kind, value, badShare, eventShare }) => ({
      kind,
      value: clipText(value, VALUE_CHARS),
      badShare,
      eventShare,
    })),
    links: {
      page: httpUrl(newsUrl(publicUrl, notification)) ?? publicUrl,
      runbook: httpUrl(facts.runbookUrl) ?? null,
    },
  };
}

function actionOf({ action }: ClaimedNotification): WebhookEpisode["action"] {
  return action === "note" ? "update" : action;
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
