import { and, desc, gte } from "drizzle-orm";
import { DAY_MS } from "../../model/time.ts";
import type { Database } from "./database.ts";
import { episodes } from "./schema.ts";

/** That an alert fired. */
export interface Firing {
  readonly sloName: string;
  readonly alertKey: string;
  readonly firedAt: number;
}

/** An alert that waits for longer before it fires is not one that flaps. */
const LONGEST_WAIT_MS = DAY_MS;
const MOST_FIRINGS = 10_000;

/** Every alert that fired at `sinceMs` or later, also those that are over; the newest 10,000. */
export async function readRecentFirings(db: Database, sinceMs: number): Promise<readonly Firing[]> {
  const { sloName, alertKey, firedAt, startedAt } = episodes;
  const rows = await db
    .select({ sloName, alertKey, firedAt })
    .from(episodes)
    .where(and(gte(startedAt, sinceMs - LONGEST_WAIT_MS), gte(firedAt, sinceMs)))
    .orderBy(desc(startedAt))
    .limit(MOST_FIRINGS);
  return rows.map((row) => ({ ...row, firedAt: row.firedAt! }));
}
