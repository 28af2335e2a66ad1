import { sql } from "drizzle-orm";
import type { ReceiverType } from "../../alert/notification.ts";

/** The group of what comes all at once and belongs to no other; as a route would write it. */
export const STORM_GROUP = '["storm"]';

/** Receivers for people: more messages at once than these are not read. */
const READ_BY_PEOPLE: ReadonlySet<ReceiverType> = new Set(["slack", "email"]);
const MOST_AT_ONCE = 10;

/** Whether alerts to that type of receiver are thrown together when so many begin at once. */
export const isStorm = (type: ReceiverType, beginnings: number): boolean =>
  READ_BY_PEOPLE.has(type) && beginnings > MOST_AT_ONCE;

/**
 * Where more than ten beginnings of one receiver are due and nobody has tried to send them yet, those that have no group get one
 * in common, and stay in it.
 */
export const joinStorm = (type: ReceiverType) => sql`
  update episode_receivers r set group_key = ${STORM_GROUP}
  from (
    select n.episode_id, n.receiver, count(*) over (partition by n.receiver, told.address) as together
    from notifications n
    join episode_receivers told on told.episode_id = n.episode_id and told.receiver = n.receiver
    where n.state = 'pending' and n.receiver_type = ${type} and n.next_attempt_at <= now()
      and n.action = 'trigger' and n.attempts = 0 and told.group_key is null and told.reference is null
      and not exists (
        select 1 from notifications earlier
        where earlier.episode_id = n.episode_id and earlier.receiver = n.receiver and earlier.sequence < n.sequence
          and (earlier.state = 'pending' or earlier.maybe_sent))
  ) waiting
  where waiting.together > ${MOST_AT_ONCE} and r.episode_id = waiting.episode_id and r.receiver = waiting.receiver`;
