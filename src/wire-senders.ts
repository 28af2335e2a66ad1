import type { Config } from "./config.ts";
import { createEmailSender, type EmailSender } from "./notify/email/send-email.ts";
import { createLogReceiver } from "./notify/log-receiver.ts";
import type { BundleSenders, Send, Senders } from "./notify/notification.ts";
import { createPagerDutySender } from "./notify/pagerduty/send-pagerduty.ts";
import { createSlackSender } from "./notify/slack/send-slack.ts";
import { createWebhookSender } from "./notify/webhook/send-webhook.ts";
import type { Log } from "./self/log.ts";

export interface WiredSenders {
  readonly senders: Senders;
  /** For those that can take several at once. */
  readonly bundles: BundleSenders;
  /** Ends the connections that are kept. */
  close(): void;
}

/** A sender for each type of receiver, as configured. `publicUrl`: where links in alerts lead. */
export function wireSenders(
  config: Pick<Config, "pagerduty" | "slack" | "receivers" | "email">,
  { log, publicUrl }: { readonly log: Log; readonly publicUrl: string },
): WiredSenders {
  const webhook = createWebhookSender({ publicUrl, formOf: webhookForms(config) });
  const email = config.email && createEmailSender({ settings: config.email, publicUrl });
  const isSetUp = {
    critical: config.pagerduty.routingKey !== undefined,
    warning: config.slack.botToken !== undefined && config.slack.channel !== undefined,
  };
  return {
    senders: {
      pagerduty: createPagerDutySender({ server: config.pagerduty.eventsServer, publicUrl }),
      slack: slackSender(config, publicUrl),
      webhook: webhook.send,
      email: emailSender(email),
      log: createLogReceiver({ log, publicUrl, isSetUp }),
    },
    bundles: {
      webhook: webhook.sendBundle,
      ...(email === undefined ? {} : { email: email.sendBundle }),
    },
    close: () => email?.close(),
  };
}

/** Secret and format are those of now: an old secret would be refused. */
function webhookForms({ receivers }: Pick<Config, "receivers">) {
  const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]));
  return (name: string) => {
    const receiver = byName.get(name);
    return receiver?.type === "webhook" ? receiver : undefined;
  };
}

function slackSender({ slack }: Pick<Config, "slack">, publicUrl: string): Send {
  if (slack.botToken !== undefined)
    return createSlackSender({
      botToken: slack.botToken,
      apiUrl: slack.apiUrl,
      publicUrl,
      isInteractive: slack.signingSecret !== undefined || slack.appToken !== undefined,
    });
  // Episodes told in Slack before the token was taken away: they wait until it is back.
  return waiting("SLACK_BOT_TOKEN is not set");
}

function emailSender(sender: EmailSender | undefined): Send {
  return sender?.send ?? waiting("noroshi.yaml has no email section any more");
}

function waiting(detail: string): Send {
  return () => Promise.resolve({ kind: "retry", detail, ambiguous: false, afterMs: 60_000 });
}
