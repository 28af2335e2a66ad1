import type { Config } from "../config.ts";
import { createEmailSender, type EmailSender } from "../notify/email/send-email.ts";
import { createLogReceiver } from "../notify/log-receiver.ts";
import type { BundleSenders, Send, Senders } from "../notify/notification.ts";
import { createPagerDutySender } from "../notify/pagerduty/send-pagerduty.ts";
import { createSlackBundleSender, createSlackSender } from "../notify/slack/send-slack.ts";
import type { SlackOptions } from "../notify/slack/post-letter.ts";
import { createWebhookSender } from "../notify/webhook/send-webhook.ts";
import type { Log } from "../self/log.ts";

export interface WiredSenders {
  readonly senders: Senders;
  /** For those that can take several at once. */
  readonly bundles: BundleSenders;
  /** Ends the connections that are kept. */
  close(): void | Promise<void>;
}

/** A sender for each type of receiver, as configured. `publicUrl`: where links in alerts lead. */
export function wireSenders(
  config: Pick<Config, "pagerduty" | "slack" | "receivers" | "email">,
  { log, publicUrl }: { readonly log: Log; readonly publicUrl: string },
): WiredSenders {
  const webhook = createWebhookSender({ publicUrl, formOf: webhookForms(config) });
  const email = config.email && createEmailSender({ settings: config.email, publicUrl });
  const slack = slackOptions(config, publicUrl);
  const isSetUp = {
    critical: config.pagerduty.routingKey !== undefined,
    warning: config.slack.botToken !== undefined && config.slack.channel !== undefined,
  };
  return {
    senders: {
      pagerduty: createPagerDutySender({ server: config.pagerduty.eventsServer, publicUrl }),
      slack: slack === undefined ? waiting("SLACK_BOT_TOKEN is not set") : createSlackSender(slack),
      webhook: webhook.send,
      email: emailSender(email),
      log: createLogReceiver({ log, publicUrl, isSetUp }),
    },
    bundles: {
      ...(slack === undefined ? {} : { slack: createSlackBundleSender(slack) }),
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

/** undefined without a token: episodes told in Slack before it was taken away wait until it is back. */
function slackOptions({ slack }: Pick<Config, "slack">, publicUrl: string): SlackOptions | undefined {
  const { botToken, apiUrl, signingSecret, appToken } = slack;
  if (botToken === undefined) return undefined;
  return {
    botToken,
    apiUrl,
    publicUrl,
    isInteractive: signingSecret !== undefined || appToken !== undefined,
  };
}

function emailSender(sender: EmailSender | undefined): Send {
  return sender?.send ?? waiting("noroshi.yaml has no email section any more");
}

function waiting(detail: string): Send {
  return () => Promise.resolve({ kind: "retry", detail, ambiguous: false, afterMs: 60_000 });
}
