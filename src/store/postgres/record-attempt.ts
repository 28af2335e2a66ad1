import { and, eq, inArray, sql } from "drizzle-orm";
import type { AttemptResult, Bundle, ClaimedNotification } from "../../alert/notification.ts";
import { recordForAddress } from "./address-store.ts";
import type { Database } from "./database.ts";
import { recordGroupMessage } from "./group-message-store.ts";
import { lockForRecord } from "./outbox-lock.ts";
import { episodeReceivers, notificationAttempts, notifications } from "./schema.ts";

type Sent = Pick<
  ClaimedNotification,
  "id" | "attempt" | "episodeId" | "receiver" | "receiverType" | "address"
>;

/** Records an attempt and its outcome, unless the lease has gone to another worker: then the attempt alone. */
export async function recordAttempt(
  db: Database,
  sent: Sent,
  owner: string,
  result: AttemptResult,
): Promise<"recorded" | "lost"> {
  return db.transaction(async (tx) => {
    await lockForRecord(tx, sent.receiverType);
    const held = await settle(tx, [sent], owner, result);
    await recordForAddress(tx, sent, result);
    if (held.size === 0) return "lost";
    const { outcome } = result;
    if (outcome.kind === "delivered" && outcome.reference !== undefined) {
      await tx
        .update(episodeReceivers)
        .set({ reference: outcome.reference })
        .where(
          and(eq(episodeReceivers.episodeId, sent.episodeId), eq(episodeReceivers.receiver, sent.receiver)),
        );
    }
    return "recorded";
  });
}

/**
 * The same for what was sent in one message. Where its receiver refused it for what is in it, which one of them it was is not
 * known: the group is taken apart, and each episode is told by itself.
 */
export async function recordBundle(
  db: Database,
  bundle: Bundle,
  owner: string,
  result: AttemptResult,
): Promise<"recorded" | "lost"> {
  const sent = bundle.notifications;
  const { outcome } = result;
  const first = sent[0]!;
  const isTakenApart = outcome.kind === "rejected" && outcome.refusesAll !== true && sent.length > 1;
  const apart = {
    kind: "retry",
    detail: `the message of several was refused, so each is told by itself: ${outcome.detail}`,
    ambiguous: false,
  } as const;
  return db.transaction(async (tx) => {
    await lockForRecord(tx, first.receiverType);
    const held = await settle(
      tx,
      sent,
      owner,
      isTakenApart ? { ...result, outcome: apart, retryInMs: 0 } : result,
    );
    await recordForAddress(tx, first, result);
    if (held.size === 0) return "lost";
    if (isTakenApart) {
      const episodes = [...new Set(sent.map(({ episodeId }) => episodeId))];
      await tx
        .update(episodeReceivers)
        .set({ groupKey: null })
        .where(
          and(inArray(episodeReceivers.episodeId, episodes), eq(episodeReceivers.receiver, first.receiver)),
        );
    }
    if (outcome.kind === "delivered") await recordGroupMessage(tx, bundle, outcome.reference ?? null);
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
  if (held.length === 0) return new Set();
  const rows = await db
    .update(notifications)
    .set({ leasedUntil: inMs(leaseMs) })
    .where(isHeld(held, owner))
    .returning({ id: notifications.id });
  return new Set(rows.map(({ id }) => id));
}

/** Ends the attempt of those whose lease `owner` still holds, and gives their ids; notes the attempt of all. */
async function settle(
  tx: Database,
  sent: readonly Sent[],
  owner: string,
  result: AttemptResult,
): Promise<ReadonlySet<string>> {
  const held = await tx
    .update(notifications)
    .set({ ...changesOf(result), leaseOwner: null, leasedUntil: null })
    .where(isHeld(sent, owner))
    .returning({ id: notifications.id });
  await writeAttempts(tx, sent, result);
  return new Set(held.map(({ id }) => id));
}

function isHeld(held: readonly Pick<ClaimedNotification, "id" | "attempt">[], owner: string) {
  // A list of pairs would nest as deep as it is long; a thousand overflow a small stack.
  const pairs = JSON.stringify(held.map(({ id, attempt }) => ({ id, attempt })));
  return and(
    sql`(${notifications.id}, ${notifications.attempts}) in (
      select pair.id, pair.attempt from jsonb_to_recordset(${pairs}::jsonb) as pair (id text, attempt int))`,
    eq(notifications.state, "pending"),
    eq(notifications.leaseOwner, owner),
  );
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
async function writeAttempts(tx: Database, sent: readonly Sent[], result: AttemptResult): Promise<void> {
  const { outcome } = result;
  const durationMs = Math.round(result.durationMs);
  await tx
    .insert(notificationAttempts)
    .values(
      sent.map(({ id, attempt }) => ({
        notificationId: id,
        attempt,
        outcome: outcome.kind,
        detail: outcome.detail,
        durationMs,
      })),
    )
    .onConflictDoUpdate({
      target: [notificationAttempts.notificationId, notificationAttempts.attempt],
      set: { outcome: outcome.kind, detail: outcome.detail, durationMs },
    });
}

function inMs(ms: number) {
  return sql`now() + ${Math.round(ms)}::float8 * interval '1 millisecond'`;
}
