import type { Severity } from "../slo/slo.ts";
import type { ReceiverChoice } from "../alert/notification.ts";

/** What is configured; undefined parts are not. */
export interface ReceiverSettings {
  readonly pagerduty: { readonly routingKey: string | undefined };
  readonly slack: { readonly botToken: string | undefined; readonly channel: string | undefined };
}

/**
 * Who is told of an episode of this severity: PagerDuty of critical ones, Slack of the rest. Where that one is not
 * configured, the log is: an alert is never dropped, and never sent to somebody who was not meant.
 */
export function chooseReceivers(severity: Severity, settings: ReceiverSettings): readonly ReceiverChoice[] {
  const { pagerduty, slack } = settings;
  if (severity === "critical") {
    return [
      pagerduty.routingKey === undefined
        ? LOG
        : { receiver: "pagerduty", receiverType: "pagerduty", address: pagerduty.routingKey },
    ];
  }
  return [
    slack.botToken === undefined || slack.channel === undefined
      ? LOG
      : { receiver: "slack", receiverType: "slack", address: slack.channel },
  ];
}

const LOG: ReceiverChoice = { receiver: "log", receiverType: "log", address: "" };
