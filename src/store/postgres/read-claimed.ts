import { eq, inArray, sql } from "drizzle-orm";
import type { ClaimedNotification, Handling } from "../../alert/notification.ts";
import type { NotificationContext } from "../../alert/notification-context.ts";
import { timestampMs } from "../../model/time.ts";
import type { Database } from "./database.ts";
import { readHandling } from "./read-handling.ts";
import { episodeReceivers, episodes, notifications } from "./schema.ts";

/** A receiver that never took the beginning has to hear of it with what comes next. */
const heardNothing = sql<boolean>`not exists (
  select 1 from notifications heard
  where heard.episode_id = ${notifications.episodeId} and heard.receiver = ${notifications.receiver}
    and heard.sequence < ${notifications.sequence} and heard.state in ('delivered', 'pending'))`;

/** Notifications with all that their senders need; critical ones first, then in order. */
export async function readClaimed(
  db: Database,
  ids: readonly string[],
): Promise<readonly ClaimedNotification[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select({
      notification: notifications,
      episode: episodes,
      told: episodeReceivers,
      earlier: earlierContext,
      heardNothing,
    })
    .from(notifications)
    .innerJoin(episodes, eq(episodes.id, notifications.episodeId))
    .innerJoin(
      episodeReceivers,
      sql`${episodeReceivers.episodeId} = ${notifications.episodeId} and ${episodeReceivers.receiver} = ${notifications.receiver}`,
    )
    .where(inArray(notifications.id, [...ids]))
    .orderBy(sql`${episodes.severity} = 'critical' desc`, notifications.sequence);
  const handlingOf = await readHandling(
    db,
    rows.map(({ episode }) => episode.id),
  );
  return rows.map((row) => ({ ...toClaimed(row), ...handled(handlingOf.get(row.episode.id)) }));
}

function handled(handling: Handling | undefined): Pick<ClaimedNotification, "handling"> {
  return handling === undefined ? {} : { handling };
}

/** The newest context that the episode was told with. */
const earlierContext = sql<NotificationContext | null>`(
  select c.context from notifications c
  where c.episode_id = ${episodes.id} and c.context is not null and c.sequence < ${notifications.sequence}
  order by c.sequence desc limit 1)`;

/** Its own, or the one before. */
function contextOf(own: NotificationContext | null, earlier: NotificationContext | null) {
  const context = own ?? earlier;
  return context === null ? {} : { context, ...(own === null ? { isContextEarlier: true } : {}) };
}

function toClaimed(row: {
  readonly notification: typeof notifications.$inferSelect;
  readonly episode: typeof episodes.$inferSelect;
  readonly told: typeof episodeReceivers.$inferSelect;
  readonly earlier: NotificationContext | null;
  readonly heardNothing: boolean;
}): ClaimedNotification {
  const { notification, episode, told } = row;
  const { action } = notification;
  return {
    id: notification.id,
    episodeId: episode.id,
    receiver: notification.receiver,
    receiverType: notification.receiverType,
    address: told.address,
    action: row.heardNothing && (action === "update" || action === "remind") ? "trigger" : action,
    attempt: notification.attempts,
    maybeSent: notification.maybeSent,
    reference: told.reference,
    sloName: episode.sloName,
    alertKey: episode.alertKey,
    severity: episode.severity,
    facts: notification.facts,
    ...contextOf(notification.context, row.earlier),
    at: timestampMs(notification.at),
    startedAt: timestampMs(episode.startedAt),
    firedAt: timestampMs(episode.firedAt ?? episode.startedAt),
    resolution: notification.action === "resolve" ? episode.resolution : null,
    createdAt: timestampMs(notification.createdAt.getTime()),
    bundleId: notification.bundleId,
  };
}
