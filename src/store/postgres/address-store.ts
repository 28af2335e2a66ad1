import { sql } from "drizzle-orm";
import type { AttemptResult, ClaimedNotification } from "../../alert/notification.ts";
import type { Database } from "./database.ts";
import { addressKey } from "./outbox-lanes.ts";

/**
 * What an attempt tells of its address, whatever receiver it was for: that it is to be left alone for a while (everything that
 * goes there waits, also what is yet to come), that it fails, or that it works again.
 */
export async function recordForAddress(
  tx: Database,
  { receiverType, address }: Pick<ClaimedNotification, "receiverType" | "address">,
  { outcome, retryInMs }: AttemptResult,
): Promise<void> {
  const key = addressKey(sql`${receiverType}::text`, sql`${address}::text`);
  if (outcome.kind === "delivered") {
    await tx.execute(
      sql`update delivery_addresses set failing_since = null where key = ${key} and failing_since is not null`,
    );
    return;
  }
  if (outcome.kind !== "retry") return;
  const heldUntil =
    outcome.holdAddress === true
      ? sql`now() + ${Math.round(retryInMs)}::float8 * interval '1 millisecond'`
      : sql`null::timestamptz`;
  await tx.execute(sql`
    insert into delivery_addresses (key, held_until, failing_since) values (${key}, ${heldUntil}, now())
    on conflict (key) do update set
      held_until = greatest(delivery_addresses.held_until, excluded.held_until),
      failing_since = coalesce(delivery_addresses.failing_since, excluded.failing_since)`);
}

/** Forgets addresses that nothing has happened to for a day, and messages of groups that were closed a month ago. */
export async function pruneDeliveryState(db: Database): Promise<void> {
  await db.execute(sql`
    delete from delivery_addresses
    where greatest(paid_until, held_until, failing_since) < now() - interval '1 day'
      and not exists (
        select 1 from notifications n join episode_receivers r on r.episode_id = n.episode_id and r.receiver = n.receiver
        where n.state = 'pending' and ${addressKey(sql`n.receiver_type`, sql`r.address`)} = delivery_addresses.key)`);
  await db.execute(sql`delete from group_messages where closed_at < now() - interval '30 days'`);
}
