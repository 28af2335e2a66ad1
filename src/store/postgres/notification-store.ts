import { and, asc, desc, eq, inArray, isNotNull, lt, sql } from "drizzle-orm";
import type { NotificationAction } from "../../alert/episode.ts";
import { RECEIVER_TYPES } from "../../alert/notification.ts";
import type { ReceiverType } from "../../alert/notification.ts";
import { timestampMs } from "../../model/time.ts";
import type { TimestampMs } from "../../model/time.ts";
import type { OutboxStore } from "../../notify/outbox-ports.ts";
import { claimNotifications, dueInMs, selectRows } from "./claim-notifications.ts";
import type { Database } from "./database.ts";
import { readBundle } from "./group-message-store.ts";
import { extendLeases, recordAttempt, recordBundle } from "./record-attempt.ts";
import { episodes, notificationAttempts, notifications } from "./schema.ts";

type NotificationState = "pending" | "delivered" | "rejected" | "superseded";

/** One notification with what was tried; holds no address, so it can be shown. */
export interface NotificationRecord {
  readonly id: string;
  readonly episodeId: string;
  readonly sloName: string;
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  readonly action: NotificationAction;
  readonly state: NotificationState;
  /** When the episode changed. */
  readonly at: TimestampMs;
  readonly createdAt: TimestampMs;
  /** Null unless pending. */
  readonly nextAttemptAt: TimestampMs | null;
  readonly deliveredAt: TimestampMs | null;
  /** Oldest first. */
  readonly attempts: readonly {
    readonly attempt: number;
    readonly at: TimestampMs;
    readonly durationMs: number;
    readonly outcome: "delivered" | "retry" | "rejected";
    readonly detail: string;
  }[];
}

interface NotificationFilter {
  readonly state?: NotificationState | undefined;
  readonly receiver?: string | undefined;
  readonly slo?: string | undefined;
  readonly episodeId?: string | undefined;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

interface NotificationPage {
  /** Newest first. */
  readonly notifications: readonly NotificationRecord[];
  readonly nextCursor: string | null;
}

interface OutboxCounts {
  readonly pendingByType: Readonly<Record<ReceiverType, number>>;
  /** Age of the oldest pending notification; 0 when none is. */
  readonly oldestPendingMs: number;
  readonly rejected: number;
  /** By the receiver's name: those with neither are left out. `late`: due more than a minute ago. */
  readonly byReceiver: readonly {
    readonly receiver: string;
    readonly late: number;
    readonly rejected: number;
  }[];
}

export interface NotificationStore extends OutboxStore {
  list(filter: NotificationFilter): Promise<NotificationPage>;
  /** For metrics. */
  counts(): Promise<OutboxCounts>;
  /**
   * Ends every lease now. Only for a process that knows it is the only one, at its start: what its predecessor was sending
   * when it was killed need not wait for the lease to run out.
   */
  endAllLeases(): Promise<number>;
}

/** The outbox in Postgres; correct with any number of workers. */
export function createNotificationStore(db: Database): NotificationStore {
  return {
    claim: (claim) => claimNotifications(db, claim),
    dueInMs: (types, options) => dueInMs(db, types, options),
    readBundle: (claimed) => readBundle(db, claimed),
    extend: (held, owner, leaseMs) => extendLeases(db, held, owner, leaseMs),
    record: (notification, owner, result) => recordAttempt(db, notification, owner, result),
    recordBundle: (bundle, owner, result) => recordBundle(db, bundle, owner, result),
    list: (filter) => list(db, filter),
    counts: () => count(db),
    endAllLeases: async () => {
      const ended = await db
        .update(notifications)
        .set({ leasedUntil: sql`now() - interval '1 second'` })
        .where(and(eq(notifications.state, "pending"), isNotNull(notifications.leaseOwner)))
        .returning({ id: notifications.id });
      return ended.length;
    },
  };
}

async function list(db: Database, filter: NotificationFilter): Promise<NotificationPage> {
  const before = /^\d{1,15}$/.test(filter.cursor ?? "") ? Number(filter.cursor) : undefined;
  const rows = await db
    .select({ notification: notifications, sloName: episodes.sloName })
    .from(notifications)
    .innerJoin(episodes, eq(episodes.id, notifications.episodeId))
    .where(
      and(
        filter.state && eq(notifications.state, filter.state),
        filter.receiver === undefined ? undefined : eq(notifications.receiver, filter.receiver),
        filter.slo === undefined ? undefined : eq(episodes.sloName, filter.slo),
        filter.episodeId === undefined ? undefined : eq(notifications.episodeId, filter.episodeId),
        before === undefined ? undefined : lt(notifications.sequence, before),
      ),
    )
    .orderBy(desc(notifications.sequence))
    .limit(filter.limit + 1);
  const page = rows.slice(0, filter.limit);
  const attempts = await loadAttempts(
    db,
    page.map(({ notification }) => notification.id),
  );
  const last = page.at(-1);
  return {
    notifications: page.map((row) => toRecord(row, attempts.get(row.notification.id) ?? [])),
    nextCursor: rows.length > page.length && last ? String(last.notification.sequence) : null,
  };
}

async function loadAttempts(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NotificationRecord["attempts"][number][]>> {
  const byId = new Map<string, NotificationRecord["attempts"][number][]>();
  if (ids.length === 0) {
    return byId;
  }
  const rows = await db
    .select()
    .from(notificationAttempts)
    .where(inArray(notificationAttempts.notificationId, [...ids]))
    .orderBy(asc(notificationAttempts.notificationId), asc(notificationAttempts.attempt));
  for (const { notificationId, at, ...attempt } of rows) {
    const attempts = byId.get(notificationId) ?? [];
    attempts.push({ ...attempt, at: timestampMs(at.getTime()) });
    byId.set(notificationId, attempts);
  }
  return byId;
}

function toRecord(
  row: { readonly notification: typeof notifications.$inferSelect; readonly sloName: string },
  attempts: NotificationRecord["attempts"],
): NotificationRecord {
  const { notification, sloName } = row;
  const { id, episodeId, receiver, receiverType, action, state, nextAttemptAt, deliveredAt } = notification;
  return {
    id,
    episodeId,
    sloName,
    receiver,
    receiverType,
    action,
    state,
    at: timestampMs(notification.at),
    createdAt: timestampMs(notification.createdAt.getTime()),
    nextAttemptAt: state === "pending" ? timestampMs(nextAttemptAt.getTime()) : null,
    deliveredAt: deliveredAt && timestampMs(deliveredAt.getTime()),
    attempts,
  };
}

async function count(db: Database): Promise<OutboxCounts> {
  const rows = await selectRows<{
    state: string;
    receiver_type: ReceiverType;
    depth: number | string;
    age: number | string;
  }>(
    db,
    sql`
      select state, receiver_type, count(*)::int as depth,
        coalesce(extract(epoch from now() - min(created_at)) * 1000, 0)::float8 as age
      from notifications where state in ('pending', 'rejected') group by state, receiver_type`,
  );
  const depthOf = (state: string, type: ReceiverType): number =>
    Number(rows.find((row) => row.state === state && row.receiver_type === type)?.depth ?? 0);
  const ages = rows.filter(({ state }) => state === "pending").map(({ age }) => Number(age));
  return {
    pendingByType: Object.fromEntries(
      RECEIVER_TYPES.map((type) => [type, depthOf("pending", type)]),
    ) as Record<ReceiverType, number>,
    oldestPendingMs: Math.max(0, ...ages),
    rejected: RECEIVER_TYPES.reduce((sum, type) => sum + depthOf("rejected", type), 0),
    byReceiver: await countByReceiver(db),
  };
}

async function countByReceiver(db: Database): Promise<OutboxCounts["byReceiver"]> {
  return selectRows(
    db,
    sql`
      select receiver, count(*) filter (where state = 'rejected')::int as rejected,
        count(*) filter (where state = 'pending' and created_at < now() - interval '1 minute'
          and (attempts > 0 or next_attempt_at < now() - interval '1 minute'))::int as late
      from notifications where state in ('pending', 'rejected') group by receiver`,
  );
}
