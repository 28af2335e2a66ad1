import { and, eq, sql } from "drizzle-orm";
import type { ClaimedNotification } from "../../alert/notification.ts";
import type { AttemptResult } from "../../alert/notification.ts";
import type { Database } from "./database.ts";
import { episodeReceivers, notificationAttempts, notifications } from "./schema.ts";

type Sent = Pick<ClaimedNotification, "id" | "attempt" | "episodeId" | "receiver" | "address">;

/** Records an attempt and its outcome, unless the lease has gone to another worker: then the attempt alone. */
export async function recordAttempt(
  db: Database,
  sent: Sent,
  owner: string,
  result: AttemptResult,
): Promise<"recorded" | "lost"> {
  return db.transaction(async (tx) => {
    const held = await tx
      .update(notifications)
      .set({ ...changesOf(result), leaseOwner: null, leasedUntil: null })
      .where(
        and(
          eq(notifications.id, sent.id),
          eq(notifications.state, "pending"),
          eq(notifications.leaseOwner, owner),
          eq(notifications.attempts, sent.attempt),
        ),
      )
      .returning({ id: notifications.id });
    await writeAttempt(tx, sent, result);
    if (held.length === 0) {
      return "lost";
    }
    const { outcome } = result;
    if (outcome.kind === "delivered" && outcome.reference !== undefined) {
      await tx
        .update(episodeReceivers)
        .set({ reference: outcome.reference })
        .where(
          and(eq(episodeReceivers.episodeId, sent.episodeId), eq(episodeReceivers.receiver, sent.receiver)),
        );
    }
    if (outcome.kind === "retry" && outcome.holdAddress === true) {
      await tx.execute(holdAddress(sent, result.retryInMs));
    }
    return "recorded";
  });
}

/** Prolongs the leases that `owner` still holds, and gives their ids. */
export async function extendLeases(
  db: Database,
  held: readonly Pick<ClaimedNotification, "id" | "attempt">[],
  owner: string,
  leaseMs: number,
): Promise<ReadonlySet<string>> {
  if (held.length === 0) {
    return new Set();
  }
  const rows = await db
    .update(notifications)
    .set({ leasedUntil: inMs(leaseMs) })
    .where(
      and(
        sql`(${notifications.id}, ${notifications.attempts}) in (${sql.join(
          held.map(({ id, attempt }) => sql`(${id}, ${attempt}::int)`),
          sql`, `,
        )})`,
        eq(notifications.state, "pending"),
        eq(notifications.leaseOwner, owner),
      ),
    )
    .returning({ id: notifications.id });
  return new Set(rows.map(({ id }) => id));
}

function changesOf({ outcome, retryInMs }: AttemptResult) {
  switch (outcome.kind) {
    case "delivered":
      return { state: "delivered", deliveredAt: sql`now()` } as const;
    case "rejected":
      return { state: "rejected" } as const;
    case "retry":
      return {
        nextAttemptAt: inMs(retryInMs),
        maybeSent: sql<boolean>`${notifications.maybeSent} or ${outcome.ambiguous}`,
      };
    default:
      return outcome satisfies never;
  }
}

/** Replaces what a successor noted for an attempt whose answer it did not know. */
async function writeAttempt(tx: Database, sent: Sent, result: AttemptResult): Promise<void> {
  const { outcome } = result;
  const attempt = {
    outcome: outcome.kind,
    detail: outcome.detail,
    durationMs: Math.round(result.durationMs),
  };
  await tx
    .insert(notificationAttempts)
    .values({ notificationId: sent.id, attempt: sent.attempt, ...attempt })
    .onConflictDoUpdate({
      target: [notificationAttempts.notificationId, notificationAttempts.attempt],
      set: attempt,
    });
}

/** Rows that another worker holds at this moment are left alone: it hears the same from the receiver. */
const holdAddress = (sent: Sent, holdMs: number) => sql`
  update notifications set next_attempt_at = greatest(next_attempt_at, ${inMs(holdMs)})
  where id in (
    select n.id from notifications n
    join episode_receivers r on r.episode_id = n.episode_id and r.receiver = n.receiver
    where n.state = 'pending' and n.lease_owner is null and n.receiver = ${sent.receiver}
      and r.address = ${sent.address}
    for update of n skip locked)`;

function inMs(ms: number) {
  return sql`now() + ${Math.round(ms)}::float8 * interval '1 millisecond'`;
}
