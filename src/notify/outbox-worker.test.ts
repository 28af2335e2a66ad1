import { Agent } from "node:https";
import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Episode } from "../alert/episode.ts";
import { tellAll } from "../alert/sample-telling.ts";
import { sampleEpisode } from "../alert/sample-episode.ts";
import { timestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { createEpisodeStore } from "../store/postgres/episode-store.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import type { EpisodeStore } from "../store/postgres/episode-store.ts";
import { createNotificationStore } from "../store/postgres/notification-store.ts";
import type { NotificationStore } from "../store/postgres/notification-store.ts";
import * as schema from "../store/postgres/schema.ts";
import { createLogReceiver } from "./log-receiver.ts";
import type { ReceiverChoice } from "../alert/notification.ts";
import type { Send } from "./notification.ts";
import { createOutboxWorker } from "./outbox-worker.ts";
import type { OutboxWorker, OutboxWorkerOptions } from "./outbox-worker.ts";
import { startFakePagerDuty } from "./pagerduty/fake-pagerduty.ts";
import type { FakePagerDuty } from "./pagerduty/fake-pagerduty.ts";
import { createLocalCertificate } from "./pagerduty/local-certificate.ts";
import { createPagerDutySender } from "./pagerduty/send-pagerduty.ts";
import { startFakeSlack } from "./slack/fake-slack.ts";
import type { FakeSlack } from "./slack/fake-slack.ts";
import { createSlackSender } from "./slack/send-slack.ts";

const ROUTING_KEY = "PLANTEDKEYPLANTEDKEYPLANTEDKEY12";
const TOKEN = "xoxb-planted-token";
const PUBLIC_URL = "http://127.0.0.1:7070";
const PAGERDUTY: ReceiverChoice = { receiver: "pagerduty", receiverType: "pagerduty", address: ROUTING_KEY };
const SLACK: ReceiverChoice = { receiver: "slack", receiverType: "slack", address: "C0ALERTS" };
/** Long, as the machine may be busy; shorter where a test waits for it. */
const SEND_TIMEOUT_MS = 4_000;
const SHORT_TIMEOUT_MS = 400;

const certificate = await createLocalCertificate();
const agent = new Agent({ ca: certificate.ca });
let client: PGlite;
let db: Database;
let episodes: EpisodeStore;
let outbox: NotificationStore;
let pagerDuty: FakePagerDuty;
let slack: FakeSlack;
let workers: OutboxWorker[] = [];
let logged: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];

const note =
  (level: string): Log["info"] =>
  (message, fields) =>
    logged.push({ level, message, fields });
const log: Log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };

function startWorker(changes: Partial<OutboxWorkerOptions> = {}): OutboxWorker {
  const worker = createOutboxWorker({
    store: outbox,
    ...sendersOf(),
    owner: newUuid(Date.now()),
    publicUrl: PUBLIC_URL,
    log,
    leaseMs: 20_000,
    pollMs: 50,
    random: () => 0,
    ...changes,
  });
  worker.start();
  workers.push(worker);
  return worker;
}

async function fire(receivers: readonly ReceiverChoice[], changes: Partial<Episode> = {}): Promise<Episode> {
  const episode = sampleEpisode({ id: newUuid(Date.now()), sloName: `slo-${newUuid(0)}`, ...changes });
  await episodes.commitTransition(
    { kind: "changed", episode, actions: ["trigger"] },
    tellAll({ kind: "changed", episode, actions: ["trigger"] }, receivers),
  );
  return episode;
}

async function resolve(episode: Episode): Promise<void> {
  const at = timestampMs(episode.updatedAt + 720_000);
  const closed: Episode = {
    ...episode,
    state: "resolved",
    resolution: "recovered",
    resolvedAt: at,
    updatedAt: at,
    version: episode.version + 1,
  };
  await episodes.commitTransition(
    { kind: "changed", episode: closed, actions: ["resolve"] },
    tellAll({ kind: "changed", episode: closed, actions: ["resolve"] }, []),
  );
}

async function settled(limitMs = 20_000): Promise<void> {
  await until(async () => (await outbox.counts()).oldestPendingMs === 0, limitMs);
}

async function until(isSo: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) {
      throw new Error("waited too long");
    }
    await pause(10);
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const all = async () => (await outbox.list({ limit: 500 })).notifications;

beforeAll(async () => {
  client = await PGlite.create();
  const opened = drizzle({ client, schema });
  await migrate(opened, {
    migrationsFolder: new URL("../store/postgres/migrations", import.meta.url).pathname,
  });
  db = opened;
  episodes = createEpisodeStore(db);
  outbox = createNotificationStore(db);
});
afterAll(() => client.close());

beforeEach(async () => {
  await db.execute(
    sql`truncate notification_attempts, notifications, episode_receivers, episodes, group_messages, delivery_addresses`,
  );
  logged = [];
  pagerDuty = await startFakePagerDuty({ tls: certificate });
  slack = await startFakeSlack({ token: TOKEN });
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
  await pagerDuty.close();
  await slack.close();
});

describe("delivery", () => {
  it("tells both receivers of the beginning and of the end, within a moment of each", async () => {
    const worker = startWorker({ pollMs: 60_000 });
    await pause(100);
    const episode = await fire([PAGERDUTY, SLACK]);
    const startedAt = performance.now();
    worker.kick();
    await until(() => pagerDuty.openIncidents().length === 1 && slack.messages().length === 1);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await resolve(episode);
    worker.kick();
    await settled();
    expect(pagerDuty.incidents()).toMatchObject([
      { state: "resolved", dedupKey: `noroshi:${episode.id}`, routingKey: ROUTING_KEY, triggers: 1 },
    ]);
    expect(slack.messages()).toMatchObject([{ edits: 1, threadTs: null }, { threadTs: expect.any(String) }]);
    expect((await all()).every(({ state, attempts }) => state === "delivered" && attempts.length === 1)).toBe(
      true,
    );
  });

  it("delivers what was committed and never sent, when it starts again", async () => {
    await fire([PAGERDUTY, SLACK]);
    startWorker();
    await settled();
    expect(pagerDuty.openIncidents()).toHaveLength(1);
    expect(slack.messages()).toHaveLength(1);
  });

  it.each([true, false])(
    "delivers once when killed between sending and recording; the request arrived: %s",
    async (arrived) => {
      const episode = await fire([PAGERDUTY, SLACK]);
      // The killed worker: it claimed, and perhaps sent, and was never heard of again.
      for (const receiver of ["pagerduty", "slack"] as const) {
        const [claimed] = await outbox.claim({
          receiverType: receiver,
          limit: 1,
          owner: "killed",
          leaseMs: 300,
        });
        if (arrived) {
          const { send } = sendersOf();
          await send[receiver](claimed!, () => 60_000);
        }
      }
      startWorker();
      await settled();
      await resolve(episode);
      await settled();
      expect(pagerDuty.incidents()).toMatchObject([{ state: "resolved", triggers: arrived ? 2 : 1 }]);
      expect(slack.messages().filter(({ threadTs }) => threadTs === null)).toHaveLength(1);
      expect(slack.messages()).toHaveLength(2);
      const triggers = (await all()).filter(({ action }) => action === "trigger");
      expect(triggers.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([
        ["retry", "delivered"],
        ["retry", "delivered"],
      ]);
    },
  );

  it("takes over at once from a killed predecessor that was alone on the store", async () => {
    await fire([SLACK]);
    await outbox.claim({ receiverType: "slack", limit: 1, owner: "killed", leaseMs: 600_000 });
    await outbox.endAllLeases();
    startWorker();
    await settled(3_000);
    expect(slack.messages()).toHaveLength(1);
  });

  it("delivers to PagerDuty when it is back, while Slack hears at once", async () => {
    await pagerDuty.goDown();
    startWorker();
    const episode = await fire([PAGERDUTY, SLACK]);
    await until(() => slack.messages().length === 1, 2_000);
    await resolve(episode);
    await until(async () => (await all()).some(({ attempts }) => attempts.length >= 2));
    await pagerDuty.comeBack();
    await settled();
    // It was over before PagerDuty came back: nobody is woken for it.
    expect(pagerDuty.incidents()).toEqual([]);
    // What the trigger, which got no clear answer, may have opened is closed; here it opened nothing.
    expect(pagerDuty.events.map(({ effect }) => effect)).toEqual(["dropped"]);
    expect((await all()).filter(({ receiver }) => receiver === "pagerduty")).toMatchObject([
      { action: "resolve", state: "delivered" },
      { action: "trigger", state: "superseded" },
    ]);
    expect((await outbox.counts()).pendingByType).toMatchObject({ pagerduty: 0, slack: 0, log: 0 });
  });

  it.each(["hang", "reset", "empty", "html"] as const)(
    "makes one incident and one message through answers that are lost: %s",
    async (kind) => {
      let faults = 4;
      const fault = () => (faults-- > 0 ? ({ kind, processed: true } as const) : undefined);
      pagerDuty.setFault(fault);
      slack.setFault((request) => (request.path.endsWith("chat.postMessage") ? fault() : undefined));
      startWorker(sendersOf(SHORT_TIMEOUT_MS));
      const episode = await fire([PAGERDUTY, SLACK]);
      await resolve(episode);
      await settled();
      expect(pagerDuty.incidents()).toMatchObject([{ state: "resolved" }]);
      expect(slack.messages().filter(({ threadTs }) => threadTs === null)).toHaveLength(1);
      expect(slack.messages()).toHaveLength(2);
    },
  );

  it("lets a storm of 429 on one key or channel starve nobody else", async () => {
    const busyKey = "B".repeat(32);
    pagerDuty.setFault((request) =>
      request.body.includes(busyKey) ? { kind: "status", status: 429 } : undefined,
    );
    const busy = { receiver: "pagerduty", receiverType: "pagerduty", address: busyKey } as const;
    for (let index = 0; index < 20; index += 1) {
      await fire([busy]);
    }
    startWorker();
    await until(() => pagerDuty.requests.length > 0);
    const startedAt = performance.now();
    await fire([PAGERDUTY]);
    await fire([SLACK]);
    await until(() => pagerDuty.openIncidents().length === 1 && slack.messages().length === 1, 3_000);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await pause(1_000);
    // Those that were under way heard it; the others wait without asking.
    expect(pagerDuty.requests.filter(({ body }) => body.includes(busyKey)).length).toBeLessThanOrEqual(8);
  });

  it("honours Retry-After", async () => {
    const startedAt = Date.now();
    slack.setFault(() =>
      Date.now() - startedAt < 1_000 ? { kind: "status", status: 429, retryAfterSeconds: 2 } : undefined,
    );
    startWorker();
    await fire([SLACK]);
    await settled();
    const [refused, accepted, ...others] = slack.calls;
    expect(others).toEqual([]);
    expect(accepted!.atMs - refused!.atMs).toBeGreaterThanOrEqual(1_990);
  });

  it("keeps the order when the trigger is slow", async () => {
    let first = true;
    pagerDuty.setFault(() => {
      const fault = first ? ({ kind: "delay", delayMs: 200 } as const) : undefined;
      first = false;
      return fault;
    });
    startWorker();
    startWorker();
    const episode = await fire([PAGERDUTY]);
    await resolve(episode);
    await settled();
    expect(pagerDuty.events.map(({ event }) => event.event_action)).toEqual(["trigger", "resolve"]);
  });

  it("sets a poison notification aside in sight of everybody and goes on", async () => {
    const poison = await fire([{ receiver: "pagerduty", receiverType: "pagerduty", address: "too-short" }]);
    await resolve(poison);
    await fire([PAGERDUTY]);
    startWorker();
    await settled();
    expect(pagerDuty.openIncidents()).toHaveLength(1);
    const rejected = (await all()).filter(({ state }) => state === "rejected");
    expect(rejected).toMatchObject([{ episodeId: poison.id, action: "trigger" }]);
    const told = logged.find(({ message }) => message.includes("people were not told"));
    expect(told?.level).toBe("error");
    expect(told?.fields).toMatchObject({ slo: poison.sloName, error_budget: expect.any(String) });
  });

  it("says the end in a new message when the first one is gone", async () => {
    const worker = startWorker();
    const episode = await fire([SLACK]);
    worker.kick();
    await settled();
    slack.deleteMessage("C0ALERTS", slack.messages()[0]!.ts);
    await resolve(episode);
    await settled();
    expect(slack.messages().at(-1)).toMatchObject({
      text: expect.stringContaining("resolved after"),
      threadTs: null,
    });
  });

  it("sends critical ones first, whatever came before", async () => {
    for (let index = 0; index < 6; index += 1) {
      await fire([PAGERDUTY], { severity: "warning" });
    }
    const critical = await fire([PAGERDUTY]);
    startWorker({ concurrency: 1 });
    await settled();
    expect(pagerDuty.events[0]?.event.dedup_key).toBe(`noroshi:${critical.id}`);
  });

  it("sends each notification once with several workers at work", async () => {
    for (let index = 0; index < 30; index += 1) {
      await fire([PAGERDUTY, SLACK]);
    }
    for (let index = 0; index < 3; index += 1) {
      startWorker({ owner: `worker-${index}` });
    }
    await settled();
    expect(
      (await outbox.list({ limit: 100 })).notifications.flatMap(({ attempts }) => attempts.slice(1)),
    ).toEqual([]);
    expect(pagerDuty.requests).toHaveLength(30);
    expect(slack.messages()).toHaveLength(30);
  });

  it("holds its lease through a slow send", async () => {
    const { send } = sendersOf();
    const slowly: Send = async (notification) => {
      await pause(1_500);
      return send.pagerduty(notification, () => 60_000);
    };
    for (const owner of ["slow", "other"]) {
      startWorker({ owner, leaseMs: 600, send: { ...send, pagerduty: slowly } });
    }
    await fire([PAGERDUTY]);
    await settled();
    expect(pagerDuty.requests).toHaveLength(1);
  });

  it("does not cross its successor when its lease is lost: no call begins without time for it", async () => {
    await fire([SLACK]);
    startWorker({ leaseMs: SEND_TIMEOUT_MS });
    await until(() => logged.some(({ message }) => message === "notification not delivered yet"));
    expect(slack.calls).toEqual([]);
  });

  it("finishes what it is sending when stopped, and begins nothing more", async () => {
    pagerDuty.setFault({ kind: "delay", delayMs: 200 });
    for (let index = 0; index < 3; index += 1) {
      await fire([PAGERDUTY]);
    }
    const worker = startWorker({ concurrency: 1 });
    await until(() => pagerDuty.requests.length === 1);
    await worker.stop();
    expect(pagerDuty.events).toHaveLength(1);
    expect((await all()).filter(({ state }) => state === "delivered")).toHaveLength(1);
    await pause(100);
    expect(pagerDuty.requests).toHaveLength(1);
  });

  it("tells the log where no receiver is configured, and that stays visible", async () => {
    await fire([{ receiver: "log", receiverType: "log", address: "" }]);
    startWorker();
    await settled();
    expect(logged.find(({ level }) => level === "error")).toMatchObject({
      message: expect.stringContaining("error budget burning 52x too fast"),
      fields: { severity: "critical", url: expect.stringContaining("/slos/"), next: expect.any(String) },
    });
    expect(await all()).toMatchObject([
      {
        receiver: "log",
        state: "delivered",
        attempts: [{ detail: expect.stringContaining("log") }],
      },
    ]);
  });

  it("goes on when the store fails for a while, and sends nothing twice", async () => {
    let broken = true;
    const flaky = {
      ...outbox,
      claim: (claim: Parameters<typeof outbox.claim>[0]) =>
        broken ? Promise.reject(new Error("the store is away")) : outbox.claim(claim),
      record: (...recorded: Parameters<typeof outbox.record>) => {
        const lost = Math.random() < 0.5;
        return lost ? Promise.reject(new Error("the store is away")) : outbox.record(...recorded);
      },
    };
    await fire([SLACK, PAGERDUTY]);
    startWorker({ store: flaky });
    await pause(200);
    broken = false;
    await settled();
    expect(slack.messages()).toHaveLength(1);
    expect(pagerDuty.requests).toHaveLength(1);
    expect(logged.some(({ message }) => message.includes("cannot be read"))).toBe(true);
  });

  it("keeps secrets out of the log and of what is stored about attempts", async () => {
    const kinds = ["html", "reset", "empty", "hang"] as const;
    let turn = 0;
    const fault = () => (turn < 6 ? { kind: kinds[turn++ % 4]!, processed: false } : undefined);
    pagerDuty.setFault(fault);
    slack.setFault(fault);
    const episode = await fire([PAGERDUTY, SLACK, { receiver: "log", receiverType: "log", address: "" }]);
    startWorker(sendersOf(SHORT_TIMEOUT_MS));
    await resolve(episode);
    await settled();
    const seen = JSON.stringify([logged, await all(), await episodes.list({ limit: 10 })]);
    expect(seen).toContain("no clear answer");
    for (const secret of [ROUTING_KEY, TOKEN]) {
      expect(seen).not.toContain(secret);
    }
  });

  it("stops in a bounded time while a receiver hangs, and delivers once after the restart", async () => {
    pagerDuty.setFault({ kind: "hang", processed: true });
    const first = startWorker({ stopTimeoutMs: 200 });
    const { id } = await fire([PAGERDUTY]);
    await until(() => pagerDuty.events.length === 1);
    const stoppedAt = performance.now();
    await first.stop();
    expect(performance.now() - stoppedAt).toBeLessThan(SEND_TIMEOUT_MS / 2);
    expect(logged.map(({ message }) => message).join()).toContain("after the restart");
    pagerDuty.setFault(undefined);
    await outbox.endAllLeases();
    startWorker();
    await settled();
    expect(pagerDuty.openIncidents().map((incident) => incident.dedupKey)).toEqual([`noroshi:${id}`]);
  });

  it("tells for how long the outbox could not be read", async () => {
    const broken = { away: true };
    const dueInMs: NotificationStore["dueInMs"] = (types) =>
      broken.away ? Promise.reject(new Error("away")) : outbox.dueInMs(types);
    const claim: NotificationStore["claim"] = (request) =>
      broken.away ? Promise.reject(new Error("away")) : outbox.claim(request);
    const worker = startWorker({ store: { ...outbox, claim, dueInMs } });
    await pause(300);
    expect(worker.lagSeconds()).toBeGreaterThan(0.25);
    broken.away = false;
    await until(() => worker.lagSeconds() < 0.2);
  });
});

function sendersOf(timeoutMs = SEND_TIMEOUT_MS) {
  const pagerduty = createPagerDutySender({
    server: pagerDuty.server,
    publicUrl: PUBLIC_URL,
    timeoutMs,
    agent,
  });
  const toSlack = createSlackSender({
    botToken: TOKEN,
    apiUrl: slack.apiUrl,
    publicUrl: PUBLIC_URL,
    timeoutMs,
  });
  return { send: { pagerduty, slack: toSlack, log: createLogReceiver({ log, publicUrl: PUBLIC_URL }) } };
}
