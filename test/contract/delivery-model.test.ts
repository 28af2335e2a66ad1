import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/store/postgres/database.ts";
import * as schema from "../../src/store/postgres/schema.ts";
import { ALERTS, MINUTE_MS, createModelledDelivery } from "./modelled-delivery.ts";
import type { AlertName, Fate, Mishap, ModelledDelivery, Reading } from "./modelled-delivery.ts";

const migrationsFolder = new URL("../../src/store/postgres/migrations", import.meta.url).pathname;

let client: PGlite;
let db: Database;

beforeAll(async () => {
  client = await PGlite.create();
  db = drizzle({ client, schema });
  await migrate(drizzle({ client, schema }), { migrationsFolder });
  // Nothing of it outlives the test.
  await db.execute(sql`set synchronous_commit = off`);
});
afterAll(() => client.close());

type Command =
  | readonly ["burn", AlertName, Reading]
  | readonly ["wait", number]
  | readonly ["evaluate", 0 | 1, Mishap]
  | readonly ["forget", 0 | 1]
  | readonly ["silence" | "unsilence" | "acknowledge", AlertName]
  | readonly ["route", readonly string[]]
  | readonly ["claim", "pagerduty" | "slack" | "webhook", string]
  | readonly ["settle", number, Fate]
  | readonly ["leases end", readonly boolean[]]
  | readonly ["late answer"]
  | readonly ["person", number, "close" | "acknowledge"]
  | readonly ["webhook", number, "once" | "and again"];

const alert = fc.constantFrom(...ALERTS);
const node = fc.constantFrom(0 as const, 1 as const);
const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(
        fc.constant("burn" as const),
        alert,
        fc.constantFrom<Reading[]>("calm", "bad", "worse"),
      ),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constant("wait" as const), fc.constantFrom(1, 2, 16)) },
    {
      weight: 8,
      arbitrary: fc.tuple(
        fc.constant("evaluate" as const),
        node,
        fc.constantFrom<Mishap[]>("none", "none", "none", "dies before the commit", "loses the answer"),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant("forget" as const), node) },
    {
      weight: 3,
      arbitrary: fc.tuple(
        fc.constantFrom("silence" as const, "unsilence" as const, "acknowledge" as const),
        alert,
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant("route" as const),
        fc.subarray(["pager", "chat", "hook"], { minLength: 1 }),
      ),
    },
    {
      weight: 5,
      arbitrary: fc.tuple(
        fc.constant("claim" as const),
        fc.constantFrom("pagerduty" as const, "pagerduty" as const, "slack" as const, "webhook" as const),
        fc.constantFrom("first", "second"),
      ),
    },
    {
      weight: 6,
      arbitrary: fc.tuple(
        fc.constant("settle" as const),
        fc.nat(5),
        fc.constantFrom<Fate[]>("delivered", "delivered", "refused for now", "unclear", "vanished"),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant("leases end" as const),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant("late answer" as const)) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constant("person" as const),
        fc.nat(3),
        fc.constantFrom("close" as const, "acknowledge" as const),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constant("webhook" as const),
        fc.nat(5),
        fc.constantFrom("once" as const, "and again" as const),
      ),
    },
  ),
  { minLength: 8, maxLength: 40 },
);

async function run(world: ModelledDelivery, command: Command): Promise<void> {
  const { receivers } = world;
  switch (command[0]) {
    case "burn":
      world.readings.set(command[1], command[2]);
      return;
    case "wait":
      world.now.ms += command[1] * MINUTE_MS;
      return;
    case "evaluate":
      return world.evaluate(command[1], command[2]);
    case "forget":
      world.memories[command[1]] = undefined;
      return;
    case "silence":
      world.silenced.add(command[1]);
      return;
    case "unsilence":
      world.silenced.delete(command[1]);
      return;
    case "acknowledge":
      return world.acknowledge(command[1]);
    case "route":
      world.routed.to = command[1];
      return;
    case "claim":
      await world.claim(command[1], command[2]);
      return;
    case "settle":
      return world.settle(command[1], command[2]);
    case "leases end":
      return world.leasesEnd((i) => command[1][i % 4] === true);
    case "late answer":
      return world.answerLate();
    case "person": {
      const open = receivers.openIncidents();
      const chosen = open[command[1] % Math.max(1, open.length)];
      if (chosen !== undefined) receivers.touch(chosen, command[2]);
      return;
    }
    case "webhook": {
      // In any order.
      const which = command[1] % Math.max(1, receivers.underWay.length);
      const [webhook] =
        command[2] === "once" ? receivers.underWay.splice(which, 1) : receivers.underWay.slice(which);
      if (webhook !== undefined) await world.arrive(webhook);
      return;
    }
    default:
      command satisfies never;
  }
}

/** What the ledgers of the receivers must be like, at rest. */
async function check(world: ModelledDelivery): Promise<void> {
  const { receivers, episodes } = world;
  const all = (await episodes.list({ limit: 500 })).episodes;
  const told = await episodes.loadTold(all.map(({ id }) => id));
  const burning = ALERTS.filter((name) => (world.readings.get(name) ?? "calm") !== "calm");
  expect(
    all
      .filter(({ state }) => state !== "resolved")
      .map(({ sloName }) => sloName)
      .sort(),
  ).toEqual([...burning].sort());
  for (const { id, state, sloName } of all) {
    const entries = told.get(id) ?? [];
    expect(entries.length, `${sloName}: somebody is chosen`).toBeGreaterThan(0);
    for (const { receiver } of entries) {
      const heard = receivers.heard.filter((one) => one.episodeId === id && one.receiver === receiver);
      const actions = heard.map(({ action }) => action);
      const where = `${sloName} at ${receiver}: ${actions.join(", ")}`;
      if (state === "firing") expect(actions[0], where).toBe("trigger");
      if (actions.length === 0) continue;
      // A trigger of which nobody knows whether it arrived is not sent again when it is over; PagerDuty drops the lone end.
      if (receiver === "pager" && state === "resolved" && actions.join() === "resolve") continue;
      expect(actions[0], where).toBe("trigger");
      expect(actions.filter((action) => action === "resolve").length, where).toBe(
        state === "resolved" ? 1 : 0,
      );
      if (state === "resolved") expect(actions.at(-1), where).toBe("resolve");
      if (receiver !== "pager")
        expect(actions.filter((action) => action === "trigger").length, where).toBe(1);
    }
  }
  const paged = all.filter(
    ({ id, state }) =>
      state === "firing" && (told.get(id) ?? []).some(({ receiver }) => receiver === "pager"),
  );
  expect([...receivers.openIncidents()].sort()).toEqual(paged.map(({ id }) => id).sort());
  const posted = receivers.posts.map(({ episodeId }) => episodeId);
  expect(posted).toEqual([...new Set(posted)]);
}

describe("episodes and the outbox, whatever happens in whatever order", () => {
  it("tell each receiver trigger and resolve in order, leave an incident open for what burns, and post nothing twice", async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        await db.execute(
          sql`truncate notification_attempts, notifications, episode_receivers, episodes, taken_webhooks, audit_log`,
        );
        const world = createModelledDelivery(db);
        for (const command of list) await run(world, command);
        await world.rest();
        await check(world);
      }),
      { numRuns: Number(process.env["MODEL_RUNS"] ?? 200) },
    );
  }, 300_000);
});
