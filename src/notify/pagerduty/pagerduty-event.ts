import { contextDetails } from "../../alert/context-text.ts";
import { episodeDetails, episodeSummary, nextStep } from "../../alert/episode-text.ts";
import { clipClean, oneLine } from "../clean-text.ts";
import { httpUrl, newsOf, newsUrl, tracesUrl } from "../news-of.ts";
import { dedupKey } from "../notification.ts";
import type { ClaimedNotification } from "../../alert/notification.ts";
import type { NotificationAction } from "../../alert/episode.ts";
import type { SelfFacts } from "../../alert/self-problem.ts";
import type { PagerDutyEvent } from "./validate-event.ts";

/** Limits of the Events API v2. */
const MAX_SUMMARY_CHARS = 1024;
const MAX_BODY_BYTES = 512 * 1024;
/** What a receiver's template writes. */
const MAX_MESSAGE_CHARS = 20_000;
/** Far above what a spec's texts need, far below the body's limit. */
const MAX_TEXT_CHARS = 4_000;

/**
 * The event that tells PagerDuty of a notification. An `update` is a trigger with the same dedup_key: it adds to the open
 * incident.
 */
export function pagerDutyEvent(notification: ClaimedNotification, publicUrl: string): PagerDutyEvent {
  const { facts } = notification;
  const news = newsOf(notification);
  const page = newsUrl(publicUrl, notification);
  const traces = tracesUrl(publicUrl, notification);
  const runbook = httpUrl(facts.runbookUrl);
  const event: PagerDutyEvent & { payload: NonNullable<PagerDutyEvent["payload"]> } = {
    routing_key: notification.address,
    event_action: eventAction(notification.action),
    dedup_key: dedupKey(notification.episodeId),
    client: "Noroshi",
    client_url: page,
    links: [
      {
        href: page,
        text: facts.self === undefined ? `SLO ${oneLine(notification.sloName, 200)}` : "What is wrong",
      },
      ...(traces === undefined ? [] : [{ href: traces, text: "Traces" }]),
      ...(runbook === undefined ? [] : [{ href: runbook, text: "Runbook" }]),
    ],
    payload: {
      summary: oneLine(notification.wording?.title ?? episodeSummary(news), MAX_SUMMARY_CHARS) || "…",
      source: sourceOf(notification),
      severity: notification.severity === "critical" ? "critical" : "warning",
      timestamp: new Date(notification.at).toISOString(),
      component: oneLine(notification.sloName, MAX_TEXT_CHARS),
      group: sourceOf(notification),
      class: facts.self === undefined ? "slo_burn_rate" : "noroshi_itself",
      custom_details: customDetails(notification),
    },
  };
  const bytes = Buffer.byteLength(JSON.stringify(event));
  return bytes <= MAX_BODY_BYTES
    ? event
    : {
        ...event,
        payload: { ...event.payload, custom_details: { truncated: `the details had ${bytes} bytes` } },
      };
}

/** PagerDuty takes no empty one. */
function sourceOf({ facts, sloName }: ClaimedNotification): string {
  return oneLine(facts.service, MAX_TEXT_CHARS) || oneLine(sloName, MAX_TEXT_CHARS) || "noroshi";
}

function eventAction(action: NotificationAction): PagerDutyEvent["event_action"] {
  return action === "resolve" || action === "acknowledge" ? action : "trigger";
}

/** For people in words, and as numbers for rules that read them. */
function customDetails(notification: ClaimedNotification): Readonly<Record<string, unknown>> {
  const { facts } = notification;
  const news = newsOf(notification);
  if (facts.self !== undefined) return selfDetails(notification, facts.self);
  const found = contextDetails(news).map(([name]) => name);
  // What explains most comes first, as in a chat.
  const rank = ({ name }: { readonly name: string }): number => (found.includes(name) ? 0 : 1);
  const details = [...episodeDetails(news)].sort((a, b) => rank(a) - rank(b));
  const words = details.map(({ name, value }) => [
    name.toLowerCase().replaceAll(" ", "_"),
    clipClean(value, MAX_TEXT_CHARS),
  ]);
  return {
    slo: clipClean(notification.sloName, MAX_TEXT_CHARS),
    description: clipClean(facts.description, MAX_TEXT_CHARS),
    what_to_do: nextStep(news) ?? null,
    ...(notification.wording?.body === undefined
      ? {}
      : { message: clipClean(notification.wording.body, MAX_MESSAGE_CHARS) }),
    ...Object.fromEntries(words),
    tier: clipClean(facts.tier, MAX_TEXT_CHARS),
    target: facts.target,
    slo_window_seconds: facts.sloWindowMs / 1000,
    burn_rate_threshold: facts.burnThreshold,
    burn_rate_operator: facts.burnOperator ?? "gt",
    long_window_seconds: facts.longWindowMs / 1000,
    long_window_burn_rate: facts.longBurnRate,
    short_window_seconds: facts.shortWindowMs === null ? null : facts.shortWindowMs / 1000,
    short_window_burn_rate: facts.shortBurnRate,
    budget_remaining_ratio: facts.budgetRemainingRatio,
    budget_exhausted_in_seconds: facts.exhaustedInMs === null ? null : Math.round(facts.exhaustedInMs / 1000),
    started_at: new Date(notification.startedAt).toISOString(),
    fired_at: new Date(notification.firedAt).toISOString(),
    episode: notification.episodeId,
    alert: clipClean(notification.alertKey, MAX_TEXT_CHARS),
  };
}

function selfDetails(
  notification: ClaimedNotification,
  { detail }: SelfFacts,
): Readonly<Record<string, unknown>> {
  return {
    what_to_do: clipClean(detail, MAX_TEXT_CHARS),
    started_at: new Date(notification.startedAt).toISOString(),
    fired_at: new Date(notification.firedAt).toISOString(),
    episode: notification.episodeId,
    alert: clipClean(notification.alertKey, MAX_TEXT_CHARS),
  };
}
