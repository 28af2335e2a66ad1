import { sql } from "drizzle-orm";
import { selectRows } from "./claim-notifications.ts";
import type { Database } from "./database.ts";

/** A statement's worth: short enough that nothing waits for it. */
const EPISODES_PER_STATEMENT = 200;

/**
 * Removes episodes that were resolved more than `keepMs` ago, with what was sent about them; never one that people are
 * still to be told of. Small statements, one after another. Gives the number of episodes removed.
 */
export async function pruneHistory(
  db: Database,
  keepMs: number,
  perStatement = EPISODES_PER_STATEMENT,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const rows = await selectRows<{ id: string }>(db, pruneStatement(keepMs, perStatement));
    removed += rows.length;
    if (rows.length < perStatement) return removed;
  }
}

/** Children and parents in one statement: the references are checked at its end. */
const pruneStatement = (keepMs: number, limit: number) => sql`
  with cutoff as (
    select (extract(epoch from now()) * 1000 - ${keepMs}::float8)::bigint as ms
  ), old as (
    select e.id from episodes e, cutoff
    where e.state = 'resolved' and e.started_at < cutoff.ms and e.resolved_at < cutoff.ms
      and not exists (select 1 from notifications n where n.episode_id = e.id and n.state = 'pending')
    order by e.started_at
    limit ${limit}
    for update of e skip locked
  ), sent as (
    delete from notifications where episode_id in (select id from old) returning id
  ), attempts as (
    delete from notification_attempts where notification_id in (
      select n.id from notifications n where n.episode_id in (select id from old))
  ), receivers as (
    delete from episode_receivers where episode_id in (select id from old)
  )
  delete from episodes where id in (select id from old) returning id`;
