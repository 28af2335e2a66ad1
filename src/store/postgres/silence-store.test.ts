import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sampleSilence } from "../../alert/sample-silence.ts";
import type { Silence } from "../../alert/silence.ts";
import { HOUR_MS, timestampMs } from "../../model/time.ts";
import { listAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import * as schema from "./schema.ts";
import { silences } from "./schema.ts";
import {
  createSilence,
  endSilence,
  listCurrentSilences,
  listSilences,
  markReminded,
  MOST_SILENCES,
} from "./silence-store.ts";

const AT = sampleSilence().startsAt;
const later = (ms: number) => timestampMs(AT + ms);

let client: PGlite;
let db: Database;

beforeAll(async () => {
  client = await PGlite.create();
  const opened = drizzle({ client, schema });
  db = opened;
  await migrate(opened, { migrationsFolder: new URL("./migrations", import.meta.url).pathname });
});
afterAll(() => client.close());
beforeEach(async () => {
  await db.execute(sql`truncate silences, audit_log`);
});

async function make(changes: Partial<Silence> = {}): Promise<Silence> {
  const made = await createSilence(db, sampleSilence(changes), "key:ops", AT);
  if (made === "too-many") throw new Error("too many");
  return made;
}
const current = async (at = AT) => (await listCurrentSilences(db, at)).map(({ id }) => id);

describe("silences in Postgres", () => {
  it("are given back as they were made, with who made and ended them in the audit log", async () => {
    const made = await make();
    const { id, createdAt } = made;
    expect(made).toEqual(sampleSilence({ id, createdAt }));
    await endSilence(db, id, "slack:U1", later(60_000));
    const audit = await listAudit(db, { subject: id, limit: 10 });
    expect(audit.map(({ actor, action }) => [actor, action])).toEqual([
      ["slack:U1", "silence.expire"],
      ["key:ops", "silence.create"],
    ]);
    expect(audit[0]!.detail).toMatchObject({ matchers: ['service="payment"'], comment: "they know" });
  });

  it("are current up to their end, those to come included", async () => {
    const now = await make();
    const toCome = await make({ startsAt: later(HOUR_MS), endsAt: later(2 * HOUR_MS) });
    expect(await current()).toEqual([now.id, toCome.id]);
    expect(await current(later(HOUR_MS - 1))).toEqual([now.id, toCome.id]);
    expect(await current(later(HOUR_MS))).toEqual([toCome.id]);
    await endSilence(db, toCome.id, "key:ops", later(60_000));
    expect(await current(later(60_000))).toEqual([now.id]);
    const states = async (state: "active" | "pending" | "expired") =>
      (await listSilences(db, { state, at: later(60_000), limit: 10, cursor: undefined })).silences.length;
    expect([await states("active"), await states("pending"), await states("expired")]).toEqual([1, 0, 1]);
  });

  it("end once, and stay as they ended", async () => {
    const { id } = await make();
    const first = await endSilence(db, id, "a", later(1));
    const second = await endSilence(db, id, "b", later(2));
    expect([first?.wasOver, second?.wasOver]).toEqual([false, true]);
    expect(second?.silence).toEqual(first?.silence);
    expect(await endSilence(db, "none", "a", AT)).toBeUndefined();
    expect(await listAudit(db, { subject: id, limit: 10 })).toHaveLength(2);
  });

  it("are announced by one process", async () => {
    const { id } = await make();
    expect([await markReminded(db, id, later(1)), await markReminded(db, id, later(2))]).toEqual([
      true,
      false,
    ]);
    expect((await listCurrentSilences(db, AT))[0]!.remindedAt).toBe(later(1));
  });

  it("have a limit, which those that are over do not count towards", async () => {
    const { matchers, comment, author, createdBy, startsAt, endsAt } = sampleSilence();
    const values = { matchers: [...matchers], comment, author, createdBy, startsAt, endsAt };
    const rows = Array.from({ length: MOST_SILENCES }, (_, i) => ({ ...values, id: `s${i}` }));
    await db.insert(silences).values(rows);
    expect(await createSilence(db, sampleSilence(), "key:ops", AT)).toBe("too-many");
    await db.execute(sql`update silences set ends_at = ${AT} where id = 's0'`);
    expect(await createSilence(db, sampleSilence(), "key:ops", AT)).toMatchObject({ author: "ana" });
  });
});
