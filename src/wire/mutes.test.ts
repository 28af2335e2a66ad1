import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Episode, NotificationAction } from "../alert/episode.ts";
import type { TellingPolicy } from "../alert/notification.ts";
import { sampleEpisode } from "../alert/sample-episode.ts";
import { sampleSilence } from "../alert/sample-silence.ts";
import type { Silence } from "../alert/silence.ts";
import { configFileSchema } from "../config/file.ts";
import { createFirings } from "../evaluator/firings.ts";
import { silenceCheck } from "../evaluator/silence-check.ts";
import { createTeller } from "../evaluator/tell-episodes.ts";
import { HOUR_MS, MINUTE_MS, timestampMs } from "../model/time.ts";
import type { Correction } from "../slo/correction.ts";
import type { Slo } from "../slo/slo.ts";
import type { Database } from "../store/postgres/database.ts";
import { createEpisodeStore, type EpisodeStore } from "../store/postgres/episode-store.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import { createNotificationStore } from "../store/postgres/notification-store.ts";
import { readMuted } from "../store/postgres/read-muted.ts";
import { readRecentFirings } from "../store/postgres/read-recent-firings.ts";
import { readUntold } from "../store/postgres/read-untold.ts";
import * as schema from "../store/postgres/schema.ts";
import { wireMutes } from "./mutes.ts";

const START = 1_750_000_000_000;
const at = (minute: number) => timestampMs(START + minute * MINUTE_MS);

let client: PGlite;
let db: Database;
let store: EpisodeStore;
let silences: Silence[];
let corrections: Correction[];
let slos: Slo[];

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
  silences = [];
  corrections = [];
  slos = [];
  store = createEpisodeStore(db);
  await db.execute(sql`truncate episodes, episode_receivers, notifications, notification_attempts cascade`);
});

const AS_IT_COMES: TellingPolicy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };

/** A teller under the mutes of the service: pages go to a pager, the rest to a chat. */
function tellerUnder(telling: unknown = {}, policy: TellingPolicy = AS_IT_COMES) {
  const mutedBy = wireMutes({
    config: { file: configFileSchema.parse({ telling }) },
    silences: { current: () => silences },
    corrections: { current: () => corrections },
    sloOf: (name) => slos.find((slo) => slo.name === name),
  });
  const route = ({ severity }: Episode) => [
    severity === "critical"
      ? { receiver: "pager", receiverType: "pagerduty" as const, address: "k", policy, groupKey: null }
      : { receiver: "chat", receiverType: "slack" as const, address: "C1", policy, groupKey: null },
  ];
  return createTeller(store, { route, mutedBy }, () => {});
}

const page = (minute = 0): Episode => fired({ id: newUuid(at(minute)) }, minute);
const ticket = (minute = 0): Episode =>
  fired({ id: newUuid(at(minute)), alertKey: "warning", severity: "warning" }, minute);
function fired(changes: Partial<Episode>, minute: number): Episode {
  return sampleEpisode({ ...changes, startedAt: at(minute), firedAt: at(minute), updatedAt: at(minute) });
}
const changed = (episode: Episode, ...actions: readonly NotificationAction[]) =>
  ({ kind: "changed", episode, actions }) as const;
const over = (episode: Episode, minute: number): Episode => ({
  ...episode,
  state: "resolved",
  resolution: "recovered",
  resolvedAt: at(minute),
  updatedAt: at(minute),
  version: episode.version + 1,
});

const silence = (fromMinute: number, toMinute: number): Silence =>
  sampleSilence({ startsAt: at(fromMinute), endsAt: at(toMinute) });

const outbox = async (): Promise<string[]> => {
  const { notifications } = await createNotificationStore(db).list({ limit: 50 });
  return notifications.map(({ receiver, action }) => `${receiver} ${action}`).reverse();
};
const muteOf = async (episode: Episode) => (await store.loadTold([episode.id])).get(episode.id)?.[0]?.mutedBy;

describe("an alert under a silence", () => {
  it("is told when the silence ends, if it still fires, and its end then too", async () => {
    const teller = tellerUnder();
    silences = [silence(-1, 60)];
    const episode = page();
    await teller.store(changed(episode, "trigger"));
    await teller.catchUp([episode], at(30));
    expect(await outbox()).toEqual([]);
    expect(await muteOf(episode)).toBe("silence:s1");
    expect(await readUntold(db, MINUTE_MS, at(30))).toEqual([]);
    await teller.catchUp([episode], at(60));
    await teller.catchUp([episode], at(61));
    await teller.store(changed(over(episode, 70), "resolve"));
    expect(await outbox()).toEqual(["pager trigger", "pager resolve"]);
  });

  it("is not told at all when it is over before the silence is", async () => {
    silences = [silence(-1, 60)];
    const episode = page();
    await tellerUnder().store(changed(episode, "trigger"));
    await tellerUnder().store(changed(over(episode, 30), "resolve"));
    expect(await outbox()).toEqual([]);
  });

  it("that fired before is resolved in spite of it", async () => {
    const teller = tellerUnder();
    const episode = page();
    await teller.store(changed(episode, "trigger"));
    silences = [silence(5, 60)];
    await teller.catchUp([episode], at(6));
    expect(await muteOf(episode)).toBe("silence:s1");
    await teller.store(changed(over(episode, 30), "resolve"));
    expect(await outbox()).toEqual(["pager trigger", "pager resolve"]);
  });

  it("is announced once before the silence ends, to who would be told but is not paged for it", async () => {
    const teller = tellerUnder({ pageMutesTicket: false });
    silences = [silence(0, 120)];
    const episodes = [page(), ticket()];
    for (const episode of episodes) await teller.store(changed(episode, "trigger"));
    let now = at(104);
    const check = silenceCheck({
      current: () => silences,
      mutedBy: (ids) => readMuted(db, ids),
      markReminded: async (id, remindedAt) => {
        silences = silences.map((one) => (one.id === id ? { ...one, remindedAt } : one));
      },
      now: () => now,
      leadMs: 15 * MINUTE_MS,
    });
    expect(await check.problems()).toEqual([]);
    now = at(105);
    expect(await check.problems()).toMatchObject([
      {
        key: "silence-ends/s1",
        severity: "warning",
        immediate: true,
        targets: ["chat"],
        summary: 'the silence "they know" of ana ends at 17:06 UTC, and 2 alerts that it mutes still fire',
      },
    ]);
    for (const episode of episodes) await teller.store(changed(over(episode, 106), "resolve"));
    now = at(119);
    expect(await check.problems(), "once said it stays said").toHaveLength(1);
    now = at(120);
    expect(await check.problems()).toEqual([]);
  });

  it("that does not fire gives no reminder", async () => {
    silences = [silence(0, 120)];
    const check = silenceCheck({
      current: () => silences,
      mutedBy: (ids) => readMuted(db, ids),
      markReminded: async () => expect.fail("nobody is reminded"),
      now: () => at(119),
      leadMs: HOUR_MS,
    });
    expect(await check.problems()).toEqual([]);
  });
});

describe("a ticket beside a page of its SLO", () => {
  it("is told when the page is over and the ticket is not", async () => {
    const teller = tellerUnder();
    const [loud, quiet] = [page(), ticket()];
    await teller.store(changed(loud, "trigger"), [loud]);
    await teller.store(changed(quiet, "trigger"));
    await teller.catchUp([loud, quiet], at(1), [loud, quiet]);
    expect(await outbox()).toEqual(["pager trigger"]);
    expect(await muteOf(quiet)).toBe(`inhibited:${loud.id}`);
    await teller.store(changed(over(loud, 10), "resolve"));
    await teller.catchUp([quiet], at(10));
    expect(await outbox()).toEqual(["pager trigger", "pager resolve", "chat trigger"]);
  });

  it("says nothing when both are over", async () => {
    const teller = tellerUnder();
    const [loud, quiet] = [page(), ticket()];
    for (const episode of [loud, quiet]) await teller.store(changed(episode, "trigger"));
    for (const episode of [quiet, loud]) await teller.store(changed(over(episode, 10), "resolve"));
    expect(await outbox()).toEqual(["pager trigger", "pager resolve"]);
  });

  it("is told at once where noroshi.yaml says so", async () => {
    const teller = tellerUnder({ pageMutesTicket: false });
    for (const episode of [page(), ticket()]) await teller.store(changed(episode, "trigger"));
    expect(await outbox()).toEqual(["pager trigger", "chat trigger"]);
  });
});

describe("maintenance that mutes", () => {
  const weekly = (changes: Partial<Correction> = {}): Correction => ({
    id: "file:db",
    name: "db",
    reason: "database maintenance",
    author: "dba",
    selects: { slos: [], services: [], labels: { tier: "gold" } },
    schedule: {
      startMs: START - 7 * 24 * HOUR_MS,
      endMs: START - 7 * 24 * HOUR_MS + HOUR_MS,
      rrule: "FREQ=WEEKLY",
      timeZone: "UTC",
      ends: "clock",
    },
    mutes: true,
    origin: { kind: "file", location: { file: "c.yaml", line: 1, column: 1 } },
    ...changes,
  });
  const gold = { name: "payment-availability", service: "payment", labels: { tier: ["new", "gold"] } };

  it("mutes alerts of the SLOs that it selects while it lasts, and no longer", async () => {
    slos = [gold as unknown as Slo];
    corrections = [weekly()];
    const teller = tellerUnder();
    const episode = page();
    await teller.store(changed(episode, "trigger"));
    await teller.catchUp([episode], at(59));
    expect(await outbox()).toEqual([]);
    expect(await muteOf(episode)).toBe("maintenance:file:db");
    await teller.catchUp([episode], at(60));
    expect(await outbox()).toEqual(["pager trigger"]);
  });

  it.each([
    ["does not say that it mutes", { mutes: false }, gold],
    ["selects others", {}, { ...gold, labels: {} }],
  ])("mutes nothing where it %s", async (_why, changes, slo) => {
    slos = [slo as unknown as Slo];
    corrections = [weekly(changes)];
    await tellerUnder().store(changed(page(), "trigger"));
    expect(await outbox()).toEqual(["pager trigger"]);
  });
});

describe("what waits for a digest", () => {
  it("is stored at once, with the database's time of the digest, trigger before resolve", async () => {
    const policy = { ...AS_IT_COMES, digest: { hours: [0, 6, 12, 18], timeZone: "UTC" } };
    const teller = tellerUnder({}, policy);
    const episode = ticket();
    await teller.store(changed(episode, "trigger"));
    await teller.store(changed(over(episode, 30), "resolve"));
    expect(await outbox()).toEqual(["chat trigger", "chat resolve"]);
    const next = Math.ceil(at(30) / (6 * HOUR_MS)) * 6 * HOUR_MS;
    const { notifications } = await createNotificationStore(db).list({ limit: 2 });
    const waits = notifications.map(({ at: since, nextAttemptAt, createdAt }) => [
      next - since,
      nextAttemptAt! - createdAt,
    ]);
    for (const [expected, stored] of waits) expect(Math.abs(stored! - expected!)).toBeLessThan(32_000);
    const claim = { receiverType: "slack", limit: 10, owner: "one", leaseMs: 1_000 } as const;
    expect(await createNotificationStore(db).claim(claim)).toEqual([]);
    expect(await readUntold(db, MINUTE_MS, at(30))).toEqual([]);
  });
});

describe("firings", () => {
  it("are the same after a restart as they were remembered", async () => {
    const rule = { episodes: 3, withinMs: HOUR_MS, holdMs: HOUR_MS };
    const load = (sinceMs: number) => readRecentFirings(db, sinceMs);
    const kept = createFirings(rule, load);
    await kept.refresh(at(0), false);
    for (const minute of [0, 20, 40]) {
      const episode = page(minute);
      await tellerUnder().store(changed(episode, "trigger"));
      kept.note(changed(episode, "trigger"));
      const end = changed(over(episode, minute + 5), "resolve");
      await tellerUnder().store(end);
      kept.note(end);
    }
    const id = "payment-availability/critical";
    for (const minute of [59, 60, 61, 99, 101]) {
      await kept.refresh(at(minute), false);
      const fresh = createFirings(rule, load);
      await fresh.refresh(at(minute), false);
      const recent = (watch: typeof kept) =>
        [...(watch.watch(id)?.firedAt ?? [])].filter((ms) => ms > at(minute) - HOUR_MS).sort((a, b) => a - b);
      expect(recent(fresh), `minute ${minute}`).toEqual(recent(kept));
    }
    expect(kept.watch(id)?.firedAt).toEqual([]);
  });
});
