import { and, eq, inArray, sql } from "drizzle-orm";
import type { Episode } from "../../alert/episode.ts";
import type { TellingPolicy } from "../../alert/notification.ts";
import type { PlannedNotification, Told, TellingPlan, Routed } from "../../alert/telling.ts";
import { timestampMs } from "../../model/time.ts";
import type { TimestampMs } from "../../model/time.ts";
import type { Database } from "./database.ts";
import { newUuid } from "./new-uuid.ts";
import { episodeReceivers, notifications } from "./schema.ts";

/** Of episodes that older versions stored. */
const NO_POLICY: TellingPolicy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };

/** What the receivers of these episodes were told so far, by episode. */
export async function loadTold(
  db: Database,
  episodeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Told[]>> {
  const byEpisode = new Map<string, Told[]>();
  if (episodeIds.length === 0) return byEpisode;
  const rows = await db
    .select()
    .from(episodeReceivers)
    .where(inArray(episodeReceivers.episodeId, [...episodeIds]));
  for (const row of rows) {
    const told = byEpisode.get(row.episodeId) ?? [];
    told.push({
      receiver: row.receiver,
      policy: row.policy ?? NO_POLICY,
      mutedBy: row.mutedBy,
      toldState: row.toldState,
      toldAt: row.toldAt === null ? null : timestampMs(row.toldAt),
      closedAt: row.closedAt === null ? null : timestampMs(row.closedAt),
    });
    byEpisode.set(row.episodeId, told);
  }
  return byEpisode;
}

/** Writes what the plan says, and gives the ids of the notifications. Holds the episode's row: give the transaction of that. */
export async function writeTelling(
  tx: Database,
  episode: Episode,
  plan: (told: readonly Told[]) => TellingPlan,
  at: TimestampMs,
): Promise<readonly string[]> {
  const told = (await loadTold(tx, [episode.id])).get(episode.id) ?? [];
  const { added, changed, notifications: planned } = plan(told);
  if (episode.state === "firing" && told.length + added.length === 0)
    throw new Error(`no receiver was chosen for episode ${episode.id}: its alert would be lost`);
  const toldTier = episode.facts.tier;
  if (added.length > 0) {
    await tx.insert(episodeReceivers).values(
      added.map((entry) => ({
        episodeId: episode.id,
        ...entry,
        groupKey: entry.groupKey ?? digestGroup(entry, planned),
        toldTier,
      })),
    );
  }
  for (const { receiver, ...change } of changed) {
    await tx
      .update(episodeReceivers)
      .set({ ...change, toldTier })
      .where(and(eq(episodeReceivers.episodeId, episode.id), eq(episodeReceivers.receiver, receiver)));
  }
  return putIntoOutbox(tx, episode, planned, at);
}

/** What waits for the same digest is told together; in a chat, where messages stay, each digest is a message of its own. */
function digestGroup({ receiver, receiverType }: Routed, planned: readonly PlannedNotification[]) {
  const waiting = planned.find((one) => one.receiver === receiver)?.notBefore;
  if (waiting === undefined) return null;
  return JSON.stringify(["digest", ...(receiverType === "slack" ? [new Date(waiting).toISOString()] : [])]);
}

/**
 * Puts notifications to receivers of an episode into the outbox; gives their ids. A note goes only where a message can be
 * changed. Holds the episode's row: give the transaction of that.
 */
export async function putIntoOutbox(
  tx: Database,
  episode: Episode,
  planned: readonly PlannedNotification[],
  at: TimestampMs,
): Promise<readonly string[]> {
  if (planned.length === 0) return [];
  const types = await tx
    .select({ receiver: episodeReceivers.receiver, receiverType: episodeReceivers.receiverType })
    .from(episodeReceivers)
    .where(eq(episodeReceivers.episodeId, episode.id));
  const typeOf = new Map(types.map(({ receiver, receiverType }) => [receiver, receiverType]));
  const sendable = planned.filter(
    ({ receiver, action }) => action !== "note" || typeOf.get(receiver) === "slack",
  );
  if (sendable.length === 0) return [];
  const rows = sendable.map(({ receiver, action, notBefore }) => ({
    id: newUuid(at),
    episodeId: episode.id,
    receiver,
    receiverType: typeOf.get(receiver)!,
    action,
    facts: episode.facts,
    at,
    ...(notBefore === undefined ? {} : { nextAttemptAt: onDatabaseClock(notBefore - at) }),
  }));
  await tx.insert(notifications).values(rows);
  return rows.map(({ id }) => id);
}

/** To the minute, so that what waits for the same hour is due together. */
function onDatabaseClock(inMs: number) {
  return sql`date_trunc('minute', now() + ${inMs}::float8 * interval '1 millisecond' + interval '30 seconds')`;
}
