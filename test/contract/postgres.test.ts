import { eq, type SQL, sql } from "drizzle-orm";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sampleEpisode } from "../../src/alert/sample-episode.ts";
import { durationMs } from "../../src/model/time.ts";
import { SILENT_LOG } from "../../src/self/log.ts";
import { OCCURRENCES } from "../../src/slo/budgeting-method.ts";
import type { Indicator } from "../../src/slo/indicator.ts";
import type { Slo } from "../../src/slo/slo.ts";
import { ControlStoreError } from "../../src/store/postgres/control-store-error.ts";
import type { Database } from "../../src/store/postgres/database.ts";
import {
  listIndicators,
  setIndicatorBackfilling,
  setIndicatorCatchingUp,
  setIndicatorLive,
  setIndicatorRetired,
} from "../../src/store/postgres/indicator-store.ts";
import { openPostgres, type Postgres, PostgresOpenError } from "../../src/store/postgres/open-postgres.ts";
import { indicators } from "../../src/store/postgres/control-tables.ts";
import { episodeReceivers, episodes } from "../../src/store/postgres/schema.ts";
import { listSloRevisions, recordSloRevisions } from "../../src/store/postgres/slo-revision-store.ts";
import { startScript } from "./child-process.ts";
import { startPostgresServer } from "./postgres-server.ts";

const INDICATOR: Indicator = {
  id: "00112233445566aa",
  source: "traces",
  total: "{ kind = server }",
  select: { outcome: "good", query: "{ status != error }" },
};

const SLO: Slo = {
  name: "payment-availability",
  displayName: "Payment",
  description: "火",
  service: "payment",
  owner: undefined,
  runbookUrl: undefined,
  labels: { team: ["a", "b"] },
  annotations: {},
  objectiveName: "Available",
  target: 0.9999,
  window: { kind: "rolling", ms: durationMs(86_400_000) },
  windowMs: durationMs(86_400_000),
  method: OCCURRENCES,
  indicator: INDICATOR,
  alerts: [],
  minEvents: 1,
  location: { file: "slos/payment.yaml", line: 1, column: 1 },
};

const episode = (id: string, state: "firing" | "resolved" = "firing") => sampleEpisode({ id, state });

const countOf = async (db: Database, query: SQL): Promise<number> => {
  const result = (await db.execute(query)) as { rows: { n: number }[] };
  return result.rows[0]?.n ?? 0;
};

const folders: string[] = [];
const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "noroshi-postgres-"));
  folders.push(folder);
  return folder;
};
const server = await startPostgresServer();
if (server.kind === "missing") process.stderr.write(`skipped: ${server.reason}\n`);
afterAll(async () => {
  if (server.kind === "started") await server.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const stores = [
  { name: "PGlite", url: () => undefined, skip: false },
  {
    name: "a server",
    url: () => (server.kind === "started" ? server.url : ""),
    skip: server.kind === "missing",
  },
];

/** The texts of an error and of all its causes. */
const texts = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${texts(error.cause)}` : "";

for (const { name, url, skip } of stores) {
  describe.skipIf(skip)(`the control store on ${name}`, () => {
    let dataDir: string;
    let store: Postgres;
    let db: Database;
    const open = (): Promise<Postgres> => {
      const databaseUrl = url();
      return openPostgres({
        dataDir,
        log: SILENT_LOG,
        ...(databaseUrl === undefined ? {} : { databaseUrl }),
      });
    };

    beforeAll(async () => {
      dataDir = await temporaryFolder();
      store = await open();
      db = store.db;
    });
    afterAll(() => store.close());
    beforeEach(async () => {
      await db.execute(sql`TRUNCATE episodes, indicators, slo_revisions CASCADE`);
    });

    it("keeps its data over a restart and applies its migrations once", async () => {
      await setIndicatorBackfilling(db, INDICATOR);
      await store.close();
      store = await open();
      db = store.db;
      expect(await listIndicators(db)).toHaveLength(1);
      expect(
        await countOf(db, sql`SELECT count(*)::int AS n FROM drizzle.__drizzle_migrations`),
      ).toBeGreaterThanOrEqual(1);
    });

    it("allows one open episode of an alert definition, and many closed ones", async () => {
      await db.insert(episodes).values([episode("a", "resolved"), episode("b", "resolved"), episode("c")]);
      const second = db
        .insert(episodes)
        .values(episode("d"))
        .then(() => "inserted", texts);
      expect(await second).toContain("episodes_one_open");
      await db.update(episodes).set({ state: "resolved" }).where(eq(episodes.id, "c"));
      await db.insert(episodes).values(episode("d"));
      const [row] = await db.select().from(episodes).where(eq(episodes.id, "d"));
      expect(row).toEqual(episode("d"));
    });

    it("names the failure of a statement, but none of its parameters", async () => {
      const planted = "PLANTEDKEYPLANTEDKEYPLANTEDKEY12";
      const failing = db
        .insert(episodeReceivers)
        .values({ episodeId: "none", receiver: "pagerduty", receiverType: "pagerduty", address: planted });
      const error: unknown = await failing.then(
        () => "inserted",
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ControlStoreError);
      expect(error).toMatchObject({ code: "23503" });
      expect(String(error)).toContain("foreign key");
      expect(texts(error)).not.toContain(planted);
      const inTransaction = db.transaction((tx) => tx.execute(sql`SELECT ${planted}::int`));
      expect(
        await inTransaction.then(
          () => "ran",
          (reason: unknown) => (reason as Error).name,
        ),
      ).toBe("ControlStoreError");
    });

    it("rolls a transaction back as a whole", async () => {
      const failing = db.transaction(async (tx) => {
        await tx.insert(episodes).values(episode("a", "resolved"));
        await tx.insert(episodes).values(episode("b"));
        throw new Error("stop here");
      });
      await expect(failing).rejects.toThrow("stop here");
      expect(await db.select().from(episodes)).toEqual([]);
      await db.transaction(async (tx) => {
        await tx.insert(episodes).values(episode("a"));
      });
      expect(await db.select().from(episodes)).toHaveLength(1);
    });

    it("serves transactions that are begun at the same time, each seeing what the one before committed", async () => {
      await setIndicatorBackfilling(db, INDICATOR);
      const add = (): Promise<void> =>
        db.transaction(async (tx) => {
          const [row] = await tx
            .select()
            .from(indicators)
            .where(eq(indicators.id, INDICATOR.id))
            .for("update");
          await tx
            .update(indicators)
            .set({ coveredFromMs: (row?.coveredFromMs ?? 0) + 1 })
            .where(eq(indicators.id, INDICATOR.id));
        });
      await Promise.all(Array.from({ length: 25 }, add));
      expect((await listIndicators(db))[0]?.coveredFromMs).toBe(25);
    });

    it("knows how far each indicator is counted", async () => {
      const other: Indicator = { ...INDICATOR, id: "ffff" };
      await setIndicatorBackfilling(db, INDICATOR);
      await setIndicatorBackfilling(db, other);
      await setIndicatorLive(db, INDICATOR.id, { coveredFromMs: 1_700_000_000_000 });
      await setIndicatorRetired(db, other.id, { countedUpToGroup: 2n ** 64n - 1n });
      expect(await listIndicators(db)).toEqual([
        {
          indicator: INDICATOR,
          state: "live",
          countedUpToGroup: undefined,
          coveredFromMs: 1_700_000_000_000,
        },
        { indicator: other, state: "retired", countedUpToGroup: 2n ** 64n - 1n, coveredFromMs: undefined },
      ]);
      await setIndicatorRetired(db, INDICATOR.id, { countedUpToGroup: 7n });
      await setIndicatorCatchingUp(db, INDICATOR.id);
      expect((await listIndicators(db))[0]).toMatchObject({
        state: "backfilling",
        countedUpToGroup: 7n,
        coveredFromMs: 1_700_000_000_000,
      });
      await setIndicatorLive(db, INDICATOR.id, { coveredFromMs: undefined });
      await setIndicatorBackfilling(db, other);
      expect(await listIndicators(db)).toEqual([
        { indicator: INDICATOR, state: "live", countedUpToGroup: undefined, coveredFromMs: undefined },
        { indicator: other, state: "backfilling", countedUpToGroup: undefined, coveredFromMs: undefined },
      ]);
    });

    it("records each definition of an SLO once, wherever in the file it stands", async () => {
      expect(await recordSloRevisions(db, [SLO])).toEqual({ added: 1 });
      const moved: Slo = { ...SLO, location: { ...SLO.location, line: 40 } };
      const changed: Slo = { ...SLO, target: 0.999 };
      expect(await recordSloRevisions(db, [moved, changed])).toEqual({ added: 1 });
      expect(await recordSloRevisions(db, [])).toEqual({ added: 0 });
      const revisions = await listSloRevisions(db, SLO.name);
      expect(revisions.map(({ definition }) => (definition as Slo).target).sort((a, b) => a - b)).toEqual([
        0.999, 0.9999,
      ]);
      expect(revisions[0]).toMatchObject({ sloName: SLO.name, file: "slos/payment.yaml" });
    });
  });
}

describe("PGlite", () => {
  it("is refused to a second process, and opens again when the first was killed", async () => {
    const dataDir = await temporaryFolder();
    const child = await startScript(new URL("./open-postgres-and-wait.ts", import.meta.url), [dataDir]);
    await expect(openPostgres({ dataDir, log: SILENT_LOG })).rejects.toThrow(
      `data directory ${join(dataDir, "postgres")} is in use by process ${child.child.pid}`,
    );
    await child.kill();
    const store = await openPostgres({ dataDir, log: SILENT_LOG });
    expect(await listIndicators(store.db)).toHaveLength(1);
    await store.close();
    await store.close();
  });

  it("that was killed while it was created is created anew", async () => {
    const dataDir = await temporaryFolder();
    const child = await startScript(new URL("./open-postgres-and-wait.ts", import.meta.url), [
      dataDir,
      "announce",
    ]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await child.kill();
    const store = await openPostgres({ dataDir, log: SILENT_LOG });
    expect(await listIndicators(store.db)).toEqual([]);
    await store.close();
  });
});

describe.skipIf(server.kind === "missing")("a server", () => {
  if (server.kind === "missing") return;

  it("is migrated once by nodes that start together", async () => {
    const databaseUrl = await server.createDatabase("together");
    const nodes = await Promise.all(
      [1, 2, 3, 4].map(() => openPostgres({ databaseUrl, dataDir: "unused", log: SILENT_LOG })),
    );
    const first = nodes[0]?.db as Database;
    expect(await countOf(first, sql`SELECT count(*)::int AS n FROM drizzle.__drizzle_migrations`)).toBe(
      await countOf(first, sql`SELECT count(DISTINCT hash)::int AS n FROM drizzle.__drizzle_migrations`),
    );
    for (const node of nodes) await node.close();
  });

  it("runs transactions side by side", async () => {
    const store = await openPostgres({ databaseUrl: server.url, dataDir: "unused", log: SILENT_LOG });
    const start = Date.now();
    await Promise.all(
      [1, 2, 3].map(() => store.db.transaction((tx) => tx.execute(sql`SELECT pg_sleep(0.5)`))),
    );
    expect(Date.now() - start).toBeLessThan(1_400);
    await store.close();
  });

  it("that ends a connection between two statements of a transaction fails that transaction, not the process", async () => {
    const store = await openPostgres({ databaseUrl: server.url, dataDir: "unused", log: SILENT_LOG });
    const { db } = store;
    const cut = db.transaction(async (tx) => {
      const pid = (await tx.execute(sql`select pg_backend_pid() as n`)) as { rows: { n: number }[] };
      await db.execute(sql`select pg_terminate_backend(${pid.rows[0]!.n})`);
      // An error that nobody listens for would end the process here.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await tx.execute(sql`select 1`);
    });
    await expect(cut).rejects.toThrow(ControlStoreError);
    expect(await countOf(db, sql`select 1 as n`)).toBe(1);
    await store.close();
  });

  it("that is restarted is found again, and idle connections that ended do no harm", async () => {
    const warnings: string[] = [];
    const log = { ...SILENT_LOG, warn: (message: string) => warnings.push(message) };
    const store = await openPostgres({ databaseUrl: server.url, dataDir: "unused", log });
    await Promise.all([1, 2, 3].map(() => store.db.execute(sql`SELECT pg_sleep(0.1)`)));
    await server.restart();
    await expect
      .poll(() => store.db.execute(sql`SELECT 1`).then(() => "answered", texts), { timeout: 10_000 })
      .toBe("answered");
    expect(warnings).not.toEqual([]);
    await store.close();
  });

  it("that cannot be used is named, without the password", async () => {
    const wrong = new URL(server.url);
    wrong.password = "hush%2Fhush";
    const gone = new URL(server.url);
    gone.port = "1";
    for (const url of [wrong, gone]) {
      const error: unknown = await openPostgres({
        databaseUrl: url.href,
        dataDir: "unused",
        log: SILENT_LOG,
      }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PostgresOpenError);
      expect(String(error)).toContain(url.host);
      expect(String((error as Error).stack)).not.toMatch(/hush|contract-secret/);
    }
    await expect(
      openPostgres({ databaseUrl: "postgres://user:hush word@[", dataDir: "unused", log: SILENT_LOG }),
    ).rejects.toThrow(/^DATABASE_URL is not a URL$/);
  });
});
