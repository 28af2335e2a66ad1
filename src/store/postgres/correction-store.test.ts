import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listAudit } from "./audit-store.ts";
import {
  createCorrection,
  deleteCorrection,
  getCorrection,
  listAllCorrections,
  listCorrections,
  type CorrectionDefinition,
} from "./correction-store.ts";
import type { Database } from "./database.ts";
import * as schema from "./schema.ts";

let client: PGlite;
let db: Database;

beforeAll(async () => {
  client = await PGlite.create();
  const opened = drizzle({ client, schema });
  await migrate(opened, { migrationsFolder: new URL("./migrations", import.meta.url).pathname });
  db = opened;
});
afterAll(() => client.close());

const DEFINITION: CorrectionDefinition = {
  name: "batch",
  reason: "nightly batch",
  author: "ops",
  selects: { slos: ["*"], services: [], labels: {} },
  schedule: { startMs: 1, endMs: 2, rrule: undefined, timeZone: "UTC", ends: "length" },
};

it("keeps who made a correction and who deleted it, in the audit log too, and deletes it once", async () => {
  const made = await createCorrection(db, "c1", DEFINITION, "key:ops");
  expect(made).toMatchObject({ id: "c1", createdBy: "key:ops", deletedAt: null });
  expect((await listCorrections(db)).map(({ id, definition }) => [id, definition.reason])).toEqual([
    ["c1", "nightly batch"],
  ]);
  expect(await deleteCorrection(db, "c1", "key:lead")).toBe(true);
  expect(await deleteCorrection(db, "c1", "key:lead")).toBe(false);
  expect(await deleteCorrection(db, "nothing", "key:lead")).toBe(false);
  expect(await listCorrections(db)).toEqual([]);
  expect(await getCorrection(db, "c1")).toMatchObject({ deletedBy: "key:lead" });
  expect((await listAllCorrections(db)).map(({ id }) => id)).toEqual(["c1"]);
  const audit = await listAudit(db, { subject: "c1", limit: 10 });
  expect(audit.map(({ actor, action, detail }) => [actor, action, detail["reason"]])).toEqual([
    ["key:lead", "correction.delete", "nightly batch"],
    ["key:ops", "correction.create", "nightly batch"],
  ]);
});

it("stores nothing that is not in the audit log", async () => {
  await db.execute(sql`ALTER TABLE audit_log RENAME TO audit_log_away`);
  await expect(createCorrection(db, "c2", DEFINITION, "key:ops")).rejects.toThrow(/audit_log/);
  await db.execute(sql`ALTER TABLE audit_log_away RENAME TO audit_log`);
  expect(await getCorrection(db, "c2")).toBeUndefined();
});
