import { episodeDetails, episodeSummary, nextStep } from "../alert/episode-text.ts";
import type { Log } from "../self/log.ts";
import { newsOf, newsUrl } from "./news-of.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import type { Send } from "./notification.ts";

export interface LogReceiverOptions {
  readonly log: Log;
  readonly publicUrl: string;
  /** Whether what is critical, and the rest, has a receiver of its own where no route says otherwise. */
  readonly isSetUp?: { readonly critical: boolean; readonly warning: boolean };
}

/** Where alerts go that have no other receiver, or are routed there: into the log, with everything a person needs. */
export function createLogReceiver(options: LogReceiverOptions): Send {
  return (notification) => {
    const level =
      notification.action === "resolve" || notification.severity !== "critical" ? "warn" : "error";
    options.log[level](episodeSummary(newsOf(notification)), episodeFields(notification, options.publicUrl));
    const { receiver, severity } = notification;
    const missing = severity === "critical" ? "PagerDuty" : "Slack";
    const detail =
      receiver === "log" && options.isSetUp?.[severity] === false
        ? `written to the log; ${missing} is not set up`
        : "written to the log";
    return Promise.resolve({ kind: "delivered", detail });
  };
}

/** An alert as fields of a log line; never the address, which may be a secret. */
export function episodeFields(
  notification: ClaimedNotification,
  publicUrl: string,
): Readonly<Record<string, unknown>> {
  const news = newsOf(notification);
  const details = episodeDetails(news).map(({ name, value }) => [
    name.toLowerCase().replaceAll(" ", "_"),
    value,
  ]);
  const next = nextStep(news);
  return {
    action: notification.action,
    severity: notification.severity,
    slo: notification.sloName,
    alert: notification.alertKey,
    episode: notification.episodeId,
    ...Object.fromEntries(details),
    url: newsUrl(publicUrl, notification),
    ...(news.facts.runbookUrl === null ? {} : { runbook: news.facts.runbookUrl }),
    ...(next === undefined ? {} : { next }),
  };
}
