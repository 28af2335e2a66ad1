import { request } from "node:http";
import { Agent } from "node:https";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { Hono } from "hono";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Episode } from "./alert/episode.ts";
import type { Routed } from "./alert/telling.ts";
import { muteOf, printMute } from "./alert/mute.ts";
import { sampleEpisode } from "./alert/sample-episode.ts";
import { createTeller, type Teller } from "./evaluator/tell-episodes.ts";
import { listen, type Listener } from "./listen.ts";
import { timestampMs } from "./model/time.ts";
import { createOutboxWorker, type OutboxWorker } from "./notify/outbox-worker.ts";
import { startFakePagerDuty, type FakePagerDuty } from "./notify/pagerduty/fake-pagerduty.ts";
import { sendWebhook, webhookBody, type FakeIncidentEvent } from "./notify/pagerduty/fake-webhooks.ts";
import { createLocalCertificate } from "./notify/pagerduty/local-certificate.ts";
import { createPagerDutySender } from "./notify/pagerduty/send-pagerduty.ts";
import { elementsOf, postInteraction, pressOf } from "./notify/slack/fake-slack-people.ts";
import { startFakeSlack, type FakeSlack } from "./notify/slack/fake-slack.ts";
import { startFakeSocketMode, type FakeSocketMode } from "./notify/slack/fake-socket-mode.ts";
import { createSlackSender } from "./notify/slack/send-slack.ts";
import { SLACK_ACTIONS } from "./notify/slack/slack-actions.ts";
import type { Log } from "./self/log.ts";
import { listAudit } from "./store/postgres/audit-store.ts";
import type { Database } from "./store/postgres/database.ts";
import { createEpisodeStore, type EpisodeStore } from "./store/postgres/episode-store.ts";
import { newUuid } from "./store/postgres/new-uuid.ts";
import { createNotificationStore, type NotificationStore } from "./store/postgres/notification-store.ts";
import * as schema from "./store/postgres/schema.ts";
import { wireHandling, type Handling } from "./wire/handling.ts";
import { wireSilences, type Silences } from "./wire/silences.ts";

const MINUTE = 60_000;
const ROUTING_KEY = "PLANTEDKEYPLANTEDKEYPLANTEDKEY12";
const SIGNING = "planted-signing-secret";
const OLD_SECRET = "planted-webhook-secret-old";
const SECRET = "planted-webhook-secret";
const APP_TOKEN = "xapp-1-PLANTED-token";
const POLICY = { repeatIntervalMs: 5 * MINUTE, groupIntervalMs: 0, digest: null };
const RECEIVERS: readonly Routed[] = [
  { receiver: "pagerduty", receiverType: "pagerduty", address: ROUTING_KEY, policy: POLICY, groupKey: null },
  { receiver: "slack", receiverType: "slack", address: "C0ALERTS", policy: POLICY, groupKey: null },
];

const certificate = await createLocalCertificate();
let client: PGlite;
let db: Database;
let pagerDuty: FakePagerDuty;
let slack: FakeSlack;
let socket: FakeSocketMode;
let episodes: EpisodeStore;
let notifications: NotificationStore;
let silences: Silences;
let handling: Handling;
let hooks: Listener;
let worker: OutboxWorker;
let teller: Teller;
/** The present of episodes, which is not that of signatures. */
let nowMs = 0;
let episode: Episode;
const lines: string[] = [];
const note = (text: string, fields?: unknown): number =>
  lines.push(
    `${text} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? [value.message, value.cause] : value))}`,
  );
const log: Log = { debug: note, info: note, warn: note, error: note };

beforeAll(async () => {
  client = await PGlite.create();
  const opened = drizzle({ client, schema });
  await migrate(opened, {
    migrationsFolder: new URL("./store/postgres/migrations", import.meta.url).pathname,
  });
  db = opened;
  pagerDuty = await startFakePagerDuty({ tls: certificate });
  socket = await startFakeSocketMode();
  slack = await startFakeSlack({ socketUrl: () => socket.url });
  episodes = createEpisodeStore(db);
  notifications = createNotificationStore(db);
  const now = () => timestampMs(nowMs);
  silences = await wireSilences({ db, log, now, onChange: () => {} });
  const publicUrl = "https://noroshi.example";
  const agent = new Agent({ ca: certificate.ca });
  worker = createOutboxWorker({
    store: notifications,
    owner: "test",
    publicUrl,
    log,
    pollMs: 50,
    send: {
      pagerduty: createPagerDutySender({ server: pagerDuty.server, publicUrl, agent }),
      slack: createSlackSender({
        botToken: "xoxb-planted",
        apiUrl: slack.apiUrl,
        publicUrl,
        isInteractive: true,
      }),
    },
  });
  worker.start();
  teller = createTeller(
    episodes,
    {
      route: () => RECEIVERS,
      mutedBy: (one, _receiver, at, open) => {
        const rules = { silences: silences.current(), inhibitRules: [], maintenanceOf: () => undefined };
        const mute = muteOf(one, at, open, rules);
        return mute === undefined ? null : printMute(mute);
      },
      rePageAfterMs: 15 * MINUTE,
    },
    () => worker.kick(),
  );
  handling = wireHandling({
    config: {
      slack: {
        botToken: "xoxb-planted",
        channel: "C0ALERTS",
        apiUrl: slack.apiUrl,
        signingSecret: SIGNING,
        appToken: APP_TOKEN,
      },
      pagerduty: { routingKey: undefined, eventsServer: undefined, webhookSecrets: [OLD_SECRET, SECRET] },
    },
    db,
    silences,
    now,
    log,
    kickOutbox: () => worker.kick(),
    onChange: () => {},
  });
  const app = new Hono();
  for (const hook of handling.hooks) app.route("/", hook);
  hooks = await listen(app, { host: "127.0.0.1", port: 0 }, "test");
  handling.start();
}, 60_000);

afterAll(async () => {
  await handling.stop();
  await hooks.close(1_000);
  await worker.stop();
  await silences.stop();
  await Promise.all([socket.close(), slack.close(), pagerDuty.close()]);
  await client.close();
});

/** Every test has an episode of its own, half a day after the one before: no silence of that is left. */
beforeEach(async () => {
  nowMs = nowMs === 0 ? Date.now() - 30 * 24 * 60 * MINUTE : nowMs + 30 * 60 * MINUTE;
  const at = timestampMs(nowMs);
  const started = { startedAt: at, firedAt: at, updatedAt: at };
  episode = sampleEpisode({ ...started, id: newUuid(at), alertKey: `critical-${nowMs}` });
  await teller.store({ kind: "changed", episode, actions: ["trigger"] });
  await settled();
});

afterEach(async () => {
  const open = await episodes.get(episode.id);
  if (open !== undefined && open.state === "firing") await resolveEpisode();
});

/** The machine may be busy. */
const eventually = (check: () => unknown): Promise<unknown> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

async function settled(): Promise<void> {
  await eventually(async () => {
    const { notifications: waiting } = await notifications.list({ state: "pending", limit: 5 });
    expect(waiting).toEqual([]);
  });
}

const current = async (): Promise<Episode> => (await episodes.get(episode.id))!;
const keyOf = (): string => `noroshi:${episode.id}`;
const incidents = () => pagerDuty.incidents().filter(({ dedupKey }) => dedupKey === keyOf());
const eventsOf = () =>
  pagerDuty.events.filter(({ event }) => event.dedup_key === keyOf()).map(({ effect }) => effect);
const message = () =>
  slack.messages().find(({ metadata }) => metadata?.event_payload["episode_id"] === episode.id)!;
const shown = () => JSON.stringify(message());

async function resolveEpisode(): Promise<void> {
  const open = await current();
  const at = timestampMs(nowMs);
  const resolved: Episode = {
    ...open,
    state: "resolved",
    resolution: "recovered",
    resolvedAt: at,
    updatedAt: at,
    version: open.version + 1,
  };
  expect(await teller.store({ kind: "changed", episode: resolved, actions: ["resolve"] })).toBe("stored");
  await settled();
}

/** Time passes, and the evaluator looks. */
async function pass(minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    nowMs += MINUTE;
    await teller.catchUp([await current()], timestampMs(nowMs));
  }
  await settled();
}

function press(actionId: string, choice?: string, path = "1"): Readonly<Record<string, unknown>> {
  return pressOf(message(), {
    actionId,
    atMs: Date.now(),
    responseUrl: `${new URL(slack.apiUrl).origin}/actions/${path}`,
    ...(choice === undefined ? {} : { choice }),
  });
}

function post(interaction: unknown, changes: { atMs?: number; signature?: string } = {}): Promise<Response> {
  return postInteraction(`${hooks.url}/hooks/slack`, interaction, {
    signingSecret: SIGNING,
    atMs: Date.now(),
    ...changes,
  });
}

/** On a connection of its own, as the server ends it. */
function postBytes(body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${hooks.url}/hooks/slack`, { method: "POST", agent: false }, (answer) => {
      resolve(answer.statusCode);
      sent.destroy();
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function webhook(
  type: string,
  atMs = nowMs,
  changes: Partial<FakeIncidentEvent> = {},
  delivery: { webhookId?: string; signature?: string; secrets?: string[] } = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const body = webhookBody({ type, dedupKey: keyOf(), atMs, ...changes });
  return sendWebhook(`${hooks.url}/hooks/pagerduty`, body, { secrets: [SECRET], ...delivery });
}

describe("buttons in Slack", () => {
  it("takes an alert on: PagerDuty and the message know it, reminders stop, and it is in the audit log", async () => {
    expect((await post(press(SLACK_ACTIONS.acknowledge))).status).toBe(200);
    await eventually(async () => expect((await current()).acknowledgedBy).toBe("slack:alice"));
    await settled();
    expect(incidents()).toMatchObject([{ state: "acknowledged" }]);
    expect(shown()).toContain("Acknowledged by alice");
    expect(slack.messages().filter(({ ts }) => ts === message().ts)).toHaveLength(1);
    expect(elementsOf(message()).map((one) => one["action_id"])).toContain(SLACK_ACTIONS.unacknowledge);
    // Who has the episode in mind as it was is told to read it again.
    expect(await teller.catchUp([episode], timestampMs(nowMs))).toBe("stale");
    const edits = message().edits;
    await pass(12);
    expect(message().edits).toBe(edits);
    expect(await listAudit(db, { subject: episode.id, limit: 5 })).toMatchObject([
      { actor: "slack:alice", action: "episode.acknowledge", detail: { slackUser: "U0ALICE" } },
    ]);
  });

  it("gives it back, and reminders go on", async () => {
    await post(press(SLACK_ACTIONS.acknowledge));
    await eventually(async () => expect((await current()).acknowledgedBy).toBe("slack:alice"));
    await settled();
    await post(press(SLACK_ACTIONS.unacknowledge));
    await eventually(async () => expect((await current()).acknowledgedBy).toBeNull());
    await settled();
    expect(shown()).not.toContain("Acknowledged by");
    const edits = message().edits;
    await pass(6);
    expect(message().edits).toBeGreaterThan(edits);
  });

  it("silences it for as long as was chosen; the message says so, and ends the silence", async () => {
    await post(press(SLACK_ACTIONS.silence, "for 4 hours"));
    await eventually(() => expect(silences.current()).toHaveLength(1));
    expect(silences.current()).toMatchObject([
      { author: "alice", createdBy: "slack:alice", endsAt: nowMs + 240 * MINUTE },
    ]);
    await pass(1);
    expect(shown()).toContain("Silenced by alice until");
    const before = eventsOf();
    await pass(12);
    expect(eventsOf()).toEqual(before);
    await post(press(SLACK_ACTIONS.endSilence));
    await eventually(() => expect(silences.current()).toEqual([]));
    await pass(1);
    expect(shown()).not.toContain("Silenced by");
    expect(eventsOf().length).toBeGreaterThan(before.length);
    const done = await listAudit(db, { subject: episode.id, limit: 5 });
    expect(done.map(({ action }) => action)).toEqual(["episode.end-silence", "episode.silence"]);
  });

  it("a silence swallows no end", async () => {
    await post(press(SLACK_ACTIONS.silence, "for 1 day"));
    await eventually(() => expect(silences.current()).toHaveLength(1));
    await pass(1);
    await resolveEpisode();
    expect(incidents()).toMatchObject([{ state: "resolved" }]);
    expect(elementsOf(message()).some((one) => "action_id" in one)).toBe(false);
    await silences.end(silences.current()[0]!.id, "test");
  });

  it("counts a press once, and tells the second who had it first, alone", async () => {
    const interaction = press(SLACK_ACTIONS.acknowledge, undefined, "first");
    const statuses = await Promise.all([post(interaction), post(interaction), post(interaction)]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
    await eventually(async () => expect((await current()).acknowledgedBy).toBe("slack:alice"));
    // The message has no such button any more, but an old window may.
    const late = {
      ...press(SLACK_ACTIONS.silence, "for 1 hour"),
      actions: [
        { type: "button", action_id: SLACK_ACTIONS.acknowledge, value: episode.id, action_ts: "9.9" },
      ],
      response_url: `${new URL(slack.apiUrl).origin}/actions/late`,
    };
    await post(late);
    await eventually(() => expect(slack.responses.some(({ path }) => path === "/actions/late")).toBe(true));
    expect(slack.responses.find(({ path }) => path === "/actions/late")?.body).toMatchObject({
      response_type: "ephemeral",
      text: "alice has acknowledged this alert already.",
    });
    expect(slack.responses.some(({ path }) => path === "/actions/first")).toBe(false);
    expect(await listAudit(db, { subject: episode.id, limit: 5 })).toHaveLength(1);
  });

  it("refuses what Slack did not sign, or signed long ago", async () => {
    const interaction = press(SLACK_ACTIONS.acknowledge);
    expect((await post(interaction, { signature: "v0=00" })).status).toBe(401);
    expect((await post(interaction, { signature: "" })).status).toBe(401);
    expect((await post(interaction, { atMs: Date.now() - 301_000 })).status).toBe(401);
    expect((await post(interaction, { atMs: Date.now() + 302_000 })).status).toBe(401);
    expect(await postBytes("x".repeat(1_100_000))).toBe(413);
    await settled();
    expect((await current()).acknowledgedBy).toBeNull();
  });

  it("says alone that an alert is over, and changes nothing", async () => {
    const interaction = press(SLACK_ACTIONS.acknowledge, undefined, "over");
    await resolveEpisode();
    await post(interaction);
    await eventually(() => expect(slack.responses.some(({ path }) => path === "/actions/over")).toBe(true));
    expect(slack.responses.find(({ path }) => path === "/actions/over")?.body["text"]).toContain("is over");
    expect((await current()).acknowledgedBy).toBeNull();
  });

  it("works over Socket Mode, with a connection that is cut and one that Slack renews", async () => {
    await eventually(() => expect(socket.open()).toBe(1));
    const before = socket.connected();
    expect(await socket.interact(press(SLACK_ACTIONS.acknowledge))).toBe(true);
    await eventually(async () => expect((await current()).acknowledgedBy).toBe("slack:alice"));
    await settled();
    socket.cut();
    await eventually(() => expect(socket.connected()).toBe(before + 1));
    socket.refresh();
    await eventually(() => expect(socket.connected()).toBe(before + 2));
    expect(await socket.interact(press(SLACK_ACTIONS.unacknowledge))).toBe(true);
    await eventually(async () => expect((await current()).acknowledgedBy).toBeNull());
  }, 30_000);
});

describe("webhooks of PagerDuty", () => {
  it("takes an alert on, as Slack shows, and gives it back after PagerDuty's time-out", async () => {
    expect(await webhook("incident.acknowledged", nowMs)).toEqual({
      status: 200,
      body: { result: "changed" },
    });
    expect(await current()).toMatchObject({ acknowledgedBy: "pagerduty:Bob Ops", acknowledgedAt: nowMs });
    await settled();
    expect(shown()).toContain("Acknowledged by Bob Ops");
    // It is not told what it said itself.
    expect(eventsOf()).toEqual(["opened"]);
    await pass(7);
    expect(eventsOf()).toEqual(["opened"]);
    expect(await webhook("incident.unacknowledged", nowMs, { by: null })).toMatchObject({ status: 200 });
    await pass(1);
    expect(eventsOf()).toEqual(["opened", "appended"]);
  });

  it("scenario 18: duplicates, replays, wrong order and bad signatures change nothing", async () => {
    const event = { eventId: "evt-18" };
    const takenAt = nowMs + 2 * MINUTE;
    nowMs += 3 * MINUTE;
    const sent = await Promise.all([
      webhook("incident.acknowledged", takenAt, event, { webhookId: "hook-18" }),
      webhook("incident.acknowledged", takenAt, event, { webhookId: "hook-18" }),
    ]);
    expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([200, 202]));
    // The same event under another name of the delivery, which is not signed.
    expect(await webhook("incident.acknowledged", takenAt, event, { webhookId: "hook-other" })).toMatchObject(
      {
        status: 202,
        body: { reason: "it was taken before" },
      },
    );
    expect(await webhook("incident.unacknowledged", takenAt - 1_000)).toMatchObject({
      status: 202,
      body: { reason: "something newer is known" },
    });
    for (const delivery of [
      { signature: "v1=00" },
      { signature: "" },
      { secrets: ["another"] },
      { signature: "v0=abc,v1=,v1=zz" },
    ]) {
      expect(await webhook("incident.resolved", nowMs, {}, delivery)).toMatchObject({ status: 401 });
    }
    expect(await webhook("incident.acknowledged", nowMs, {}, { secrets: ["another", SECRET] })).toMatchObject(
      {
        status: 202,
      },
    );
    expect(await webhook("incident.reassigned", nowMs, {}, { secrets: [OLD_SECRET] })).toMatchObject({
      status: 202,
    });
    expect((await listAudit(db, { subject: episode.id, limit: 9 })).map(({ action }) => action)).toEqual([
      "episode.acknowledge",
    ]);
    expect(await current()).toMatchObject({
      state: "firing",
      acknowledgedBy: "pagerduty:Bob Ops",
      version: 2,
    });
    await resolveEpisode();
    const over = await current();
    expect(await webhook("incident.unacknowledged", nowMs)).toMatchObject({
      status: 202,
      body: { reason: "the episode is over" },
    });
    expect(await webhook("incident.resolved", nowMs)).toMatchObject({ status: 202 });
    expect(await current()).toEqual(over);
  });

  it("answers 202 to whatever it has no use for", async () => {
    for (const [type, changes] of [
      ["incident.priority_updated", {}],
      ["pagey.ping", {}],
      ["incident.resolved", { dedupKey: "somebody-else" }],
      ["incident.resolved", { dedupKey: `noroshi:${newUuid(timestampMs(nowMs))}` }],
      ["incident.acknowledged", { agentType: "events_api_v2_inbound_integration_reference" }],
    ] as const) {
      expect(await webhook(type, nowMs, changes)).toMatchObject({ status: 202, body: { result: "ignored" } });
    }
    const url = `${hooks.url}/hooks/pagerduty`;
    for (const body of ["{", "[]", '{"event": 3}', ""]) {
      expect(await sendWebhook(url, body, { secrets: [SECRET] })).toMatchObject({ status: 202 });
    }
    expect((await current()).version).toBe(1);
  });

  it("scenario 19: an incident resolved by hand while it burns is paged again once, 15 minutes later", async () => {
    await pass(6);
    expect(eventsOf()).toEqual(["opened", "appended"]);
    pagerDuty.changeByHand(keyOf(), "resolved");
    expect(await webhook("incident.resolved", nowMs)).toMatchObject({ status: 200 });
    await settled();
    expect(await current()).toMatchObject({ state: "firing", acknowledgedBy: null });
    expect(shown()).toContain("Resolved by Bob Ops at PagerDuty");
    await pass(14);
    expect(eventsOf()).toEqual(["opened", "appended"]);
    expect(incidents().filter(({ state }) => state !== "resolved")).toEqual([]);
    await pass(1);
    expect(eventsOf()).toEqual(["opened", "appended", "opened"]);
    expect(shown()).not.toContain("Resolved by");
    await pass(6);
    expect(eventsOf()).toEqual(["opened", "appended", "opened", "appended"]);
    // Again, without any webhook of the new incident but its end.
    pagerDuty.changeByHand(keyOf(), "resolved");
    expect(await webhook("incident.resolved", nowMs)).toMatchObject({ status: 200 });
    await pass(16);
    expect(eventsOf().filter((effect) => effect === "opened")).toHaveLength(3);
    await resolveEpisode();
    expect(incidents().every(({ state }) => state === "resolved")).toBe(true);
  });

  it("does not page again what recovers in time, or what somebody reopens", async () => {
    pagerDuty.changeByHand(keyOf(), "resolved");
    await webhook("incident.resolved", nowMs);
    await pass(5);
    pagerDuty.changeByHand(keyOf(), "triggered");
    expect(await webhook("incident.reopened", nowMs)).toMatchObject({ status: 200 });
    await pass(1);
    expect(incidents()).toHaveLength(1);
    pagerDuty.changeByHand(keyOf(), "resolved");
    await webhook("incident.resolved", nowMs);
    await pass(10);
    await resolveEpisode();
    await pass(10);
    expect(incidents()).toHaveLength(1);
    expect(eventsOf().filter((effect) => effect === "opened")).toHaveLength(1);
  });

  it("shows with whom the incident is, and who escalated it", async () => {
    expect(await webhook("incident.escalated", nowMs, { assignees: ["Carol", "Dave"] })).toMatchObject({
      status: 200,
    });
    await settled();
    expect(shown()).toContain("At PagerDuty with Carol, Dave");
    expect(await handling.doneTo(episode.id)).toMatchObject([
      { action: "episode.assign-incident", detail: { event: "incident.escalated" } },
    ]);
  });
});

it("keeps every secret out of the log", () => {
  const text = lines.join("\n");
  for (const secret of [ROUTING_KEY, SIGNING, SECRET, OLD_SECRET, APP_TOKEN, "xoxb-planted", "/actions/"]) {
    expect(text).not.toContain(secret);
  }
});
