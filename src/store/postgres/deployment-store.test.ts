import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listAudit } from "./audit-store.ts";
import type { Database } from "./database.ts";
import { createDeployment, listDeployments } from "./deployment-store.ts";
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

it("lists changes newest first, page by page, and keeps who told of each in the audit log", async () => {
  const make = (id: string, at: number, more: { service?: string; kind?: string } = {}) =>
    createDeployment(
      db,
      {
        id,
        service: "cart",
        version: null,
        at,
        kind: "config",
        description: "pool of 20",
        url: null,
        ...more,
      },
      "key:ci",
    );
  await make("a", 1_000);
  await make("b", 2_000);
  await make("c", 2_000, { kind: "deployment" });
  await make("d", 3_000, { service: "shop" });
  const ids = async (filter: Partial<Parameters<typeof listDeployments>[1]>) =>
    (await listDeployments(db, { limit: 10, ...filter })).map(({ id }) => id);
  expect(await ids({})).toEqual(["d", "c", "b", "a"]);
  expect(await ids({ service: "cart", kind: "config" })).toEqual(["b", "a"]);
  expect(await ids({ startMs: 2_000, endMs: 3_000 })).toEqual(["c", "b"]);
  expect(await ids({ limit: 2 })).toEqual(["d", "c"]);
  expect(await ids({ limit: 2, after: { at: 2_000, id: "c" } })).toEqual(["b", "a"]);
  const [entry] = await listAudit(db, { subject: "a", limit: 10 });
  expect(entry).toMatchObject({ actor: "key:ci", action: "deployment.create", detail: { service: "cart" } });
});
