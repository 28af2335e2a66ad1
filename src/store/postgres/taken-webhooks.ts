import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { takenWebhooks } from "./schema.ts";

/** Far longer than anybody sends again. */
const KEPT = sql`interval '30 days'`;

/**
 * Notes what was taken, in the transaction of what it does. False: one of these ids was taken before, and it must do nothing
 * again; another transaction that takes the same at this moment is waited for.
 */
export async function takeWebhook(tx: Database, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  // In one order everywhere: two that take the same ids wait for each other, and do not lock each other out.
  const values = [...new Set(ids)].sort().map((id) => ({ id }));
  const taken = await tx
    .insert(takenWebhooks)
    .values(values)
    .onConflictDoNothing()
    .returning({ id: takenWebhooks.id });
  return taken.length === values.length;
}

/** Forgets what was taken long ago; gives how many. */
export async function pruneTakenWebhooks(db: Database): Promise<number> {
  const rows = await db
    .delete(takenWebhooks)
    .where(sql`${takenWebhooks.takenAt} < now() - ${KEPT}`)
    .returning({ id: takenWebhooks.id });
  return rows.length;
}
