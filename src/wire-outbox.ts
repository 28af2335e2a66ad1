import { randomUUID } from "node:crypto";
import type { Config } from "./config.ts";
import { joinGroup, type Membership } from "./evaluator/membership.ts";
import { createLogReceiver } from "./notify/log-receiver.ts";
import { addContext } from "./notify/add-context.ts";
import type { Send, Senders } from "./notify/notification.ts";
import { createOutboxWorker } from "./notify/outbox-worker.ts";
import type { OutboxWorker } from "./notify/outbox-worker.ts";
import { createPagerDutySender } from "./notify/pagerduty/send-pagerduty.ts";
import { createSlackSender } from "./notify/slack/send-slack.ts";
import type { Log } from "./self/log.ts";
import type { Metrics } from "./self/metrics.ts";
import type { Slo } from "./slo/slo.ts";
import type { ClickHouse } from "./store/clickhouse/clickhouse.ts";
import { NOTIFIERS } from "./store/postgres/claim-notifications.ts";
import type { Database } from "./store/postgres/database.ts";
import { createMembershipStore } from "./store/postgres/membership-store.ts";
import type { NotificationStore } from "./store/postgres/notification-store.ts";
import { wireNotificationContext } from "./wire-notification-context.ts";

export interface Outbox {
  /** There may be something to send. */
  kick(): void;
  /** `publicUrl`: where links in alerts lead. `slos`: those in force. */
  start(publicUrl: string, slos: () => readonly Slo[]): Promise<void>;
  /** Seconds since it could be read; 0 where this process does not send. */
  lagSeconds(): number;
  stop(): Promise<void>;
}

/** The outbox worker with a sender for each receiver. */
export function wireOutbox(parts: {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: NotificationStore;
  readonly db: Database;
  readonly clickhouse: ClickHouse;
}): Outbox {
  const { config, log, metrics, store } = parts;
  let worker: OutboxWorker | undefined;
  let presence: Membership | undefined;
  return {
    kick: () => worker?.kick(),
    start: async (publicUrl, slos) => {
      // With an embedded store nobody else can be sending: what a killed predecessor held is free at once.
      if (config.databaseUrl === undefined) await store.endAllLeases();
      const owner = randomUUID();
      if (config.databaseUrl !== undefined) {
        // What this process is sending when it dies is taken over when it has given no sign of life for some seconds.
        const membership = createMembershipStore(parts.db);
        presence = await joinGroup({ store: membership, group: NOTIFIERS, member: owner, log });
      }
      const senders: Senders = {
        pagerduty: createPagerDutySender({ server: config.pagerduty.eventsServer, publicUrl }),
        slack: slackSender(config, publicUrl),
        log: createLogReceiver({ log, publicUrl }),
      };
      const found = wireNotificationContext({ ...parts, slos });
      worker = createOutboxWorker({
        store,
        owner,
        publicUrl,
        log,
        send: addContext(senders, { ports: found, log }),
        observe: ({ receiver, outcome, durationMs }) => {
          metrics.notifications.inc({ receiver, outcome });
          metrics.notificationSeconds.observe({ receiver }, durationMs / 1_000);
        },
      });
      worker.start();
    },
    lagSeconds: () => worker?.lagSeconds() ?? 0,
    stop: async () => {
      await worker?.stop();
      await presence?.stop();
    },
  };
}

function slackSender({ slack }: Config, publicUrl: string): Send {
  if (slack.botToken !== undefined)
    return createSlackSender({
      botToken: slack.botToken,
      apiUrl: slack.apiUrl,
      publicUrl,
      isInteractive: slack.signingSecret !== undefined || slack.appToken !== undefined,
    });
  // Episodes told in Slack before the token was taken away: they wait until it is back.
  return async () => ({
    kind: "retry",
    detail: "SLACK_BOT_TOKEN is not set",
    ambiguous: false,
    afterMs: 60_000,
  });
}
