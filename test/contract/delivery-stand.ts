import { Agent } from "node:https";
import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { Episode } from "../../src/alert/episode.ts";
import type { TellingPolicy } from "../../src/alert/notification.ts";
import { choiceOf, type Receiver } from "../../src/alert/receiver.ts";
import { sampleEpisode } from "../../src/alert/sample-episode.ts";
import { standInsFor } from "../../src/alert/stand-in.ts";
import { planTelling } from "../../src/alert/telling.ts";
import { timestampMs } from "../../src/model/time.ts";
import { createOutboxWorker } from "../../src/notify/outbox-worker.ts";
import type { OutboxWorker, OutboxWorkerOptions } from "../../src/notify/outbox-worker.ts";
import { startFakePagerDuty } from "../../src/notify/pagerduty/fake-pagerduty.ts";
import { createLocalCertificate } from "../../src/notify/pagerduty/local-certificate.ts";
import { createPagerDutySender } from "../../src/notify/pagerduty/send-pagerduty.ts";
import { createLogReceiver } from "../../src/notify/log-receiver.ts";
import { startFakeSlack, type FakeSlackOptions } from "../../src/notify/slack/fake-slack.ts";
import { createSlackBundleSender, createSlackSender } from "../../src/notify/slack/send-slack.ts";
import { createStandIns, type StandIns } from "../../src/notify/stand-ins.ts";
import type { Log } from "../../src/self/log.ts";
import type { Database } from "../../src/store/postgres/database.ts";
import { createEpisodeStore } from "../../src/store/postgres/episode-store.ts";
import { newUuid } from "../../src/store/postgres/new-uuid.ts";
import { createNotificationStore } from "../../src/store/postgres/notification-store.ts";
import * as schema from "../../src/store/postgres/schema.ts";
import { addStandIn, readFailing } from "../../src/store/postgres/stand-in-store.ts";

const PUBLIC_URL = "http://127.0.0.1:7070";
const TOKEN = "xoxb-planted-token";
const ROUTING_KEY = "PLANTEDKEYPLANTEDKEYPLANTEDKEY12";
export const PAGERDUTY = {
  type: "pagerduty",
  name: "pagerduty",
  fallback: undefined,
  routingKey: ROUTING_KEY,
} as const satisfies Receiver;
export const SLACK = {
  type: "slack",
  name: "slack",
  fallback: undefined,
  channel: "C0ALERTS",
} as const satisfies Receiver;
const LOG: Receiver = { type: "log", name: "log", fallback: undefined };
const ALONE: TellingPolicy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };

const certificate = await createLocalCertificate();

/** How an episode of a test is told. */
export interface Told {
  readonly receivers?: readonly Receiver[];
  readonly groupKey?: string;
  readonly policy?: Partial<TellingPolicy>;
}

export type DeliveryStand = Awaited<ReturnType<typeof openDeliveryStand>>;

export interface StandStore {
  readonly db: Database;
  close(): Promise<void>;
}

/** To be had once for many stands: it takes a while. */
export async function openStandStore(): Promise<StandStore> {
  const client = await PGlite.create();
  const db = drizzle({ client, schema });
  await migrate(db, {
    migrationsFolder: new URL("../../src/store/postgres/migrations", import.meta.url).pathname,
  });
  return { db, close: () => client.close() };
}

/** Fakes of the receivers, and workers that deliver to them out of the store, which is emptied first. */
export async function openDeliveryStand({ db: opened }: StandStore, slackOptions: FakeSlackOptions = {}) {
  await opened.execute(
    sql`truncate notification_attempts, notifications, episode_receivers, episodes, group_messages, delivery_addresses`,
  );
  const episodes = createEpisodeStore(opened);
  const outbox = createNotificationStore(opened);
  const pagerDuty = await startFakePagerDuty({ tls: certificate });
  const slack = await startFakeSlack({ token: TOKEN, ...slackOptions });
  const agent = new Agent({ ca: certificate.ca });
  const logged: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];
  const note =
    (level: string): Log["info"] =>
    (message, fields) =>
      logged.push({ level, message, fields });
  const log: Log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const running: { stop(): Promise<void> }[] = [];

  const startWorker = (changes: Partial<OutboxWorkerOptions> = {}, timeoutMs = 4_000): OutboxWorker => {
    const toSlack = { botToken: TOKEN, apiUrl: slack.apiUrl, publicUrl: PUBLIC_URL, timeoutMs };
    const worker = createOutboxWorker({
      store: outbox,
      send: {
        pagerduty: createPagerDutySender({
          server: pagerDuty.server,
          publicUrl: PUBLIC_URL,
          timeoutMs,
          agent,
        }),
        slack: createSlackSender(toSlack),
        log: createLogReceiver({ log, publicUrl: PUBLIC_URL }),
      },
      sendBundle: { slack: createSlackBundleSender(toSlack) },
      owner: newUuid(Date.now()),
      publicUrl: PUBLIC_URL,
      log,
      leaseMs: 20_000,
      pollMs: 50,
      random: () => 0,
      ...changes,
    });
    worker.start();
    running.push(worker);
    return worker;
  };

  const startStandIns = (
    afterMs: number,
    receivers: readonly Receiver[] = [PAGERDUTY, SLACK, LOG],
  ): StandIns => {
    const standIns = createStandIns({
      readFailing: () => readFailing(opened, afterMs),
      add: (failing, chain, why, at) => addStandIn(opened, failing, chain, why, at),
      chain: (failing, episode) => standInsFor(failing, episode.severity, receivers),
      now: () => timestampMs(Date.now()),
      onAdded: () => {},
      log,
      everyMs: 50,
    });
    standIns.start();
    running.push(standIns);
    return standIns;
  };

  const write = async (
    episode: Episode,
    action: "trigger" | "update" | "resolve",
    { receivers = [SLACK], groupKey, policy }: Told = {},
  ): Promise<void> => {
    await episodes.commitTransition({ kind: "changed", episode, actions: [action] }, (told) =>
      planTelling(episode, told, {
        at: episode.updatedAt,
        actions: [action],
        routed: () =>
          receivers.map((receiver) => ({
            ...choiceOf(receiver),
            policy: { ...ALONE, ...policy },
            groupKey: groupKey ?? null,
          })),
        mutedBy: () => null,
      }),
    );
  };

  return {
    db: opened,
    episodes,
    outbox,
    pagerDuty,
    slack,
    logged,
    startWorker,
    startStandIns,
    fire: async (told: Told = {}, changes: Partial<Episode> = {}): Promise<Episode> => {
      const sloName = changes.sloName ?? `slo-${newUuid(0).slice(-12)}`;
      const sample = sampleEpisode();
      const facts = { ...sample.facts, sloName, ...changes.facts };
      const episode = { ...sample, id: newUuid(Date.now()), ...changes, sloName, facts };
      await write(episode, "trigger", told);
      return episode;
    },
    update: (episode: Episode): Promise<void> => {
      const updatedAt = timestampMs(episode.updatedAt + 60_000);
      return write({ ...episode, updatedAt, version: episode.version + 1 }, "update");
    },
    resolve: (episode: Episode): Promise<void> => {
      const at = timestampMs(episode.updatedAt + 720_000);
      const closed = { state: "resolved", resolution: "recovered", resolvedAt: at, updatedAt: at } as const;
      return write({ ...episode, ...closed, version: episode.version + 1 }, "resolve");
    },
    all: async () => (await outbox.list({ limit: 5_000 })).notifications,
    settled: (limitMs = 20_000): Promise<void> =>
      until(async () => (await outbox.counts()).oldestPendingMs === 0, limitMs),
    close: async (): Promise<void> => {
      await Promise.all(running.splice(0).map((one) => one.stop()));
      await pagerDuty.close();
      await slack.close();
    },
  };
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Rejects where it does not become so in time. */
export async function until(isSo: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("waited too long");
    await pause(10);
  }
}
