import { sql } from "drizzle-orm";
import type { ReceiverType } from "../../alert/notification.ts";
import { NOTIFIERS } from "./outbox-lanes.ts";

/**
 * Beginnings that PagerDuty has not taken while the episode lasted: to open an incident now would wake somebody for what is over. Not
 * those that are in flight, nor those that were not tried yet though they could have been: they go out in order. Where one may
 * have arrived, the end that follows it closes what it opened, and is dropped by PagerDuty where it opened nothing.
 */
const overBeforeTaken = sql`
  with gone as (
    select n.id, n.attempts, n.lease_owner from notifications n
    where n.state = 'pending' and n.receiver_type = 'pagerduty' and n.action <> 'resolve'
      and exists (
        select 1 from notifications ending
        where ending.episode_id = n.episode_id and ending.receiver = n.receiver and ending.state = 'pending'
          and ending.action = 'resolve' and ending.sequence > n.sequence)
      and exists (
        select 1 from notifications tried
        where tried.episode_id = n.episode_id and tried.receiver = n.receiver and tried.state = 'pending'
          and tried.sequence <= n.sequence
          and (tried.attempts > 0 or tried.created_at < now() - interval '1 minute'))
      and not exists (
        select 1 from notifications flying
        left join leases holder on holder.name = ${`${NOTIFIERS}/`} || flying.lease_owner
        where flying.episode_id = n.episode_id and flying.receiver = n.receiver and flying.state = 'pending'
          and least(flying.leased_until, holder.until) > now())
  ), unanswered as (
    insert into notification_attempts (notification_id, attempt, duration_ms, outcome, detail)
    select id, attempts, 0, 'retry', 'no answer was recorded: the sender stopped, or lost its lease, during the attempt'
    from gone where lease_owner is not null
    on conflict do nothing
  )
  update notifications n
  set state = 'superseded', maybe_sent = n.maybe_sent or n.lease_owner is not null, lease_owner = null, leased_until = null
  from gone where n.id = gone.id`;

/** Ends, and what people did, for a receiver that has heard of nothing. */
const neverHeard = (type: ReceiverType) => sql`
  update notifications n set state = 'superseded'
  where n.state = 'pending' and n.receiver_type = ${type} and n.action in ('resolve', 'acknowledge', 'note') and n.attempts = 0
    and exists (
      select 1 from notifications earlier
      where earlier.episode_id = n.episode_id and earlier.receiver = n.receiver and earlier.sequence < n.sequence)
    and not exists (
      select 1 from notifications heard
      where heard.episode_id = n.episode_id and heard.receiver = n.receiver and heard.sequence < n.sequence
        and (heard.state in ('pending', 'delivered') or heard.maybe_sent))`;

/** Statements that take out of the outbox what would tell people nothing, or wrong; in order. */
export function supersede(type: ReceiverType): readonly ReturnType<typeof sql>[] {
  return [...(type === "pagerduty" ? [overBeforeTaken] : []), neverHeard(type)];
}
