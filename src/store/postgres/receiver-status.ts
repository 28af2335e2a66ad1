import { sql } from "drizzle-orm";
import { selectRows } from "./claim-notifications.ts";
import type { Database } from "./database.ts";

/** How deliveries to one receiver go. */
export interface ReceiverStatus {
  readonly receiver: string;
  readonly receiverType: string;
  /** Still to be delivered. */
  readonly pending: number;
  /** Refused for good. */
  readonly setAside: number;
  /** Among the latest notifications. */
  readonly lastDeliveredAt: Date | null;
  readonly lastError: { readonly at: Date; readonly detail: string } | null;
}

/** Further back nobody looks. */
const LATEST = 20_000;

const statement = sql`
  with latest as (select * from notifications order by sequence desc limit ${LATEST}),
  undelivered as (
    select receiver, max(receiver_type) as receiver_type,
      count(*) filter (where state = 'pending')::int as pending,
      count(*) filter (where state = 'rejected')::int as set_aside
    from notifications where state in ('pending', 'rejected') group by receiver),
  delivered as (
    select receiver, max(receiver_type) as receiver_type, max(delivered_at) as at
    from latest where state = 'delivered' group by receiver),
  failed as (
    select distinct on (n.receiver) n.receiver, n.receiver_type, a.at, a.detail
    from latest n join notification_attempts a on a.notification_id = n.id
    where a.outcome <> 'delivered' order by n.receiver, a.at desc)
  select receiver, coalesce(u.receiver_type, d.receiver_type, f.receiver_type) as receiver_type,
    coalesce(u.pending, 0) as pending, coalesce(u.set_aside, 0) as set_aside,
    extract(epoch from d.at) * 1000 as delivered_ms, extract(epoch from f.at) * 1000 as failed_ms, f.detail
  from undelivered u full join delivered d using (receiver) full join failed f using (receiver)
  order by receiver`;

/** Of every receiver that anything was for lately, by name; also of those that are no longer set up. */
export async function readReceiverStatus(db: Database): Promise<readonly ReceiverStatus[]> {
  const rows = await selectRows<{
    receiver: string;
    receiver_type: string;
    pending: number;
    set_aside: number;
    delivered_ms: string | number | null;
    failed_ms: string | number | null;
    detail: string | null;
  }>(db, statement);
  return rows.map((row) => ({
    receiver: row.receiver,
    receiverType: row.receiver_type,
    pending: row.pending,
    setAside: row.set_aside,
    lastDeliveredAt: row.delivered_ms === null ? null : new Date(Number(row.delivered_ms)),
    lastError:
      row.failed_ms === null ? null : { at: new Date(Number(row.failed_ms)), detail: row.detail ?? "" },
  }));
}
