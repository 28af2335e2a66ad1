import { randomUUID } from "node:crypto";
import type { Config } from "../config.ts";
import { toBudgets } from "../config/delivery.ts";
import { joinGroup, NOT_A_MEMBER, type Membership } from "../evaluator/membership.ts";
import { createOutboxWorker } from "../notify/outbox-worker.ts";
import type { OutboxWorker } from "../notify/outbox-worker.ts";
import type { StandIns } from "../notify/stand-ins.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { Slo } from "../slo/slo.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { NOTIFIERS } from "../store/postgres/claim-notifications.ts";
import type { Database } from "../store/postgres/database.ts";
import { createMembershipStore } from "../store/postgres/membership-store.ts";
import type { NotificationStore } from "../store/postgres/notification-store.ts";
import { wireStandIns } from "./stand-ins.ts";
import { wirePrepare } from "./prepare.ts";
import type { Pictures } from "./pictures.ts";
import { withThreadPictures } from "./thread-pictures.ts";
import { wireSenders, type WiredSenders } from "./senders.ts";

export interface Outbox {
  /** There may be something to send. */
  kick(): void;
  /** `publicUrl`: where links in alerts lead. `slos`: those in force. */
  start(publicUrl: string, slos: () => readonly Slo[], pictures: Pictures): Promise<void>;
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
  readonly now: Now;
}): Outbox {
  const { config, log, metrics, store } = parts;
  let worker: OutboxWorker | undefined;
  let presence: Membership | undefined;
  let wired: WiredSenders | undefined;
  let standIns: StandIns | undefined;
  return {
    kick: () => worker?.kick(),
    start: async (publicUrl, slos, pictures) => {
      // With an embedded store nobody else can be sending: what a killed predecessor held is free at once.
      if (config.databaseUrl === undefined) await store.endAllLeases();
      const owner = randomUUID();
      if (config.databaseUrl !== undefined) {
        // What this process is sending when it dies is taken over when it has given no sign of life for some seconds.
        const membership = createMembershipStore(parts.db);
        presence = await joinGroup({ store: membership, group: NOTIFIERS, member: owner, log });
      }
      wired = withThreadPictures(wireSenders(config, { log, publicUrl }), { config, log, pictures });
      const prepared = wirePrepare({ ...parts, slos, publicUrl });
      worker = createOutboxWorker({
        store,
        owner,
        mayClaim: () => presence?.epoch() !== NOT_A_MEMBER,
        publicUrl,
        log,
        send: prepared.senders(wired.senders),
        sendBundle: prepared.bundles(wired.bundles),
        budgets: toBudgets(config.file.telling.perMinute),
        observe: ({ receiver, outcome, durationMs }) => {
          if (outcome === "rejected") standIns?.kick();
          metrics.notifications.inc({ receiver, outcome });
          metrics.notificationSeconds.observe({ receiver }, durationMs / 1_000);
        },
      });
      worker.start();
      standIns = wireStandIns({ ...parts, kickOutbox: () => worker?.kick() });
      standIns.start();
    },
    lagSeconds: () => worker?.lagSeconds() ?? 0,
    stop: async () => {
      await standIns?.stop();
      await worker?.stop();
      await wired?.close();
      await presence?.stop();
    },
  };
}
