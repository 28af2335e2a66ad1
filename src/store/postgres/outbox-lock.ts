import { sql } from "drizzle-orm";
import { RECEIVER_TYPES } from "../../alert/notification.ts";
import type { ReceiverType } from "../../alert/notification.ts";
import type { Database } from "./database.ts";

/** Marks our advisory locks among those of other programs. */
const LOCK_CLASS = 7_070;

/**
 * Keeps claims (`alone`) apart from each other and from the recording of outcomes (`beside` others like it), per type of
 * receiver, until the transaction ends. A process that stalls meanwhile loses its connection after some seconds, and with it
 * the lock.
 */
export async function lockOutbox(tx: Database, type: ReceiverType, how: "alone" | "beside"): Promise<void> {
  await tx.execute(
    sql`select set_config('idle_in_transaction_session_timeout', '5000', true), set_config('lock_timeout', '10000', true)`,
  );
  const key = sql`${LOCK_CLASS}::int, ${RECEIVER_TYPES.indexOf(type)}::int`;
  // A statement of its own: what comes after it sees all that was committed before the lock was had.
  await tx.execute(
    how === "alone"
      ? sql`select pg_advisory_xact_lock(${key})`
      : sql`select pg_advisory_xact_lock_shared(${key})`,
  );
}
