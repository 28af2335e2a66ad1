import { episodeDetails, episodeSummary, nextStep } from "../alert/episode-text.ts";
import type { Log } from "../self/log.ts";
import { newsOf, newsUrl } from "./news-of.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import type { Send } from "./notification.ts";

export interface LogReceiverOptions {
  readonly log: Log;
  readonly publicUrl: string;
}

/** Where alerts go whose receiver is not configured: into the log, with everything a person needs. */
export function createLogReceiver(options: LogReceiverOptions): Send {
  return (notification) => {
    const level =
      notification.action === "resolve" || notification.severity !== "critical" ? "warn" : "error";
    options.log[level](episodeSummary(newsOf(notification)), episodeFields(notification, options.publicUrl));
    const missing = notification.severity === "critical" ? "PagerDuty" : "Slack";
    return Promise.resolve({
      kind: "delivered",
      detail: `written to the log, because ${missing} is not configured`,
    });
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
