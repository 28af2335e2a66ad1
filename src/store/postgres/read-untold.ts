import { sql } from "drizzle-orm";
import type { ReceiverType } from "../../alert/notification.ts";
import { selectRows } from "./claim-notifications.ts";
import type { Database } from "./database.ts";

/** Notifications that should have been delivered by now, of one receiver. */
export interface UndeliveredRow {
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  readonly waiting: number;
  readonly oldestMs: number;
  readonly refused: number;
  readonly lastAnswer: string;
}

/** What waits for its hour is not late: only what was tried, or has been due for long. */
const IS_DUE = sql`(n.attempts > 0 or n.next_attempt_at < now() - interval '1 minute')`;

/**
 * Per receiver: what has waited for longer than `lateMs` though it was due, and how many episodes it refused for good that
 * still fire and nobody was told of. Receivers without either are left out.
 */
export async function readUndelivered(db: Database, lateMs: number): Promise<readonly UndeliveredRow[]> {
  const late = sql`(n.state = 'pending' and ${IS_DUE} and n.created_at < now() - ${lateMs} * interval '1 millisecond')`;
  const refused = sql`(n.state = 'rejected' and n.action = 'trigger' and e.state = 'firing' and not exists (
    select 1 from notifications told
    where told.episode_id = e.id and told.action = 'trigger' and told.state = 'delivered'))`;
  const rows = await selectRows<Record<string, unknown>>(
    db,
    sql`
      select n.receiver, n.receiver_type,
        count(*) filter (where ${late})::int as waiting,
        coalesce(extract(epoch from now() - min(n.created_at) filter (where ${late})) * 1000, 0)::float8 as oldest_ms,
        count(distinct n.episode_id) filter (where ${refused})::int as refused,
        coalesce((
          select a.detail from notification_attempts a
          join notifications m on m.id = a.notification_id
          where m.receiver = n.receiver and m.state in ('pending', 'rejected') order by a.at desc limit 1), '') as last_answer
      from notifications n join episodes e on e.id = n.episode_id
      where n.state in ('pending', 'rejected') and (${late} or ${refused})
      group by n.receiver, n.receiver_type order by n.receiver`,
  );
  return rows.map((row) => ({
    receiver: String(row["receiver"]),
    receiverType: row["receiver_type"] as ReceiverType,
    waiting: Number(row["waiting"]),
    oldestMs: Number(row["oldest_ms"]),
    refused: Number(row["refused"]),
    lastAnswer: String(row["last_answer"]),
  }));
}

/**
 * Episodes that fire and that nobody has been told of, though `graceMs` have passed since they should have been: not those
 * that are muted, or wait for their hour. As `slo/alert`, at most ten.
 */
export async function readUntold(db: Database, graceMs: number, atMs: number): Promise<readonly string[]> {
  const rows = await selectRows<{ slo_name: string; alert_key: string }>(
    db,
    sql`
      select e.slo_name, e.alert_key from episodes e
      where e.state = 'firing' and e.fired_at <= ${atMs - graceMs}
        and not exists (
          select 1 from notifications n where n.episode_id = e.id and n.action = 'trigger'
            and (n.state = 'delivered'
              or (n.state = 'pending' and n.created_at > now() - ${graceMs} * interval '1 millisecond')
              or (n.state = 'pending' and not ${IS_DUE})))
        and not exists (
          select 1 from episode_receivers r where r.episode_id = e.id and r.muted_by is not null)
      order by e.fired_at limit 10`,
  );
  return rows.map(({ slo_name, alert_key }) => `${slo_name}/${alert_key}`);
}
