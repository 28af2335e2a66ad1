import { PGlite } from "@electric-sql/pglite";
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { Agent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SelfProblem } from "../alert/self-problem.ts";
import { timestampMs } from "../model/time.ts";
import { createLogReceiver } from "../notify/log-receiver.ts";
import { createOutboxWorker } from "../notify/outbox-worker.ts";
import { startFakePagerDuty } from "../notify/pagerduty/fake-pagerduty.ts";
import { createLocalCertificate } from "../notify/pagerduty/local-certificate.ts";
import { createPagerDutySender } from "../notify/pagerduty/send-pagerduty.ts";
import { startFakeSlack } from "../notify/slack/fake-slack.ts";
import { createSlackSender } from "../notify/slack/send-slack.ts";
import { SILENT_LOG } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { createEpisodeStore } from "../store/postgres/episode-store.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import { createNotificationStore } from "../store/postgres/notification-store.ts";
import { readUndelivered, readUntold } from "../store/postgres/read-untold.ts";
import * as schema from "../store/postgres/schema.ts";
import { selfRules } from "../wire/self-alerts.ts";
import { createSelfAlerts } from "./self-alerts.ts";
import type { SelfAlerts, SelfCheck } from "./self-alerts.ts";
import { createTeller } from "./tell-episodes.ts";
import type { TellingRules } from "./tell-episodes.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const MINUTE = 60_000;
const FILLING: SelfProblem = {
  key: "disk/filling",
  severity: "warning",
  summary: "the disk is nearly full",
  detail: "Make room in /data.",
  path: "/metrics",
};

const policy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };
const rules: TellingRules = {
  route: ({ severity }) => [
    severity === "critical"
      ? { receiver: "pagerduty", receiverType: "pagerduty", address: KEY, policy, groupKey: null }
      : { receiver: "slack", receiverType: "slack", address: "C0ALERTS", policy, groupKey: null },
  ],
  mutedBy: () => null,
};

let client: PGlite;
let db: Database;

beforeAll(async () => {
  client = await PGlite.create();
  const opened = drizzle({ client, schema });
  db = opened;
  await migrate(opened, {
    migrationsFolder: new URL("../store/postgres/migrations", import.meta.url).pathname,
  });
});
afterAll(() => client.close());
beforeEach(async () => {
  await db.execute(sql`truncate episodes, episode_receivers, notifications, notification_attempts cascade`);
});

/** Noroshi's watch over itself, at a time that the test sets. */
function watchOver(checks: readonly SelfCheck[], clock: { minute: number }, observer = "host-a"): SelfAlerts {
  const store = createEpisodeStore(db);
  return createSelfAlerts({
    checks,
    ports: {
      loadOpenEpisodes: () => store.loadOpen(),
      ...createTeller(store, selfRules(rules), () => {}),
    },
    observer,
    now: () => timestampMs(1_750_000_000_000 + clock.minute * MINUTE),
    newId: newUuid,
    log: SILENT_LOG,
  });
}

async function actions(): Promise<readonly string[]> {
  const page = await createNotificationStore(db).list({ limit: 100 });
  return page.notifications.map(({ receiver, action }) => `${receiver} ${action}`).toReversed();
}

describe("alerts about Noroshi itself", () => {
  it("are told once, over restarts, and their end once", async () => {
    const clock = { minute: 0 };
    let problems: readonly SelfProblem[] = [FILLING];
    const check: SelfCheck = { name: "disk", problems: () => problems };
    await watchOver([check], clock).look();
    for (const minute of [0.5, 1, 1.1, 2.5]) {
      clock.minute = minute;
      // A new one each time, as after a restart.
      const alerts = watchOver([check], clock);
      await alerts.look();
      await alerts.look();
      expect(alerts.current()).toMatchObject([
        { key: "disk/filling", state: minute < 1 ? "pending" : "firing" },
      ]);
    }
    expect(await actions()).toEqual(["slack trigger"]);
    problems = [];
    for (const minute of [3, 3.5, 4, 5]) {
      clock.minute = minute;
      await watchOver([check], clock).look();
    }
    expect(await actions()).toEqual(["slack trigger", "slack resolve"]);
  });

  it("stay as they are while a check cannot tell", async () => {
    const clock = { minute: 0 };
    let answer: () => readonly SelfProblem[] | undefined = () => [{ ...FILLING, immediate: true }];
    const check: SelfCheck = { name: "disk", problems: () => answer() };
    const alerts = watchOver([check], clock);
    await alerts.look();
    for (const unable of [
      () => undefined,
      () => {
        throw new Error("no such file");
      },
    ]) {
      answer = unable;
      for (const minutes of [1, 2, 3]) {
        clock.minute += minutes;
        await alerts.look();
      }
    }
    expect(await actions()).toEqual(["slack trigger"]);
  });

  it("end when their check is no more", async () => {
    const clock = { minute: 0 };
    await watchOver([{ name: "disk", problems: () => [{ ...FILLING, immediate: true }] }], clock).look();
    for (const minute of [1, 2]) {
      clock.minute = minute;
      await watchOver([], clock).look();
    }
    expect(await actions()).toEqual(["slack trigger", "slack resolve"]);
  });

  it("reads again what a person or another process has changed meanwhile", async () => {
    const clock = { minute: 0 };
    const check: SelfCheck = { name: "disk", problems: () => [FILLING] };
    const alerts = watchOver([check], clock);
    await alerts.look();
    await db
      .update(schema.episodes)
      .set({ version: 7 })
      .where(eq(schema.episodes.alertKey, "self/disk/filling"));
    clock.minute = 1.1;
    await alerts.look();
    expect(await actions()).toEqual([]);
    await alerts.look();
    expect(await actions()).toEqual(["slack trigger"]);
  });

  it("go round the receiver that they are about", async () => {
    const clock = { minute: 0 };
    const stuck: SelfProblem = {
      ...FILLING,
      key: "outbox/pagerduty",
      severity: "critical",
      avoid: "pagerduty",
      immediate: true,
    };
    await watchOver([{ name: "outbox", problems: () => [stuck] }], clock).look();
    expect(await actions()).toEqual(["slack trigger"]);
  });
});

describe("alerts about Noroshi itself, as people see them", () => {
  it("say in Slack and PagerDuty what is wrong and what to do, and nothing of burns", async () => {
    const certificate = await createLocalCertificate();
    const agent = new Agent({ ca: certificate.ca });
    const slack = await startFakeSlack();
    const pagerDuty = await startFakePagerDuty({ tls: certificate });
    const publicUrl = "https://noroshi.example/";
    const notifications = createNotificationStore(db);
    const worker = createOutboxWorker({
      store: notifications,
      owner: newUuid(Date.now()),
      publicUrl,
      log: SILENT_LOG,
      pollMs: 20,
      send: {
        slack: createSlackSender({ botToken: "xoxb-test", apiUrl: slack.apiUrl, publicUrl }),
        pagerduty: createPagerDutySender({ server: pagerDuty.server, publicUrl, agent }),
        log: createLogReceiver({ log: SILENT_LOG, publicUrl }),
      },
    });
    worker.start();
    const clock = { minute: 0 };
    let problems: readonly SelfProblem[] = [FILLING, { ...FILLING, key: "disk/full", severity: "critical" }];
    const alerts = watchOver([{ name: "disk", problems: () => problems }], clock);
    const until = async (isSo: () => boolean): Promise<void> => {
      for (const end = Date.now() + 10_000; !isSo() && Date.now() < end;) await pause(10);
    };
    await alerts.look();
    clock.minute = 1;
    await alerts.look();
    await until(() => slack.messages().length === 1 && pagerDuty.openIncidents().length === 1);
    const message = JSON.stringify(slack.messages()[0]);
    expect(message).toContain("🟠 Warning: Noroshi itself");
    expect(message).toContain("Noroshi: the disk is nearly full");
    expect(message).toContain("Make room in /data.");
    expect(message).toContain("https://noroshi.example/metrics");
    expect(message).not.toMatch(/burn|budget|Objective|Bad events|NaN|undefined|null x/i);
    const { event } = pagerDuty.events[0]!;
    expect(event).toMatchObject({
      payload: { summary: "Noroshi: the disk is nearly full", class: "noroshi_itself" },
    });
    expect(JSON.stringify(event)).not.toMatch(/burn|budget/i);
    problems = [];
    for (const minute of [2, 3]) {
      clock.minute = minute;
      await alerts.look();
    }
    await until(() => pagerDuty.openIncidents().length === 0 && slack.messages().length === 2);
    expect(pagerDuty.openIncidents()).toEqual([]);
    expect(slack.messages().map(({ text }) => text)).toEqual([
      "✅ Noroshi: over after 3 min: the disk is nearly full",
      "✅ Noroshi: over after 3 min: the disk is nearly full",
    ]);
    await worker.stop();
    await Promise.all([slack.close(), pagerDuty.close()]);
  });
});

describe("what has not been delivered", () => {
  const fire = async (): Promise<void> => {
    const clock = { minute: 0 };
    const check: SelfCheck = { name: "disk", problems: () => [{ ...FILLING, immediate: true }] };
    await watchOver([check], clock).look();
  };
  const age = (minutes: number) =>
    db.execute(sql`
      update notifications set created_at = now() - ${minutes} * interval '1 minute', attempts = 1`);
  const NOW = 1_750_000_000_000 + 10 * MINUTE;

  it("is late after its time, and then nobody has been told", async () => {
    await fire();
    expect(await readUndelivered(db, 5 * MINUTE)).toEqual([]);
    expect(await readUntold(db, MINUTE, NOW)).toEqual([]);
    await age(7);
    expect(await readUndelivered(db, 5 * MINUTE)).toMatchObject([
      { receiver: "slack", receiverType: "slack", waiting: 1, refused: 0, lastAnswer: "" },
    ]);
    expect(await readUntold(db, MINUTE, NOW)).toEqual(["noroshi/self/disk/filling"]);
  });

  it("is refused for good, with the receiver's answer, while its episode fires", async () => {
    await fire();
    await db.execute(sql`update notifications set state = 'rejected', attempts = 1`);
    await db.execute(sql`
      insert into notification_attempts (notification_id, attempt, duration_ms, outcome, detail)
      select id, 1, 5, 'rejected', 'channel_not_found' from notifications`);
    expect(await readUndelivered(db, 5 * MINUTE)).toMatchObject([
      { receiver: "slack", waiting: 0, refused: 1, lastAnswer: "channel_not_found" },
    ]);
    expect(await readUntold(db, MINUTE, NOW)).toHaveLength(1);
  });

  it("is nothing that is delivered, muted, or waits for its hour", async () => {
    await fire();
    await age(7);
    await db.execute(sql`update notifications set attempts = 0, next_attempt_at = now() + interval '1 hour'`);
    expect(await readUndelivered(db, 5 * MINUTE)).toEqual([]);
    expect(await readUntold(db, MINUTE, NOW)).toEqual([]);
    await db.execute(sql`update notifications set state = 'delivered'`);
    expect(await readUntold(db, MINUTE, NOW)).toEqual([]);
    await db.execute(sql`delete from notifications`);
    expect(await readUntold(db, MINUTE, NOW)).toHaveLength(1);
    await db.execute(sql`update episode_receivers set muted_by = 'silence:1'`);
    expect(await readUntold(db, MINUTE, NOW)).toEqual([]);
  });
});
