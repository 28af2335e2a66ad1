import { sql } from "drizzle-orm";
import type { ClaimRequest, ClaimedNotification, ReceiverType } from "../../alert/notification.ts";
import type { Database } from "./database.ts";
import { isStorm, joinStorm } from "./join-storm.ts";
import { lanes, type LaneOptions } from "./outbox-lanes.ts";
import { lockForClaim } from "./outbox-lock.ts";
import { readClaimed } from "./read-claimed.ts";
import { supersede } from "./supersede-notifications.ts";

export { NOTIFIERS } from "./outbox-lanes.ts";

/** Most notifications in one message. */
const MOST_IN_BUNDLE = 1_000;

/**
 * Leases what may be sent now: of each lane (episode and receiver) the first; of a group, all that is due, as one bundle. A
 * bundle of which it is not known whether it arrived is given again as it was, so that it can be recognised. Places are shared
 * out over the addresses, critical ones first, so that a storm on one takes none from another. A lease that ran out, or whose
 * owner has given no sign of life, is taken over, and the attempt that it belonged to is recorded as unanswered.
 */
const claimStatement = ({
  receiverType,
  limit,
  owner,
  leaseMs,
  perAddress,
  budget,
  bundles,
  held,
}: ClaimRequest) => sql`
  with ${lanes({
    types: [receiverType],
    bundled: bundles === true ? [receiverType] : [],
    budgets: budget === undefined ? {} : { [receiverType]: budget },
    asker: held && { owner, held },
  })}, busy as (
    select address_key, count(distinct coalesce(bundle_id, id)) as sends
    from pending where is_in_flight group by address_key
  ), units as (
    select (array_agg(id order by sequence))[1] as id, address_key, receiver, group_key, max(unclear_id) as unclear_id,
      min(sequence) as sequence, bool_or(is_critical) as is_critical, max(every) as every,
      floor(max(burst) - extract(epoch from greatest(max(paid_until), now()) - now()) / extract(epoch from max(every))) as tokens
    from heads where ready_at <= now()
    group by address_key, receiver, group_key, case when group_key is null then id end
  ), places as (
    select units.*, coalesce(busy.sends, 0)
      + row_number() over (partition by address_key order by is_critical desc, sequence) as place
    from units left join busy using (address_key)
  ), chosen as materialized (
    select * from places
    where place <= ${perAddress ?? 1_000_000}::int and (tokens is null or place <= tokens)
    order by is_critical desc, place, sequence limit ${limit}::int
  ), due as materialized (
    select p.id, p.attempts, p.lease_owner, null as bundle_id
    from chosen c join pending p on p.id = c.id where c.group_key is null
    union all
    select * from (
      select p.id, p.attempts, p.lease_owner, coalesce(c.unclear_id, c.id) as bundle_id
      from chosen c join pending p on p.receiver = c.receiver and p.group_key = c.group_key
      where p.lane_due_at <= now() and (c.unclear_id is null or p.bundle_id = c.unclear_id)
      order by p.sequence limit ${MOST_IN_BUNDLE}
    ) grouped
  ), paid as (
    insert into delivery_addresses (key, paid_until)
    select address_key, now() + count(*) * max(every) from chosen where every is not null group by address_key
    on conflict (key) do update
    set paid_until = greatest(delivery_addresses.paid_until, now()) + (excluded.paid_until - now())
  ), unanswered as (
    insert into notification_attempts (notification_id, attempt, duration_ms, outcome, detail)
    select id, attempts, 0, 'retry', 'no answer was recorded: the sender stopped, or lost its lease, during the attempt'
    from due where lease_owner is not null
    on conflict do nothing
  )
  update notifications n
  set attempts = n.attempts + 1,
    maybe_sent = n.maybe_sent or n.lease_owner is not null,
    bundle_id = due.bundle_id,
    lease_owner = ${owner},
    leased_until = now() + ${leaseMs}::float8 * interval '1 millisecond'
  from due where n.id = due.id
  returning n.id`;

/**
 * Claims up to `limit` messages for receivers of one type; the most urgent first. Notifications with the same `bundleId` are one
 * message. One claim at a time, and none while an outcome is recorded: each sees all that was decided before.
 */
export async function claimNotifications(
  db: Database,
  request: ClaimRequest,
): Promise<readonly ClaimedNotification[]> {
  return db.transaction(async (tx) => {
    const { receiverType, bundles } = request;
    const { hasEnds, beginnings } = await lockForClaim(tx, receiverType);
    for (const statement of hasEnds ? supersede(receiverType) : []) await tx.execute(statement);
    if (bundles === true && isStorm(receiverType, beginnings)) await tx.execute(joinStorm(receiverType));
    const claimed = await selectRows<{ id: string }>(tx, claimStatement(request));
    return readClaimed(
      tx,
      claimed.map(({ id }) => id),
    );
  });
}

/**
 * Milliseconds until something can be claimed, by type: when the first head of a lane is due, free of leases, and its address and
 * group may be told. 0 when something is; types of which nothing is pending are left out.
 */
export async function dueInMs(
  db: Database,
  types: readonly ReceiverType[],
  options: Partial<Omit<LaneOptions, "types">> = {},
): Promise<ReadonlyMap<ReceiverType, number>> {
  const { bundled = [], budgets = {}, asker } = options;
  const rows = await selectRows<{ receiver_type: ReceiverType; due_in_ms: string | number }>(
    db,
    sql`
      with ${lanes({ types, bundled, budgets, asker })}
      select receiver_type, extract(epoch from min(ready_at) - now()) * 1000 as due_in_ms
      from heads group by receiver_type`,
  );
  return new Map(rows.map((row) => [row.receiver_type, Math.max(0, Math.ceil(Number(row.due_in_ms)))]));
}

/** The rows of a statement of our own; both drivers answer with `{ rows }`. */
export async function selectRows<Row>(
  db: Database,
  statement: ReturnType<typeof sql>,
): Promise<readonly Row[]> {
  const result: unknown = await db.execute(statement);
  return (result as { readonly rows: readonly Row[] }).rows;
}
