import { sql } from "drizzle-orm";
import type { Bundle, ClaimedNotification, GroupSoFar, MessageReference } from "../../alert/notification.ts";
import { selectRows } from "./claim-notifications.ts";
import { timestampMs } from "../../model/time.ts";
import type { Database } from "./database.ts";
import { readClaimed } from "./read-claimed.ts";

/** The group of a bundle, and its newest message: open until all that it tells of is over. */
const messageStatement = (bundleId: string) => sql`
  select r.receiver, r.group_key as route_key, r.group_key || ' ' || md5(r.address) as key,
    m.opened_at::text as opened_at, m.reference
  from notifications n
  join episode_receivers r on r.episode_id = n.episode_id and r.receiver = n.receiver
  left join lateral (
    select * from group_messages m
    where m.receiver = r.receiver and m.group_key = r.group_key || ' ' || md5(r.address)
    order by m.opened_at desc limit 1
  ) m on m.closed_at is null
  where n.id = ${bundleId}`;

interface MessageRow {
  readonly receiver: string;
  readonly route_key: string;
  readonly key: string;
  /** As Postgres writes it, with all its digits. */
  readonly opened_at: string | null;
  readonly reference: MessageReference | null;
}

/**
 * The newest notification of each episode that the open message of the group tells of, the bundle's included; a note only
 * changes how an episode looks, not whether it goes on.
 */
const latestStatement = (row: MessageRow, ids: readonly string[]) => sql`
  select distinct on (n.episode_id) n.id
  from episode_receivers r
  join notifications n on n.episode_id = r.episode_id and n.receiver = r.receiver
  where r.receiver = ${row.receiver} and r.group_key = ${row.route_key}
    and r.group_key || ' ' || md5(r.address) = ${row.key}
    and (n.id in (${sql.join(
      ids.map((id) => sql`${id}`),
      sql`, `,
    )})
      or (n.state = 'delivered' and n.delivered_at >= ${row.opened_at}::timestamptz))
  order by n.episode_id, n.action = 'note', n.sequence desc`;

/** A bundle with what its group was told so far. `notifications`: what was claimed with the same `bundleId`, in that order. */
export async function readBundle(
  db: Database,
  notifications: readonly ClaimedNotification[],
): Promise<Bundle> {
  const first = notifications[0]!;
  const id = first.bundleId ?? first.id;
  return {
    id,
    notifications,
    maybeSent: notifications.some(({ maybeSent }) => maybeSent),
    createdAt: timestampMs(Math.min(...notifications.map(({ createdAt }) => createdAt))),
    group: await readGroup(db, id, notifications),
  };
}

async function readGroup(
  db: Database,
  id: string,
  bundled: readonly ClaimedNotification[],
): Promise<GroupSoFar> {
  const message = (await selectRows<MessageRow>(db, messageStatement(id)))[0];
  if (message === undefined) return { key: "", reference: null, latest: bundled };
  const ids = await selectRows<{ id: string }>(
    db,
    latestStatement(
      message,
      bundled.map((notification) => notification.id),
    ),
  );
  const latest = await readClaimed(
    db,
    ids.map((row) => row.id),
  );
  return { key: message.route_key, reference: message.reference, latest: latest.toSorted(worstFirst) };
}

function worstFirst(a: ClaimedNotification, b: ClaimedNotification): number {
  const rank = ({ action, severity }: ClaimedNotification): number =>
    (action === "resolve" ? 2 : 0) + (severity === "critical" ? 0 : 1);
  const burn = ({ facts }: ClaimedNotification): number => facts.shortBurnRate ?? facts.longBurnRate ?? 0;
  return rank(a) - rank(b) || burn(b) - burn(a) || a.startedAt - b.startedAt;
}

/** Notes that the group was told; the message is closed when all that it tells of is over. */
export async function recordGroupMessage(
  tx: Database,
  { id, group }: Bundle,
  reference: MessageReference | null,
): Promise<void> {
  const message = (await selectRows<MessageRow>(tx, messageStatement(id)))[0];
  if (message === undefined) return;
  const isOver = group.latest.every(({ action }) => action === "resolve");
  const told = sql`${reference === null ? null : JSON.stringify(reference)}::jsonb`;
  await tx.execute(sql`
    insert into group_messages (receiver, group_key, opened_at, reference, last_sent_at, closed_at)
    values (${message.receiver}, ${message.key}, coalesce(${message.opened_at}::timestamptz, now()), ${told}, now(),
      case when ${isOver} then now() end)
    on conflict (receiver, group_key, opened_at) do update set
      reference = coalesce(excluded.reference, group_messages.reference),
      last_sent_at = excluded.last_sent_at, closed_at = excluded.closed_at`);
}
