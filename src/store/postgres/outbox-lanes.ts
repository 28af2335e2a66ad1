import { sql } from "drizzle-orm";
import type { AddressBudget, Asker, ReceiverType } from "../../alert/notification.ts";
import { STORM_GROUP } from "./join-storm.ts";

/** The group of processes that send. */
export const NOTIFIERS = "notifiers";

/** How the outbox is shared out. */
export interface LaneOptions {
  readonly types: readonly ReceiverType[];
  /** Types whose groups are sent in one message; groups of others count for nothing. */
  readonly bundled: readonly ReceiverType[];
  /** No bound where a type has none. */
  readonly budgets: Readonly<Partial<Record<ReceiverType, AddressBudget>>>;
  /** Who asks, and what it is sending: a lease of its own beside those is of a claim whose answer was lost. */
  readonly asker?: Asker | undefined;
}

/** Between two messages to what was thrown together in a storm. */
const STORM_INTERVAL_MS = 30_000;

const milliseconds = sql`interval '1 millisecond'`;

/** Identifies an address, which may be a secret. */
export const addressKey = (type: unknown, address: unknown) => sql`${type} || ':' || md5(${address})`;

/**
 * The outbox as `with` clauses:
 * - `pending`: every notification that waits, with its place in its lane (episode and receiver), its address and its group;
 *   a group ends where the address does, as a receiver's address may change;
 * - `group_waits`: groups with something to tell, and when they may be told: not while a bundle of theirs is in flight or waits for
 *   its next attempt, and not before the interval has passed since the last message, unless all are over: that is told at once;
 * - `heads`: the first of each lane, and when it may be claimed (`ready_at`).
 */
export const lanes = ({ types, bundled, budgets, asker }: LaneOptions) => sql`
  budgets (receiver_type, every, burst) as (
    values (null::text, null::interval, null::float8) ${sql.join(
      Object.entries(budgets).map(
        ([type, { everyMs, burst }]) =>
          sql`, (${type}, ${everyMs}::float8 * ${milliseconds}, ${burst}::float8)`,
      ),
      sql``,
    )}
  ), pending as materialized (
    select n.id, n.sequence, n.episode_id, n.receiver, n.receiver_type, n.attempts, n.maybe_sent, n.lease_owner, n.bundle_id,
      ${addressKey(sql`n.receiver_type`, sql`r.address`)} as address_key,
      case when n.receiver_type in (${textList(bundled)}) then r.group_key || ' ' || md5(r.address) end as group_key,
      r.group_key as route_key, r.address,
      greatest((r.policy->>'groupIntervalMs')::float8, case when r.group_key = ${STORM_GROUP} then ${STORM_INTERVAL_MS}::float8 else 0 end)
        * ${milliseconds} as group_interval,
      e.severity = 'critical' as is_critical,
      coalesce(lease.until > now(), false) as is_in_flight,
      greatest(n.next_attempt_at, lease.until) as free_at,
      row_number() over lane = 1 as is_head,
      max(n.next_attempt_at) over lane as lane_due_at
    from notifications n
    join episodes e on e.id = n.episode_id
    join episode_receivers r on r.episode_id = n.episode_id and r.receiver = n.receiver
    left join leases holder on holder.name = ${`${NOTIFIERS}/`} || n.lease_owner
    cross join lateral (select case when ${isLost(asker)} then null else least(n.leased_until, holder.until) end as until) lease
    where n.state = 'pending' and n.receiver_type in (${textList(types)})
    window lane as (partition by n.episode_id, n.receiver order by n.sequence)
  ), group_waits as materialized (
    select g.receiver, g.group_key, g.unclear_id,
      greatest(g.bundle_free_at, case when exists (
        select 1 from episode_receivers other join episodes firing on firing.id = other.episode_id
        where other.receiver = g.receiver and other.group_key = g.route_key and other.address = g.address
          and firing.state = 'firing')
      then message.last_sent_at + g.group_interval end) as ready_at
    from (
      select receiver, group_key, route_key, address, max(group_interval) as group_interval,
        max(free_at) filter (where bundle_id is not null) as bundle_free_at,
        max(bundle_id) filter (where maybe_sent or lease_owner is not null) as unclear_id
      from pending where group_key is not null group by receiver, group_key, route_key, address
    ) g
    left join lateral (
      select m.last_sent_at from group_messages m
      where m.receiver = g.receiver and m.group_key = g.group_key order by m.opened_at desc limit 1
    ) message on true
  ), heads as materialized (
    select p.*, b.every, b.burst, a.paid_until, w.unclear_id,
      greatest(p.free_at, w.ready_at, a.held_until, a.paid_until - (b.burst - 1) * b.every) as ready_at
    from pending p
    left join group_waits w on w.receiver = p.receiver and w.group_key = p.group_key
    left join delivery_addresses a on a.key = p.address_key
    left join budgets b on b.receiver_type = p.receiver_type
    where p.is_head
  )`;

function isLost(asker: Asker | undefined) {
  return asker === undefined
    ? sql`false`
    : sql`n.lease_owner = ${asker.owner} and (n.id in (${textList(asker.held)})) is not true`;
}

/** For `in`; of nothing, something that nothing equals. */
function textList(values: readonly string[]) {
  return values.length === 0
    ? sql`null`
    : sql.join(
        values.map((value) => sql`${value}`),
        sql`, `,
      );
}
