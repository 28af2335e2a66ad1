import { sql } from "drizzle-orm";
import { RECEIVER_TYPES } from "../../alert/notification.ts";
import type { ReceiverType } from "../../alert/notification.ts";
import type { Database } from "./database.ts";

/** Marks our advisory locks among those of other programs. */
const LOCK_CLASS = 7_070;

/** What there is to do beside the claim; read just before the lock, so it may miss what was committed at that moment. */
export interface OutboxHints {
  /** Ends, or what people did to an episode. */
  readonly hasEnds: boolean;
  readonly beginnings: number;
}

/**
 * Keeps claims apart from each other and from the recording of outcomes, per type of receiver, until the transaction ends. A
 * process that stalls meanwhile loses its connection after some seconds, and with it the lock. What comes after it sees all
 * that was committed before the lock was had.
 */
export async function lockForClaim(tx: Database, type: ReceiverType): Promise<OutboxHints> {
  const result: unknown = await tx.execute(sql`
    select ${TIMEOUTS},
      (select count(*)::int from notifications n
        where n.state = 'pending' and n.receiver_type = ${type} and n.action = 'trigger' and n.attempts = 0) as beginnings,
      exists (select 1 from notifications n
        where n.state = 'pending' and n.receiver_type = ${type} and n.action in ('resolve', 'acknowledge', 'note')) as has_ends,
      pg_advisory_xact_lock(${keyOf(type)})`);
  const [row] = (result as { readonly rows: readonly { beginnings: number; has_ends: boolean }[] }).rows;
  return { hasEnds: row?.has_ends === true, beginnings: row?.beginnings ?? 0 };
}

/** Beside others that record. */
export async function lockForRecord(tx: Database, type: ReceiverType): Promise<void> {
  await tx.execute(sql`select ${TIMEOUTS}, pg_advisory_xact_lock_shared(${keyOf(type)})`);
}

const TIMEOUTS = sql`set_config('idle_in_transaction_session_timeout', '5000', true), set_config('lock_timeout', '10000', true)`;

const keyOf = (type: ReceiverType) => sql`${LOCK_CLASS}::int, ${RECEIVER_TYPES.indexOf(type)}::int`;
