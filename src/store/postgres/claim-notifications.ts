import { eq, inArray, sql } from "drizzle-orm";
import { timestampMs } from "../../model/time.ts";
import type { ClaimRequest, ClaimedNotification, ReceiverType } from "../../alert/notification.ts";
import type { NotificationContext } from "../../alert/notification-context.ts";
import type { Database } from "./database.ts";
import { episodeReceivers, episodes, notifications } from "./schema.ts";

/** The group of processes that send. */
export const NOTIFIERS = "notifiers";

/**
 * Leases, for receivers of one type, the first pending notification of each episode and receiver that is due: critical ones first, then in order of
 * creation. What another worker is claiming at this moment is skipped; a lease that ran out, or whose owner has given no sign
 * of life, is taken over, and the attempt that it belonged to is recorded as unanswered. Every time is the database's.
 */
const claimStatement = (type: ReceiverType, limit: number, owner: string, leaseMs: number) => sql`
  with due as (
    select n.id, n.attempts, n.lease_owner
    from notifications n
    join episodes e on e.id = n.episode_id
    where n.state = 'pending' and n.receiver_type = ${type} and n.next_attempt_at <= now()
      and (n.leased_until is null or n.leased_until <= now() or exists (
        select 1 from leases gone where gone.name = ${`${NOTIFIERS}/`} || n.lease_owner and gone.until <= now()))
      and not exists (
        select 1 from notifications earlier
        where earlier.episode_id = n.episode_id and earlier.receiver = n.receiver
          and earlier.state = 'pending' and earlier.sequence < n.sequence)
    order by e.severity = 'critical' desc, n.sequence
    limit ${limit}
    for update of n skip locked
  ), unanswered as (
    insert into notification_attempts (notification_id, attempt, duration_ms, outcome, detail)
    select id, attempts, 0, 'retry', 'no answer was recorded: the sender stopped, or lost its lease, during the attempt'
    from due where lease_owner is not null
    on conflict do nothing
  )
  update notifications n
  set attempts = n.attempts + 1,
    maybe_sent = n.maybe_sent or n.lease_owner is not null,
    lease_owner = ${owner},
    leased_until = now() + ${leaseMs}::float8 * interval '1 millisecond'
  from due where n.id = due.id
  returning n.id`;

/** Claims up to `limit` notifications of receivers of one type; the most urgent first. */
export async function claimNotifications(
  db: Database,
  { receiverType, limit, owner, leaseMs }: ClaimRequest,
): Promise<readonly ClaimedNotification[]> {
  const claimed = await selectRows<{ id: string }>(db, claimStatement(receiverType, limit, owner, leaseMs));
  if (claimed.length === 0) {
    return [];
  }
  const rows = await db
    .select({
      notification: notifications,
      episode: episodes,
      told: episodeReceivers,
      earlier: earlierContext,
    })
    .from(notifications)
    .innerJoin(episodes, eq(episodes.id, notifications.episodeId))
    .innerJoin(
      episodeReceivers,
      sql`${episodeReceivers.episodeId} = ${notifications.episodeId} and ${episodeReceivers.receiver} = ${notifications.receiver}`,
    )
    .where(
      inArray(
        notifications.id,
        claimed.map(({ id }) => id),
      ),
    )
    .orderBy(sql`${episodes.severity} = 'critical' desc`, notifications.sequence);
  return rows.map(toClaimed);
}

/**
 * Milliseconds until something can be claimed: the first due time, or end of a lease, among the heads of all lanes. 0 when
 * something is due, undefined when nothing is pending.
 */
export async function nextDueInMs(db: Database, types: readonly ReceiverType[]): Promise<number | undefined> {
  const statement = sql`
    select extract(epoch from min(greatest(n.next_attempt_at, least(n.leased_until, holder.until))) - now()) * 1000 as due_in_ms
    from notifications n
    left join leases holder on holder.name = ${`${NOTIFIERS}/`} || n.lease_owner
    where n.state = 'pending' and n.receiver_type in (${sql.join(
      types.map((type) => sql`${type}`),
      sql`, `,
    )})
      and not exists (
        select 1 from notifications earlier
        where earlier.episode_id = n.episode_id and earlier.receiver = n.receiver
          and earlier.state = 'pending' and earlier.sequence < n.sequence)`;
  const dueInMs = (await selectRows<{ due_in_ms: string | number | null }>(db, statement))[0]?.due_in_ms;
  return dueInMs === null || dueInMs === undefined ? undefined : Math.max(0, Math.ceil(Number(dueInMs)));
}

/** The rows of a statement of our own; both drivers answer with `{ rows }`. */
export async function selectRows<Row>(
  db: Database,
  statement: ReturnType<typeof sql>,
): Promise<readonly Row[]> {
  const result: unknown = await db.execute(statement);
  return (result as { readonly rows: readonly Row[] }).rows;
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
}): ClaimedNotification {
  const { notification, episode, told } = row;
  return {
    id: notification.id,
    episodeId: episode.id,
    receiver: notification.receiver,
    receiverType: notification.receiverType,
    address: told.address,
    action: notification.action,
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
    bundleId: null,
  };
}
